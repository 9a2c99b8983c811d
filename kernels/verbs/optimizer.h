// One step of an optimizer over flat arrays.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// One step over flat arrays, in place. values, velocity, grads: f32 [n]; scalars: [steps, rows,
// kScalarColumns] and at: i32 [1], the step in this table (past its end the last one counts), or
// one step [rows, kScalarColumns] without `at`; segments: u8 [count, sizeof(Segment)]. velocity is
// not read or written by a segment whose momentum is 0. Formulas: Keras v = m v - lr g, w += v
// (Nesterov: w += m v - lr g), decay w -= lr wd w first; PyTorch g += wd w, v = m v + g, w -= lr v
// (Nesterov: w -= lr (g + m v)).
struct SgdStep {
  static constexpr const char* kName = "sgd_step";
  View values, velocity;
  ConstView grads, scalars, at = {}, segments;
  SgdParams params = {};
  static void views(auto& v, auto use) {
    use("values", v.values);
    use("velocity", v.velocity);
    use("grads", v.grads);
    use("scalars", v.scalars);
    use("at", v.at, kMayBeEmpty);
    use("segments", v.segments);
  }
};

// As SgdStep; m, v: first and second moments, step: i32 [1], 1 at the first step (advance it
// before). Keras: w -= lr sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps); PyTorch: w -= lr /
// (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps). Source: Kingma & Ba, arXiv 1412.6980.
struct AdamStep {
  static constexpr const char* kName = "adam_step";
  View values, m, v;
  ConstView grads, scalars, at = {}, step, segments;
  AdamParams params = {};
  static void views(auto& verb, auto use) {
    use("values", verb.values);
    use("m", verb.m);
    use("v", verb.v);
    use("grads", verb.grads);
    use("scalars", verb.scalars);
    use("at", verb.at, kMayBeEmpty);
    use("step", verb.step);
    use("segments", verb.segments);
  }
};

// As SgdStep: RMSprop (Tieleman & Hinton 2012) and Adagrad (Duchi et al. 2011), in place. r =
// kBeta2. squares: s = r s + (1 - r) g g, or with adagrad s += g g; means (centered; else empty): a
// = r a + (1 - r) g, else a = 0; d = s - a a. Keras: u = lr g / sqrt(d + eps); PyTorch: u = lr g /
// (sqrt(d) + eps). With momentum v = momentum v + u, w -= v (PyTorch: v without lr, w -= lr v);
// velocity is empty when no segment has momentum. Decay as in SgdStep.
struct RmsPropStep {
  static constexpr const char* kName = "rmsprop_step";
  View values, squares, means, velocity;
  ConstView grads, scalars, at = {}, segments;
  RmsPropParams params = {};
  static void views(auto& v, auto use) {
    use("values", v.values);
    use("squares", v.squares);
    use("means", v.means, kMayBeEmpty);
    use("velocity", v.velocity, kMayBeEmpty);
    use("grads", v.grads);
    use("scalars", v.scalars);
    use("at", v.at, kMayBeEmpty);
    use("segments", v.segments);
  }
};

}  // namespace hone::verb
