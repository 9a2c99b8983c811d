// Matrix products and the dense layer.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// c = op(a) * op(b) or c += it. a: [m, k] or, transposed, [k, m]; b: [k, n] or [n, k]; c: [m, n].
// All three may have a batch axis in front, of one extent: so many products.
struct Matmul {
  static constexpr const char* kName = "matmul";
  View c;
  ConstView a, b;
  MatmulParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("c", v.c);
    use("a", v.a);
    use("b", v.b);
  }
};

// y = x * w (+ b) (ReLU). y: [N, out], x: [N, in], w: [in, out], b: [out] or empty
struct LinearForward {
  static constexpr const char* kName = "linear_forward";
  View y;
  ConstView x, w, b;
  LinearParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("w", v.w);
    use("b", v.b, kMayBeEmpty);
  }
};

// dx: [N, in] from dy: [N, out], w: [in, out]; with params.relu, dy counts only where y > 0.
struct LinearBackwardInput {
  static constexpr const char* kName = "linear_backward_input";
  View dx;
  ConstView dy, y, w;
  LinearParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("y", v.y);
    use("w", v.w);
  }
};

// dw: [in, out], db: [out] or empty, from dy: [N, out], x: [N, in]; ReLU as above.
struct LinearBackwardWeight {
  static constexpr const char* kName = "linear_backward_weight";
  View dw, db;
  ConstView dy, y, x;
  LinearParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dw", v.dw);
    use("db", v.db, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("x", v.x);
  }
};

}  // namespace hone::verb
