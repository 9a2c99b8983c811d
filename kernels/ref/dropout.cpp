// dropout, forward and backward in one.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Dropout& v) {
  const DropoutRow row = *v.row.as<DropoutRow>();
  const std::uint32_t threshold = dropout_threshold(row.p);
  const auto step_now = static_cast<std::uint32_t>(*v.step.as<std::int32_t>());
  with_float(v.y.dtype, "dropout", [&]<class T>(T) {
    const T factor = static_cast<T>(dropout_factor(row.p));
    for (std::int64_t e = 0; e < v.y.count(); ++e) {
      const PhiloxBlock block =
          dropout_block(row.seed, v.params, static_cast<std::uint64_t>(e / 8), step_now);
      const bool keep = dropout_lane(block, static_cast<int>(e % 8)) >= threshold;
      put(v.y.as<T>()[e], keep ? v.x.as<T>()[e] * factor : T(0), v.write);
    }
  });
}

}  // namespace hone::kernels
