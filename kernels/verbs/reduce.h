// Verbs that reduce and repeat along axes.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// Reduces every axis on which y has extent 1 and x has not; same rank. Fixed order of summation.
struct Reduce {
  static constexpr const char* kName = "reduce";
  View y;
  ConstView x;
  ReduceOp op = ReduceOp::sum;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// Repeats x along every axis on which it has extent 1 and y has not; same rank.
struct BroadcastTo {
  static constexpr const char* kName = "broadcast_to";
  View y;
  ConstView x;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// The place of the greatest or least element along the middle axis. y: i32 [outer, inner], x:
// [outer, n, inner] with n >= 1
struct ArgReduce {
  static constexpr const char* kName = "arg_reduce";
  View y;
  ConstView x;
  ArgReduceOp op = ArgReduceOp::max;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

}  // namespace hone::verb
