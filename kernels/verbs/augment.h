// Changing pictures on their way into a batch: a geometric map and a weighted sum with a box.
#pragma once

#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone {

// The entries of a row of box_blend. A pixel (r, c) is inside where top <= r < bottom and
// left <= c < right.
enum BoxColumn : int {
  kBoxTop,
  kBoxLeft,
  kBoxBottom,
  kBoxRight,
  kBoxInside,                    // the weights of a and of b, and the summand, inside
  kBoxOutside = kBoxInside + 3,  // and outside
  kBoxColumns = kBoxOutside + 3
};

namespace verb {

// Each picture seen through an affine map of its own, bilinear, `fill` outside of it. Pixel (r, c)
// of y, counted from the centre ((H - 1) / 2, (W - 1) / 2), is x at (m[0] r + m[1] c + m[2],
// m[3] r + m[4] c + m[5]), counted from there, too; the identity gives x. Row and column are worked
// out in f32 whatever the type. y, x: [B, H, W, C], maps: f32 [B, 6]
struct AffineResample {
  static constexpr const char* kName = "affine_resample";
  View y;
  ConstView x, maps;
  float fill = 0;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("maps", v.maps);
  }
};

// y = wa a + wb b + wc, with three weights for the pixels inside of a box and three for the others:
// rows holds for each picture BoxColumn's entries. y may be the memory of a. y, a, b: [B, H, W, C]
// (b empty: wb is not read), rows: f32 [B, kBoxColumns]
struct BoxBlend {
  static constexpr const char* kName = "box_blend";
  View y;
  ConstView a, b = {}, rows;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b, kMayBeEmpty);
    use("rows", v.rows);
  }
};

}  // namespace verb
}  // namespace hone
