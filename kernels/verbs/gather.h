// Rows by an order or an index.
#pragma once

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone::verb {

// Row i of the batch is image order[cursor[0] + i]. x: f32 [B, ...], labels: i32 [B] or empty,
// images: u8 [M, ...], all_labels: i32 [M] or empty, order: i32 [any], cursor: i32 [1]. On the host
// an index out of range is an Error(usage).
struct GatherBatch {
  static constexpr const char* kName = "gather_batch";
  View x, labels = {};
  ConstView images, all_labels = {}, order, cursor;
  GatherParams params = {};
  static void views(auto& v, auto use) {
    use("x", v.x);
    use("labels", v.labels, kMayBeEmpty);
    use("images", v.images);
    use("all_labels", v.all_labels, kMayBeEmpty);
    use("order", v.order);
    use("cursor", v.cursor);
  }
};

// Row i of y is row order[cursor[0] + i] of x, of any type. y: [B, ...], x: [M, ...]; order, cursor
// and errors as in gather_batch.
struct GatherRows {
  static constexpr const char* kName = "gather_rows";
  View y;
  ConstView x, order, cursor;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("order", v.order);
    use("cursor", v.cursor);
  }
};

// y[o, j, i] = x[o, index[o, j, i], i]. y: [outer, m, inner], x: [outer, n, inner] of any one type,
// index: i32 [outer or 1, m, inner or 1]. An index outside of 0 .. n - 1 gives NaN, and 0 in
// integers, on every device.
struct Gather {
  static constexpr const char* kName = "gather";
  View y;
  ConstView x, index;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("index", v.index);
  }
};

// y[o, index[o, j, i], i] += x[o, j, i], in the order of j; with Write::set y is zero before. The
// gradient of gather. y: [outer, n, inner], x: [outer, m, inner], index: i32 [outer or 1, m, inner
// or 1]; an index outside of 0 .. n - 1 adds nothing.
struct ScatterAdd {
  static constexpr const char* kName = "scatter_add";
  View y;
  ConstView x, index;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("index", v.index);
  }
};

}  // namespace hone::verb
