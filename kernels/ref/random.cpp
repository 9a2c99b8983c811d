// random: uniform and normal numbers, four at a time.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Random& v) {
  const std::uint32_t step_now =
      v.step ? static_cast<std::uint32_t>(*v.step.as<std::int32_t>()) : 0;
  with_float(v.y.dtype, "random", [&]<class T>(T) {
    T four[4];
    for (std::int64_t e = 0; e < v.y.count(); ++e) {
      if (e % 4 == 0) random_block(four, v.params, static_cast<std::uint64_t>(e / 4), step_now);
      v.y.as<T>()[e] = four[e % 4];
    }
  });
}

}  // namespace hone::kernels
