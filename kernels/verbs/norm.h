// Batch normalisation: x is [N, H, W, C] or [N, C], statistics are [C].
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// mean, inverse = 1 / sqrt(variance + epsilon) over all axes of x but the last; moves the running
// statistics, in place.
struct BatchNormStatistics {
  static constexpr const char* kName = "batch_norm_statistics";
  View mean, inverse, running_mean, running_variance;
  ConstView x;
  BatchNormStatisticsParams params = {};
  static void views(auto& v, auto use) {
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("running_mean", v.running_mean);
    use("running_variance", v.running_variance);
    use("x", v.x);
  }
};

// One block (see BatchNormParams). y: like x or, pooled, [N, H/2, W/2, C]; argmax: u8 like y, as in
// Conv2dForward, or empty without pooling.
struct BatchNormActPoolForward {
  static constexpr const char* kName = "batch_norm_act_pool_forward";
  View y, argmax;
  ConstView x, mean, inverse, scale, shift;
  BatchNormParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("scale", v.scale);
    use("shift", v.shift);
  }
};

// From dy, y, argmax (like the block's output) and x. Each of dx, dscale, dshift may be empty.
// With g the gradient of the normalised, scaled and shifted x, h = (x - mean) * inverse and n the
// values a channel: dshift = sum g, dscale = sum g h, dx = scale * inverse * (g - dshift / n - h *
// dscale / n), or scale * inverse * g with params.fixed.
struct BatchNormActPoolBackward {
  static constexpr const char* kName = "batch_norm_act_pool_backward";
  View dx, dscale, dshift;
  ConstView dy, y, argmax, x, mean, inverse, scale;
  BatchNormParams params = {};
  Write write = Write::set;             // of dx
  Write parameters_write = Write::set;  // of dscale and dshift
  static void views(auto& v, auto use) {
    use("dx", v.dx, kMayBeEmpty);
    use("dscale", v.dscale, kMayBeEmpty);
    use("dshift", v.dshift, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("scale", v.scale);
  }
};

}  // namespace hone::verb
