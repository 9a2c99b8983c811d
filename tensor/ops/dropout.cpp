// Inverted dropout; the mask is recomputed in the backward, not stored. Random numbers by the step.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor dropout_rows(const std::vector<DropoutRow>& rows) {
  for (const DropoutRow& row : rows)
    check(row.p >= 0 && row.p <= 1, "dropout: p is {}, it must be 0 to 1", row.p);
  const Tensor row = Tensor::empty(Shape{sizeof(DropoutRow)}, DType::u8);
  check(static_cast<int>(rows.size()) == row.models(),
        "dropout: {} rows for {} models; one a model is needed", rows.size(), row.models());
  current_backend().upload(row.view(), rows.data());
  return row;
}

Tensor dropout_row(double p, std::uint64_t seed) {
  return dropout_rows(std::vector(static_cast<std::size_t>(bound_models()), DropoutRow{p, seed}));
}

Tensor random(const Tensor& step, const Shape& shape, const RandomParams& params, DType dtype) {
  Backend& backend = check_any("random", "step", step);
  check(step.dtype() == DType::i32 && step.count() == 1,
        "random: step must be an i32 tensor [1], it is {} {}", name_of(step.dtype()),
        step.shape().str());
  check(dtype == DType::f32 || dtype == DType::f64, "random: {} is no type of real numbers",
        name_of(dtype));
  Tensor y = Tensor::empty(shape, dtype);
  backend.run(verb::Random{.y = y.view(), .step = step.view(), .params = params});
  return y;
}

Tensor dropout(const Tensor& x, const Tensor& step, const Tensor& row,
               const DropoutParams& params) {
  Backend& backend = check_input("dropout", "x", x);
  check(step.defined() && step.dtype() == DType::i32 && step.count() == 1,
        "dropout: step must be an i32 tensor [1]");
  check_on_device("dropout", "step", step);
  check(row.defined() && row.dtype() == DType::u8 && row.count() == sizeof(DropoutRow),
        "dropout: row must be what dropout_row() makes");
  check_on_device("dropout", "row", row);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.run(verb::Dropout{.y = y.view(),
                            .x = x.view(),
                            .step = step.view(),
                            .row = row.view(),
                            .params = params,
                            .write = Write::set});
  record("dropout", y, {x}, [step, row, params](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::Dropout{.y = dx.view,
                                        .x = dy.view(),
                                        .step = step.view(),
                                        .row = row.view(),
                                        .params = params,
                                        .write = dx.write});
  });
  return y;
}

}  // namespace hone::ops
