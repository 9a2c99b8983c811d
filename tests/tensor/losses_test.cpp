// Losses at any scale, their weights, and indices that do not exist.
#include <cmath>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

Tensor of(const std::vector<float>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

struct LossAndGradient {
  double loss;
  std::vector<float> gradient;
};

template <class Loss>
LossAndGradient run(const std::vector<float>& x, const Shape& shape, Loss loss) {
  const Tensor input = of(x, shape).set_requires_grad();
  const Tensor value = loss(input);
  value.backward();
  return {value.item(), input.grad().to_vector()};
}

}  // namespace

TEST_CASE("binary cross-entropy is right for logits of any size") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor one = of({1}, {1}), zero = of({0}, {1});
    const auto at = [&](float logit, const Tensor& target) {
      return run({logit}, {1},
                 [&](const Tensor& x) { return ops::binary_cross_entropy(x, target); });
    };
    CHECK(at(1000, zero).loss == 1000);
    CHECK(at(1000, one).loss == 0);
    CHECK(at(-1000, one).loss == 1000);
    CHECK(at(-1000, one).gradient[0] == -1);
    CHECK(at(20, one).loss == doctest::Approx(2.0611537e-9).epsilon(1e-6));
    CHECK(at(-20, zero).gradient[0] == doctest::Approx(2.0611537e-9).epsilon(1e-6));
    CHECK(at(0, one).loss == doctest::Approx(std::log(2.0)));
    const auto weighted = run({2, -1}, {2}, [&](const Tensor& x) {
      return ops::binary_cross_entropy(
          x, of({1, 0}, {2}), {.weights = of({3, 1}, {2}), .positive_weights = of({2}, {1})});
    });
    // (3 * 2 softplus(-2) + softplus(-1)) / 4
    CHECK(weighted.loss == doctest::Approx((6 * 0.126928011 + 0.313261688) / 4));
  }
}

TEST_CASE("cross-entropy with options is that without them where they say nothing") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const std::vector<float> logits{1, -2, 0.5f, 300, -300, 0, -1e4f, 1e4f, 3};
    const Tensor labels = Tensor::from(std::vector<std::int32_t>{2, 0, 1}, {3});
    const auto plain =
        run(logits, {3, 3}, [&](const Tensor& x) { return ops::softmax_cross_entropy(x, labels); });
    const auto weighted = run(logits, {3, 3}, [&](const Tensor& x) {
      return ops::cross_entropy(x, labels, {.weights = of({2, 2, 2}, {3})});
    });
    const auto soft = run(logits, {3, 3}, [&](const Tensor& x) {
      return ops::soft_cross_entropy(x, ops::one_hot(labels, 3));
    });
    CHECK(weighted.loss == doctest::Approx(plain.loss));
    CHECK(soft.loss == doctest::Approx(plain.loss));
    for (std::size_t i = 0; i < 9; ++i) {
      CHECK(weighted.gradient[i] == doctest::Approx(plain.gradient[i]).epsilon(1e-6));
      CHECK(soft.gradient[i] == doctest::Approx(plain.gradient[i]).epsilon(1e-6));
    }
  }
}

TEST_CASE("ignored samples change neither loss nor gradient, and all of them ignored give 0") {
  const Bound bound("cpu");
  const std::vector<float> two{1, 2, -1, 0.5f}, three{1, 2, NAN, INFINITY, -1, 0.5f};
  const auto labels = [](const std::vector<std::int32_t>& values) {
    return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  };
  const auto without = run(two, {2, 2}, [&](const Tensor& x) {
    return ops::cross_entropy(x, labels({0, 1}), {.label_smoothing = 0.1});
  });
  const auto with = run(three, {3, 2}, [&](const Tensor& x) {
    return ops::cross_entropy(x, labels({0, -100, 1}),
                              {.label_smoothing = 0.1, .ignore_index = -100});
  });
  CHECK(with.loss == doctest::Approx(without.loss).epsilon(1e-6));
  CHECK(with.gradient[4] == doctest::Approx(without.gradient[2]).epsilon(1e-6));
  const auto none = run(two, {2, 2}, [&](const Tensor& x) {
    return ops::cross_entropy(x, labels({7, 7}), {.ignore_index = 7});
  });
  CHECK(none.loss == 0);
  CHECK(none.gradient == std::vector<float>(4, 0));
  // A label that is no class is not hidden.
  const auto bad = run(two, {2, 2}, [&](const Tensor& x) {
    return ops::cross_entropy(x, labels({0, 5}), {.label_smoothing = 0.1});
  });
  CHECK(std::isnan(bad.loss));
}

TEST_CASE("class weights and smoothing of cross-entropy are PyTorch's") {
  const Bound bound("ref");
  // torch.nn.functional.cross_entropy(x, y, weight=w, label_smoothing=0.2), worked out in double:
  // sum_i 0.8 w[y_i] l_i[y_i] + 0.2 / 3 sum_c w[c] l_i[c], over sum_i w[y_i], l = -log softmax.
  const std::vector<float> x{0.5f, -1, 2, 1, 0, -0.5f};
  const std::vector<double> w{1, 2, 0.5};
  const std::int32_t y[] = {1, 0};
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    double exps = 0;
    for (std::size_t c = 0; c < 3; ++c) exps += std::exp(static_cast<double>(x[3 * i + c]));
    const auto l = [&](std::size_t c) {
      return std::log(exps) - static_cast<double>(x[3 * i + c]);
    };
    const auto label = static_cast<std::size_t>(y[i]);
    sum += 0.8 * w[label] * l(label);
    for (std::size_t c = 0; c < 3; ++c) sum += 0.2 / 3 * w[c] * l(c);
    total += w[label];
  }
  const Tensor loss =
      ops::cross_entropy(of(x, {2, 3}), Tensor::from(std::vector(y, y + 2), {2}),
                         {.label_smoothing = 0.2, .class_weights = of({1, 2, 0.5f}, {3})});
  CHECK(loss.item() == doctest::Approx(sum / total).epsilon(1e-6));
}

