// Ops that move elements: transpose, pad, flip, repeat, concat, stack, split, slices of any axis.
// One strided copy each, and one back for the gradient.
#include <algorithm>

#include "kernels/indexing.h"
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

using kernels::strides_onto;

// A box of the whole of `box`, row-major on one side; the other side is a part of `whole`.
struct Part {
  Shape box;
  std::int64_t offset = 0;
  kernels::Strides strides{};
};

// All of `whole`.
Part part_of(const Shape& whole) { return {whole, 0, strides_onto(whole, whole)}; }

std::int64_t stride_at(const Part& part, int axis) {
  return part.strides[static_cast<std::size_t>(axis)];
}

// Copies the part out of `from`, or into `to`.
void take_part(const View& to, const ConstView& from, const Part& part, Write write) {
  current_backend().run(verb::StridedCopy{.y = to,
                                          .x = from,
                                          .params = {.box = part.box,
                                                     .x_offset = part.offset,
                                                     .y_strides = strides_onto(part.box, part.box),
                                                     .x_strides = part.strides},
                                          .write = write});
}
void put_part(const View& to, const ConstView& from, const Part& part, Write write) {
  current_backend().run(verb::StridedCopy{.y = to,
                                          .x = from,
                                          .params = {.box = part.box,
                                                     .y_offset = part.offset,
                                                     .y_strides = part.strides,
                                                     .x_strides = strides_onto(part.box, part.box)},
                                          .write = write});
}

// y is a part of x; the rest of x has no gradient.
Tensor taken(const char* name, const Tensor& x, const Part& part) {
  Tensor y = Tensor::empty(part.box, x.dtype());
  take_part(y.view(), x.view(), part, Write::set);
  const bool all = part.box.count() == x.count();
  record(name, y, {x}, [part, all](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    if (all) return put_part(dx.view, dy.view(), part, dx.write);
    if (dx.write == Write::set) current_backend().run(verb::Fill{.y = dx.view, .value = 0});
    put_part(dx.view, dy.view(), part, Write::add);
  });
  return y;
}

}  // namespace

Tensor transpose(const Tensor& x, const std::vector<int>& axes) {
  check_any("transpose", "x", x);
  const int rank = x.shape().rank();
  std::vector<int> order;
  for (int i = 0; i < rank && axes.empty(); ++i) order.push_back(rank - 1 - i);
  for (const int axis : axes) order.push_back(checked_axis("transpose", axis, x.shape()));
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  const bool once = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  check(static_cast<int>(order.size()) == rank && once,
        "transpose: {} axes are given for shape {}; each axis must be named once", axes.size(),
        x.shape().str());
  const Part from = part_of(x.shape());
  Part part;
  std::vector<std::int64_t> extents;
  for (const int axis : order) {
    part.strides[extents.size()] = stride_at(from, axis);
    extents.push_back(x.shape()[axis]);
  }
  part.box = Shape(std::span<const std::int64_t>(extents));
  return taken("transpose", x, part);
}

Tensor slice(const Tensor& x, const SliceOptions& options) {
  check_any("slice", "x", x);
  const int axis = checked_axis("slice", options.axis, x.shape());
  const std::int64_t extent = x.shape()[axis];
  const std::int64_t last = options.last.value_or(extent);
  check(0 <= options.first && options.first <= last && last <= extent && options.step >= 1,
        "slice: {} to {} in steps of {} along axis {} of a tensor of shape {}", options.first, last,
        options.step, axis, x.shape().str());
  Part part = part_of(x.shape());
  part.offset = options.first * stride_at(part, axis);
  part.strides[static_cast<std::size_t>(axis)] *= options.step;
  part.box = part.box.with(axis, (last - options.first + options.step - 1) / options.step);
  return taken("slice", x, part);
}

Tensor flip(const Tensor& x, const std::vector<int>& axes) {
  check_any("flip", "x", x);
  Part part = part_of(x.shape());
  const ReducedShapes flipped("flip", x.shape(), axes);
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    if (!flipped.reduces(axis) || x.count() == 0) continue;
    part.offset += (x.shape()[axis] - 1) * stride_at(part, axis);
    part.strides[static_cast<std::size_t>(axis)] *= -1;
  }
  return taken("flip", x, part);
}

