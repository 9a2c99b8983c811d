// Reshape, flatten and slices along the first axis: no data moves forward.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

Tensor reshaped(const Tensor& x, const Shape& shape) {
  Tensor y = x.viewed_as(shape);
  record("reshape", y, {x},
         [](const Tensor& dy, InputGrads& grads) { grads.give(0, dy.viewed_as(grads.shape(0))); });
  return y;
}

}  // namespace

Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& extents) {
  check(x.defined(), "reshape: x is undefined");
  std::vector<std::int64_t> full = extents;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < full.size(); ++i) {
    check(full[i] >= -1, "reshape: extent {} of shape {} is negative; only -1 has a meaning",
          full[i], x.shape().str());
    if (full[i] != -1) {
      check(full[i] == 0 || known <= Shape::kMaxCount / full[i],
            "reshape: the given extents have more than 2^60 elements, shape {} has {}",
            x.shape().str(), x.count());
      known *= full[i];
      continue;
    }
    check(open < 0, "reshape: only one extent may be -1");
    open = static_cast<int>(i);
  }
  if (open >= 0) {
    check(known > 0 && x.count() % known == 0,
          "reshape: shape {} has {} elements, not a multiple of the {} that the given extents make",
          x.shape().str(), x.count(), known);
    full[static_cast<std::size_t>(open)] = x.count() / known;
  }
  return reshaped(x, Shape(std::span<const std::int64_t>(full)));
}

Tensor flatten(const Tensor& x) {
  check(x.defined(), "flatten: x is undefined");
  check(x.shape().rank() >= 2,
        "flatten: x has shape {}, at least two axes are needed, the batch first", x.shape().str());
  const std::int64_t rows = x.shape()[0];
  std::int64_t columns = 1;
  for (int i = 1; i < x.shape().rank(); ++i) columns *= x.shape()[i];
  return reshaped(x, Shape{rows, columns});
}

Tensor slice(const Tensor& x, std::int64_t first, std::int64_t last) {
  check(x.defined() && x.shape().rank() >= 1, "slice: x is undefined or a scalar");
  check(0 <= first && first <= last && last <= x.shape()[0],
        "slice: rows {} to {} of a tensor of shape {}", first, last, x.shape().str());
  const std::int64_t row = x.shape().without(0).count();
  const Shape shape = x.shape().with(0, last - first);
  Tensor y = x.part(first * row, shape);
  record("slice", y, {x}, [first, row, shape](const Tensor& dy, InputGrads& grads) {
    // The first write of the step has to clear the rows outside the slice.
    const GradTarget dx = grads.target(0);
    if (dx.write == Write::set) current_backend().run(verb::Fill{.y = dx.view, .value = 0});
    View rows = dx.view;
    rows.data =
        static_cast<char*>(rows.data) + static_cast<std::size_t>(first * row) * size_of(rows.dtype);
    rows.shape = shape;
    current_backend().run(verb::Copy{.y = rows, .x = dy.view(), .write = Write::add});
  });
  return y;
}

}  // namespace hone::ops
