// dropout, forward and backward in one.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_dropout(View y, ConstView x, ConstView step, DropoutParams params,
                            Write write) {
  const std::uint32_t threshold = dropout_threshold(params.p);
  const auto step_now = static_cast<std::uint32_t>(*step.as<std::int32_t>());
  with_float(y.dtype, "dropout", [&]<class T>(T) {
    const T factor = static_cast<T>(dropout_factor(params.p));
    for (std::int64_t e = 0; e < y.count(); ++e) {
      const PhiloxBlock block = dropout_block(params, static_cast<std::uint64_t>(e / 8), step_now);
      const bool keep = dropout_lane(block, static_cast<int>(e % 8)) >= threshold;
      put(y.as<T>()[e], keep ? x.as<T>()[e] * factor : T(0), write);
    }
  });
}

}  // namespace hone::kernels
