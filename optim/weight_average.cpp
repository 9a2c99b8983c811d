// The average as device data: four verbs a step.
#include "optim/weight_average.h"

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::optim {
namespace {

Tensor filled(Device& device, const Shape& shape, float value) {
  const std::vector<float> all(static_cast<std::size_t>(shape.count()), value);
  return Tensor::from(device, std::span<const float>(all), shape);
}

}  // namespace

WeightAverage::WeightAverage(FlatParameters& parameters, float momentum) : parameters_(parameters) {
  check(momentum >= 0 && momentum < 1,
        "weight average: momentum is {}, it must be at least 0 and below 1", momentum);
  Device& device = parameters.values().device();
  const std::vector<float> now = parameters.values().to_vector();
  average_ = Tensor::from(device, std::span<const float>(now), parameters.values().shape());
  scratch_ = filled(device, parameters.values().shape(), 0);
  share_ = filled(device, Shape{1}, 0);
  momentum_ = filled(device, Shape{1}, momentum);
}

void WeightAverage::update() {
  Backend& backend = current_backend();
  const View values = parameters_.values().view(), average = average_.view(),
             scratch = scratch_.view();
  // values + share * (average - values)
  backend.run(verb::Binary{.y = scratch, .a = average, .b = values, .op = BinaryOp::subtract});
  backend.run(
      verb::Binary{.y = scratch, .a = scratch, .b = share_.view(), .op = BinaryOp::multiply});
  backend.run(verb::Binary{.y = average, .a = values, .b = scratch, .op = BinaryOp::add});
  backend.run(verb::Copy{.y = share_.view(), .x = momentum_.view()});
}

void WeightAverage::swap() {
  Backend& backend = current_backend();
  backend.run(verb::Copy{.y = scratch_.view(), .x = average_.view()});
  backend.run(verb::Copy{.y = average_.view(), .x = parameters_.values().view()});
  backend.run(verb::Copy{.y = parameters_.values().view(), .x = scratch_.view()});
}

}  // namespace hone::optim
