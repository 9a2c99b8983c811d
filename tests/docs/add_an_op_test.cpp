// The code of docs/add-an-op.md: compiled and run here, so that the page cannot rot.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

// [composed]
// The Huber-like loss sqrt(1 + (a - b)^2) - 1, element by element, then the mean.
hone::Tensor pseudo_huber(const hone::Tensor& a, const hone::Tensor& b) {
  using namespace hone;
  return ops::mean(ops::shift(ops::sqrt(ops::shift(ops::square(a - b), 1)), -1));
}
// [/composed]

// [own-gradient]
// y = x * sigmoid(x), also called SiLU. dy/dx = s + y (1 - s) with s = sigmoid(x).
hone::Tensor swish(const hone::Tensor& x) {
  using namespace hone;
  Tensor s, y;
  {
    const NoGrad no_grad;  // the ops inside leave nothing on the tape
    s = ops::sigmoid(x);
    y = ops::multiply(x, s);
  }
  record("swish", y, {x}, [s, y = y.detach()](const Tensor& dy, InputGrads& grads) {
    const Tensor slope = s + y * ops::shift(ops::negate(s), 1);
    grads.give(0, dy * slope);
  });
  return y;
}
// [/own-gradient]

// [own-verbs]
// The elementwise maximum of two tensors of one shape; a tie gives the whole gradient to a.
hone::Tensor maximum(const hone::Tensor& a, const hone::Tensor& b) {
  using namespace hone;
  check(a.defined() && b.defined(), "maximum: both inputs must be defined");
  check(a.shape() == b.shape() && a.dtype() == b.dtype(),
        "maximum: a {} {} and b {} {} differ; both need one shape and type", a.shape().str(),
        name_of(a.dtype()), b.shape().str(), name_of(b.dtype()));
  // max(a, b) = a + relu(b - a), in verbs: no tensor but the result is kept.
  Backend& on = current_backend();
  Tensor y = Tensor::empty(a.shape(), a.dtype());
  on.run(verb::Binary{.y = y.view(), .a = b.cview(), .b = a.cview(), .op = BinaryOp::subtract});
  const Tensor excess = Tensor::empty(a.shape(), a.dtype());  // relu(b - a): > 0 where b wins
  on.run(verb::Unary{.y = excess.view(), .x = y.cview(), .params = {.op = UnaryOp::relu}});
  on.run(verb::Binary{.y = y.view(), .a = a.cview(), .b = excess.cview(), .op = BinaryOp::add});
  record("maximum", y, {a, b}, [excess](const Tensor& dy, InputGrads& grads) {
    Backend& now = current_backend();
    const Tensor to_b = Tensor::empty(dy.shape(), dy.dtype());
    now.run(verb::UnaryBackward{.dx = to_b.view(),
                                .dy = dy.cview(),
                                .x = excess.cview(),
                                .y = excess.cview(),
                                .params = {.op = UnaryOp::relu},
                                .write = Write::set});
    if (grads.wanted(0)) {  // dy where a won: dy - to_b
      const GradTarget da = grads.target(0);
      now.run(verb::Copy{.y = da.view, .x = dy.cview(), .write = da.write});
      const Tensor minus = ops::negate(to_b);
      now.run(verb::Copy{.y = da.view,
                         .x = minus.cview(),
                         .write = Write::add});  // the first write is done: from here on, add
    }
    grads.give(1, to_b);
  });
  return y;
}
// [/own-verbs]

// [check]
// The gradient of the sum of f(x), against central differences, in double on `ref`.
template <class Function>
double worst_gradient_error(Function f, std::vector<double> values) {
  using namespace hone;
  const auto device = open_device("ref");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  device->pool()->set_poison(true);  // an element that f forgets to write is NaN
  const Shape shape{static_cast<std::int64_t>(values.size())};
  const Tensor x = Tensor::from(values, shape).set_requires_grad();
  ops::sum(f(x)).backward();
  const std::vector<double> gradient = x.grad().to_vector<double>();
  const NoGrad no_grad;
  const double h = 0x1p-17;
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<double> above = values, below = values;
    above[i] += h;
    below[i] -= h;
    const double slope = (ops::sum(f(Tensor::from(above, shape))).item() -
                          ops::sum(f(Tensor::from(below, shape))).item()) /
                         (2 * h);
    const double error = slope > gradient[i] ? slope - gradient[i] : gradient[i] - slope;
    if (!(error <= worst)) worst = error;  // NaN counts
  }
  return worst;
}
// [/check]

namespace {

const std::vector<double> kValues = {-1.5, -0.4, 0.3, 0.9, 2};

}  // namespace

TEST_CASE("the composed op of the page has values and a gradient") {
  using namespace hone;
  const auto device = open_device("ref");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  const Tensor a = Tensor::from(std::vector<float>{0, 3}, {2}), b = Tensor::zeros({2});
  CHECK(pseudo_huber(a, b).item() == doctest::Approx((0 + std::sqrt(10.0) - 1) / 2));
  const auto against_zero = [](const Tensor& x) {
    return pseudo_huber(x, Tensor::zeros(x.shape(), x.dtype()));
  };
  CHECK(worst_gradient_error(against_zero, kValues) < 1e-9);
}

TEST_CASE("the op with its own gradient is right, alone and used twice") {
  using namespace hone;
  CHECK(worst_gradient_error(swish, kValues) < 1e-9);
  CHECK(worst_gradient_error([](const Tensor& x) { return swish(x) * swish(swish(x)); }, kValues) <
        1e-9);
  const auto device = open_device("ref");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  const Tensor x = Tensor::full({3}, 1).set_requires_grad();
  swish(x);
  CHECK(tape_size() == 1);  // one coarse node, not three
  clear_tape();
}

TEST_CASE("the op made of verbs is right for both inputs, and for ties") {
  using namespace hone;
  const auto with_square = [](const Tensor& x) { return maximum(x, ops::square(x)); };
  CHECK(worst_gradient_error(with_square, kValues) < 1e-9);
  const auto twice = [](const Tensor& x) { return maximum(ops::square(x), x) + maximum(x, x); };
  CHECK(worst_gradient_error(twice, kValues) < 1e-9);
  for (const std::string& name : device_names()) {
    const auto device = open_device(name);
    const auto backend = device->new_backend();
    const BackendScope scope(*backend);
    Tensor a = Tensor::from(std::vector<float>{1, 2, 3}, {3});
    Tensor b = Tensor::from(std::vector<float>{2, 2, 2}, {3});
    a.set_requires_grad();
    b.set_requires_grad();
    const Tensor y = maximum(a, b);
    CHECK(y.to_vector() == std::vector<float>{2, 2, 3});
    ops::sum(y).backward();
    CHECK(a.grad().to_vector() == std::vector<float>{0, 1, 1});
    CHECK(b.grad().to_vector() == std::vector<float>{1, 0, 0});
    CHECK_THROWS_WITH_AS(maximum(a, Tensor::zeros({4})),
                         "maximum: a [3] f32 and b [4] f32 differ; both need one shape and type",
                         Error);
  }
}