Tensor pad(const Tensor& x, const std::vector<PadWidth>& widths, double value) {
  check_any("pad", "x", x);
  check(static_cast<int>(widths.size()) == x.shape().rank(),
        "pad: {} widths for a tensor of shape {}; one an axis is needed", widths.size(),
        x.shape().str());
  Shape out = x.shape();
  for (int axis = 0; axis < out.rank(); ++axis) {
    const PadWidth& width = widths[static_cast<std::size_t>(axis)];
    check(width.before >= 0 && width.after >= 0 && width.before <= Shape::kMaxCount &&
              width.after <= Shape::kMaxCount,
          "pad: {} before and {} behind axis {}; neither may be negative", width.before,
          width.after, axis);
    out = out.with(axis, out[axis] + width.before + width.after);
  }
  Part part = part_of(out);
  for (int axis = 0; axis < out.rank(); ++axis)
    part.offset += widths[static_cast<std::size_t>(axis)].before * stride_at(part, axis);
  part.box = x.shape();
  Tensor y = Tensor::full(out, value, x.dtype());
  put_part(y.view(), x.view(), part, Write::set);
  record("pad", y, {x}, [part](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    take_part(dx.view, dy.view(), part, dx.write);
  });
  return y;
}

Tensor repeat(const Tensor& x, std::int64_t times, int axis) {
  check_any("repeat", "x", x);
  const int a = checked_axis("repeat", axis, x.shape());
  check(times >= 0, "repeat: {} times; it must not be negative", times);
  const Around around(x.shape(), a);
  Tensor y = Tensor::empty(x.shape().with(a, around.n * times), x.dtype());
  const Shape box{around.outer, around.n, times, around.inner};
  const Shape one{around.outer, around.n, 1, around.inner};
  take_part(as_view(y, box), x.view(), {box, 0, strides_onto(one, box)}, Write::set);
  record("repeat", y, {x}, [box, one](const Tensor& dy, InputGrads& grads) {
    const GradTarget target = grads.target(0);
    View dx = target.view;
    dx.shape = one;
    current_backend().run(
        verb::Reduce{.y = dx, .x = as_view(dy, box), .op = ReduceOp::sum, .write = target.write});
  });
  return y;
}

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty(), "concat: there are no tensors to put together");
  for (const Tensor& part : parts) {
    check_any("concat", "a part", part);
    check(part.dtype() == parts[0].dtype(), "concat: the first part holds {}, another {}",
          name_of(parts[0].dtype()), name_of(part.dtype()));
  }
  const int a = checked_axis("concat", axis, parts[0].shape());
  std::int64_t extent = 0;
  for (const Tensor& part : parts) {
    const bool fits = part.shape().rank() == parts[0].shape().rank() &&
                      part.shape().with(a, 1) == parts[0].shape().with(a, 1);
    check(fits, "concat: parts of shapes {} and {} differ beside axis {}", parts[0].shape().str(),
          part.shape().str(), a);
    extent += part.shape()[a];
  }
  Tensor y = Tensor::empty(parts[0].shape().with(a, extent), parts[0].dtype());
  std::vector<Part> places;
  std::int64_t first = 0;
  for (const Tensor& part : parts) {
    Part place = part_of(y.shape());
    place.offset = first * stride_at(place, a);
    place.box = part.shape();
    put_part(y.view(), part.view(), place, Write::set);
    places.push_back(place);
    first += part.shape()[a];
  }
  record("concat", y, parts, [places](const Tensor& dy, InputGrads& grads) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!grads.wanted(i)) continue;
      const GradTarget dx = grads.target(i);
      take_part(dx.view, dy.view(), places[i], dx.write);
    }
  });
  return y;
}

Tensor stack(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty() && parts[0].defined(), "stack: there are no tensors to put together");
  const Shape& shape = parts[0].shape();
  const int a = axis < 0 ? axis + shape.rank() + 1 : axis;
  check(a >= 0 && a <= shape.rank() && shape.rank() < Shape::kMaxRank,
        "stack: parts of shape {} cannot get a new axis {}", shape.str(), axis);
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  extents.insert(extents.begin() + a, 1);
  std::vector<Tensor> longer;
  for (const Tensor& part : parts) {
    check(part.defined() && part.shape() == shape,
          "stack: every part needs the shape of the first, {}", shape.str());
    longer.push_back(reshape(part, extents));
  }
  return concat(longer, a);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& extents, int axis) {
  check_any("split", "x", x);
  const int a = checked_axis("split", axis, x.shape());
  std::int64_t first = 0;
  for (const std::int64_t extent : extents) {
    check(extent >= 0, "split: a part of {} elements; no extent may be negative", extent);
    first += extent;
  }
  check(first == x.shape()[a], "split: the parts have {} in all along axis {} of shape {}", first,
        a, x.shape().str());
  std::vector<Tensor> parts;
  first = 0;
  for (const std::int64_t extent : extents) {
    parts.push_back(slice(x, {.axis = a, .first = first, .last = first + extent}));
    first += extent;
  }
  return parts;
}

}  // namespace hone::ops
