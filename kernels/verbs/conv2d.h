// The convolution block. Its shapes: x [N, H, W, Cin], w [Cout, KH, KW, Cin / groups].
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// One block (see Conv2dParams). y: [N, OH, OW, Cout], argmax: u8 like y (position 0..3 of the
// maximum in its 2x2 window, row-major, first maximum wins) or empty without pooling, x: [N, H, W,
// Cin], w: [Cout, KH, KW, Cin / groups], b: [Cout] or empty.
struct Conv2dForward {
  static constexpr const char* kName = "conv2d_forward";
  View y, argmax;
  ConstView x, w, b;
  Conv2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("w", v.w);
    use("b", v.b, kMayBeEmpty);
  }
};

// dx: [N, H, W, Cin] from dy, y, argmax (all like the block's output) and w. The gradient goes to
// the arg-max position of each pooling window, and only where y > 0 with ReLU.
struct Conv2dBackwardInput {
  static constexpr const char* kName = "conv2d_backward_input";
  View dx;
  ConstView dy, y, argmax, w;
  Conv2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("w", v.w);
  }
};

// dw: [Cout, KH, KW, Cin / groups], db: [Cout] or empty, from dy, y, argmax and x.
struct Conv2dBackwardWeight {
  static constexpr const char* kName = "conv2d_backward_weight";
  View dw, db;
  ConstView dy, y, argmax, x;
  Conv2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dw", v.dw);
    use("db", v.db, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
  }
};

}  // namespace hone::verb
