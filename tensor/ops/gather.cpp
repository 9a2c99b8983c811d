// Elements and rows by an index along an axis; embedding and one-hot.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

void check_index(const char* op, const Tensor& index) {
  check_any(op, "index", index);
  check(index.dtype() == DType::i32, "{}: index holds {}, i32 is needed", op,
        name_of(index.dtype()));
}

// y [outer, m, inner] from x [outer, n, inner] by index [outer or 1, m, inner or 1], with the shape
// `out`.
Tensor gathered(const char* name, const Tensor& x, const Tensor& index, const Around& from,
                const Shape& index_shape, const Shape& out) {
  Tensor y = Tensor::empty(out, x.dtype());
  const Shape y_shape = from.with(index_shape[1]);
  current_backend().run(verb::Gather{.y = as_view(y, y_shape),
                                     .x = as_view(x, from.with(from.n)),
                                     .index = as_view(index, index_shape)});
  record(name, y, {x}, [index, from, index_shape, y_shape](const Tensor& dy, InputGrads& grads) {
    const GradTarget target = grads.target(0);
    View dx = target.view;
    dx.shape = from.with(from.n);
    current_backend().run(verb::ScatterAdd{.y = dx,
                                           .x = as_view(dy, y_shape),
                                           .index = as_view(index, index_shape),
                                           .write = target.write});
  });
  return y;
}

}  // namespace

Tensor gather(const Tensor& x, const Tensor& index, int axis) {
  check_any("gather", "x", x);
  check_index("gather", index);
  const int a = checked_axis("gather", axis, x.shape());
  const bool fits =
      index.shape().rank() == x.shape().rank() && index.shape().with(a, 1) == x.shape().with(a, 1);
  check(fits, "gather: index has shape {}, x {}; they may differ along axis {} only",
        index.shape().str(), x.shape().str(), a);
  const Around from(x.shape(), a);
  return gathered("gather", x, index, from, from.with(index.shape()[a]), index.shape());
}

Tensor take(const Tensor& x, const Tensor& index, int axis) {
  check_any("take", "x", x);
  check_index("take", index);
  const int a = checked_axis("take", axis, x.shape());
  check(index.shape().rank() == 1, "take: index has shape {}, one axis is needed",
        index.shape().str());
  const std::int64_t m = index.count();
  return gathered("take", x, index, Around(x.shape(), a), {1, m, 1}, x.shape().with(a, m));
}

Tensor embedding(const Tensor& table, const Tensor& index) {
  check_input("embedding", "table", table);
  check_index("embedding", index);
  check_rank("embedding", "table", table, 2, "[n, d]");
  check(index.shape().rank() < Shape::kMaxRank, "embedding: index has shape {}, too many axes",
        index.shape().str());
  std::vector<std::int64_t> extents(index.shape().begin(), index.shape().end());
  extents.push_back(table.shape()[1]);
  return gathered("embedding", table, index, Around(table.shape(), 0), {1, index.count(), 1},
                  Shape(std::span<const std::int64_t>(extents)));
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  check_index("one_hot", labels);
  check(classes >= 1, "one_hot: {} classes; at least one is needed", classes);
  check(labels.shape().rank() < Shape::kMaxRank, "one_hot: labels have shape {}, too many axes",
        labels.shape().str());
  std::vector<std::int64_t> extents(labels.shape().begin(), labels.shape().end());
  extents.push_back(classes);
  const Tensor y = Tensor::empty(Shape(std::span<const std::int64_t>(extents)), dtype);
  const std::int64_t rows = labels.count();
  const Tensor ones = Tensor::full(Shape{rows, 1, 1}, 1, dtype);
  current_backend().run(verb::ScatterAdd{.y = as_view(y, {rows, classes, 1}),
                                         .x = ones.view(),
                                         .index = as_view(labels, {rows, 1, 1})});
  return y;
}

}  // namespace hone::ops
