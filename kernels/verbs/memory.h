// Verbs that write memory: constants, copies, counters, random numbers.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// Every element of y becomes `value`.
struct Fill {
  static constexpr const char* kName = "fill";
  View y;
  double value = 0;
  static void views(auto& v, auto use) { use("y", v.y); }
};

// y = x or y += x; same shape and type.
struct Copy {
  static constexpr const char* kName = "copy";
  View y;
  ConstView x;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// counters[index] += by. counters: i32 [n]
struct Advance {
  static constexpr const char* kName = "advance";
  View counters;
  int index = 0;
  int by = 1;
  static void views(auto& v, auto use) { use("counters", v.counters); }
};

// y = x in y's type, of one shape; to integers towards zero, kept in their range, NaN becomes 0.
struct Cast {
  static constexpr const char* kName = "cast";
  View y;
  ConstView x;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// Copies a box of elements, see StridedCopyParams: transposes, slices, parts of other tensors. y
// and x: any shapes of one type; they do not overlap.
struct StridedCopy {
  static constexpr const char* kName = "strided_copy";
  View y;
  ConstView x;
  StridedCopyParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// Random numbers that depend on the parameters, step[0] and their place alone, see RandomParams.
// y: f32 (f64 on ref), step: i32 [1] or empty, which counts as 0
struct Random {
  static constexpr const char* kName = "random";
  View y;
  ConstView step = {};
  RandomParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("step", v.step, kMayBeEmpty);
  }
};

}  // namespace hone::verb
