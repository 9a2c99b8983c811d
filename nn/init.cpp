// Glorot and He initialisation.
#include "nn/init.h"

#include <cmath>

#include "base/philox.h"

namespace hone::nn {
namespace {

struct Fans {
  double in, out;
};

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 2) return {static_cast<double>(shape[0]), static_cast<double>(shape[1])};
  if (shape.rank() == 4) {
    const double area = static_cast<double>(shape[1] * shape[2]);
    return {area * static_cast<double>(shape[3]), area * static_cast<double>(shape[0])};
  }
  return {static_cast<double>(shape.count()), static_cast<double>(shape.count())};
}

}  // namespace

const std::vector<std::pair<Init, const char*>>& init_names() {
  static const std::vector<std::pair<Init, const char*>> names = {
      {Init::glorot_uniform, "glorot_uniform"},
      {Init::glorot_normal, "glorot_normal"},
      {Init::he_uniform, "he_uniform"},
      {Init::he_normal, "he_normal"},
      {Init::zeros, "zeros"},
      {Init::ones, "ones"}};
  return names;
}

std::vector<float> initial_values(const Shape& shape, Init init, std::uint64_t seed,
                                  std::uint64_t stream) {
  const float constant = init == Init::ones ? 1.0f : 0.0f;
  std::vector<float> values(static_cast<std::size_t>(shape.count()), constant);
  if (init == Init::zeros || init == Init::ones) return values;
  const Fans fans = fans_of(shape);
  const bool glorot = init == Init::glorot_uniform || init == Init::glorot_normal;
  const double variance = glorot ? 2.0 / (fans.in + fans.out) : 2.0 / fans.in;
  PhiloxStream random(mix(seed, 0x696e6974), stream);  // "init"
  const bool uniform = init == Init::glorot_uniform || init == Init::he_uniform;
  const double limit = std::sqrt(3.0 * variance);  // a uniform on +-limit has this variance
  for (float& value : values)
    value = static_cast<float>(uniform ? (2.0 * random.uniform() - 1.0) * limit
                                       : random.normal() * std::sqrt(variance));
  return values;
}

}  // namespace hone::nn