TEST_CASE("an index that does not exist reads as NaN and takes no gradient") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    Tensor table = of({1, 2, 3, 4}, {2, 2}).set_requires_grad();
    const Tensor rows =
        ops::embedding(table, Tensor::from(std::vector<std::int32_t>{1, 2, -1}, {3}));
    const std::vector<float> values = rows.to_vector();
    CHECK(values[0] == 3);
    for (std::size_t i = 2; i < 6; ++i) CHECK(std::isnan(values[i]));
    ops::sum(rows).backward();
    CHECK(table.grad().to_vector() == std::vector<float>{0, 0, 1, 1});
    CHECK(ops::one_hot(Tensor::from(std::vector<std::int32_t>{1, 3}, {2}), 2).to_vector() ==
          std::vector<float>{0, 1, 0, 0});
  }
}

TEST_CASE("logsumexp, norm, max and softplus hold at the ends of the numbers") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const float inf = INFINITY;
    CHECK(ops::logsumexp(of({1000, 1000}, {2})).item() ==
          doctest::Approx(1000 + std::log(2.0)).epsilon(1e-7));
    CHECK(ops::logsumexp(of({-inf, -inf}, {2})).item() == -inf);
    CHECK(ops::logsumexp(of({-inf, 3}, {2})).item() == 3);
    CHECK(ops::logsumexp(of({inf, 3}, {2})).item() == inf);
    CHECK(ops::softplus(of({100}, {1})).item() == 100);
    CHECK(std::isnan(ops::max(of({1, NAN, 3}, {3})).item()));
    CHECK(std::isnan(ops::min(of({1, NAN, 3}, {3})).item()));
    CHECK(std::isnan(ops::maximum(of({1}, {1}), of({NAN}, {1})).item()));
    CHECK(std::isnan(ops::minimum(of({NAN}, {1}), of({1}, {1})).item()));
    CHECK(ops::argmax(of({1, NAN, 3, NAN}, {4})).item() == 1);
    Tensor zero = Tensor::zeros({3}).set_requires_grad();
    ops::norm(zero).backward();
    CHECK(zero.grad().to_vector() == std::vector<float>(3, 0));
  }
}

TEST_CASE("ops that move, choose and reduce refuse what does not fit") {
  const Bound bound("ref");
  const Tensor x = Tensor::zeros({2, 3}), i = Tensor::zeros({2}, DType::i32);
  check_refused([&] { ops::transpose(x, {0, 0}); }, {"transpose", "once"});
  check_refused([&] { ops::slice(x, {.axis = 1, .first = 2, .last = 5}); }, {"slice", "[2, 3]"});
  check_refused([&] { ops::concat({x, Tensor::zeros({3, 3})}, 1); }, {"concat", "[3, 3]"});
  check_refused([&] { ops::stack({x, Tensor::zeros({3, 3})}); }, {"stack", "[2, 3]"});
  check_refused([&] { ops::split(x, {1, 1}, 1); }, {"split", "2 in all"});
  check_refused([&] { ops::pad(x, {{1, 1}}); }, {"pad", "one an axis"});
  check_refused([&] { ops::max(Tensor::zeros({0, 3}), {0}); }, {"max", "nothing to choose"});
  check_refused([&] { ops::argmax(x, 2); }, {"argmax", "axis 2"});
  check_refused([&] { ops::gather(x, i, 0); }, {"gather", "[2]"});
  check_refused([&] { ops::take(x, x); }, {"take", "i32"});
  check_refused([&] { ops::where(x, x, x); }, {"where", "u8"});
  check_refused([&] { ops::less(x, i); }, {"less", "one type"});
  check_refused(
      [&] {
        ops::matmul(Tensor::zeros({2, 3, 4}), Tensor::zeros({3, 4, 5}));
      },
      {"matmul", "[3, 4, 5]"});
  check_refused([&] { ops::layer_norm(x, Tensor::zeros({2}), Tensor::zeros({2})); },
                {"layer_norm", "last axes"});
  check_refused([&] { ops::group_norm(x, Tensor::zeros({3}), Tensor::zeros({3}), 2); },
                {"group_norm", "multiple"});
  check_refused([&] { ops::mse(x, Tensor::zeros({3})); }, {"mse", "[3]"});
  check_refused([&] { ops::mse(x, x, Tensor::zeros({3})); }, {"mse", "weights"});
  check_refused([&] { ops::cast(x, DType::f64), ops::clamp(x, 1, 0); }, {"clamp", "low"});
  check_refused(
      [&] {
        ops::conv2d(Tensor::zeros({1, 4, 4, 3}), Tensor::zeros({4, 3, 3, 1}), Tensor(),
                    {.groups = 2});
      },
      {"conv2d", "2 groups"});
}
