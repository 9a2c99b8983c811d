// Verbs that work element by element.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// y = op(x); y and x may be the same memory.
struct Unary {
  static constexpr const char* kName = "unary";
  View y;
  ConstView x;
  UnaryParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx = dy * op'(x), from x and y = op(x). dx may be the memory of dy. ReLU's gradient at 0 is 0.
struct UnaryBackward {
  static constexpr const char* kName = "unary_backward";
  View dx;
  ConstView dy, x, y;
  UnaryParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("x", v.x);
    use("y", v.y);
  }
};

// y = op(a, b) with NumPy broadcasting; y has the broadcast shape.
struct Binary {
  static constexpr const char* kName = "binary";
  View y;
  ConstView a, b;
  BinaryOp op = BinaryOp::add;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b);
  }
};

// y = x * mask / (1 - p): inverted dropout, the mask from p, seed, stream and step[0] (see
// DropoutRow). Also its own backward: run it with dx, dy. step: i32 [1], row: u8
// [sizeof(DropoutRow)]
struct Dropout {
  static constexpr const char* kName = "dropout";
  View y;
  ConstView x, step, row;
  DropoutParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("step", v.step);
    use("row", v.row);
  }
};

// y = 1 where op(a, b) holds, else 0, with NumPy broadcasting. y: u8; a, b: any one type. With NaN
// only not_equal holds.
struct Compare {
  static constexpr const char* kName = "compare";
  View y;
  ConstView a, b;
  CompareOp op = CompareOp::equal;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b);
  }
};

// y = a where mask is not 0, else b, with NumPy broadcasting of the three. mask: u8; y, a, b: any
// one type
struct Where {
  static constexpr const char* kName = "where";
  View y;
  ConstView mask, a, b;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("mask", v.mask);
    use("a", v.a);
    use("b", v.b);
  }
};

}  // namespace hone::verb
