// Max- and average pooling.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// y: [N, OH, OW, C], argmax: u8 like y (row-major position in the window, first maximum wins), x:
// [N, H, W, C]
struct MaxPool2dForward {
  static constexpr const char* kName = "maxpool2d_forward";
  View y, argmax;
  ConstView x;
  Pool2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax);
    use("x", v.x);
  }
};

// dx: [N, H, W, C] from dy and argmax.
struct MaxPool2dBackward {
  static constexpr const char* kName = "maxpool2d_backward";
  View dx;
  ConstView dy, argmax;
  Pool2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("argmax", v.argmax);
  }
};

// y: [N, OH, OW, C] = mean of each window of x: [N, H, W, C], see Pool2dParams.
struct AvgPool2dForward {
  static constexpr const char* kName = "avgpool2d_forward";
  View y;
  ConstView x;
  Pool2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx: [N, H, W, C] from dy: [N, OH, OW, C].
struct AvgPool2dBackward {
  static constexpr const char* kName = "avgpool2d_backward";
  View dx;
  ConstView dy;
  Pool2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
  }
};

}  // namespace hone::verb
