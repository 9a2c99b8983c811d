// Sequences, random numbers, rows and comparison.
#include <cmath>

#include "tensor/gradcheck.h"
#include "tensor/step_graph.h"
#include "tests/tensor/test_backends.h"

using namespace hone;

TEST_CASE("arange and linspace make the numbers that they name, in every type") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    CHECK(Tensor::arange(1, 3, 0.5).to_vector() == std::vector<float>{1, 1.5f, 2, 2.5f});
    CHECK(Tensor::arange(3, 0, -2, DType::i32).to_vector<std::int32_t>() ==
          std::vector<std::int32_t>{3, 1});
    CHECK(Tensor::arange(1, 0).count() == 0);
    CHECK(Tensor::linspace(0, 1, 5).to_vector() == std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1});
    CHECK(Tensor::linspace(2, 9, 1).to_vector() == std::vector<float>{2});
    CHECK(Tensor::linspace(2, 9, 0).count() == 0);
    check_refused([] { Tensor::arange(0, 1, 0); }, {"arange", "step"});
    check_refused([] { Tensor::arange(0, 300, 1, DType::u8); }, {"arange", "256", "u8"});
    check_refused([] { Tensor::linspace(0, 1, 3, DType::i32); }, {"linspace", "i32"});
  }
}

TEST_CASE("random numbers depend on seed and place alone, and are spread as they should") {
  const Shape shape{40000};
  std::vector<float> uniform, normal;
  for (const std::string& name : device_names()) {
    const Bound bound(name, 3);
    const std::vector<float> u = Tensor::rand(shape, 7).to_vector();
    const std::vector<float> n = Tensor::randn(shape, 7).to_vector();
    if (uniform.empty()) uniform = u, normal = n;
    CHECK(u == uniform);
    CHECK(allclose(Tensor::from(n, shape), Tensor::from(normal, shape), {.absolute = 1e-5}));
    CHECK(Tensor::rand(shape, 8).to_vector() != u);
    CHECK(Tensor::rand({5}, 7).to_vector() == std::vector<float>(u.begin(), u.begin() + 5));
  }
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0, fourth = 0;
  for (std::size_t i = 0; i < uniform.size(); ++i) {
    const double u = static_cast<double>(uniform[i]), n = static_cast<double>(normal[i]);
    CHECK_MESSAGE((u >= 0 && u < 1), u);
    sum += u;
    squares += u * u;
    normal_sum += n;
    normal_squares += n * n;
    fourth += n * n * n * n;
  }
  const double count = static_cast<double>(uniform.size());
  CHECK(sum / count == doctest::Approx(0.5).epsilon(0.02));
  CHECK(squares / count == doctest::Approx(1.0 / 3).epsilon(0.02));
  CHECK(std::abs(normal_sum / count) < 0.02);
  CHECK(normal_squares / count == doctest::Approx(1).epsilon(0.03));
  CHECK(fourth / count == doctest::Approx(3).epsilon(0.08));
}

TEST_CASE("random numbers of a recorded step are others in each step") {
  const Bound bound("cpu");
  const Tensor step = Tensor::zeros({1}, DType::i32), kept = Tensor::zeros({8});
  StepGraph graph(*bound.backend, [&] {
    const Tensor drawn = ops::random(step, {8});
    current_backend().run(verb::Copy{.y = kept.view(), .x = drawn.view()});
    current_backend().run(verb::Advance{.counters = step.view()});
  });
  std::vector<std::vector<float>> seen;
  for (int i = 0; i < 4; ++i) {
    graph.run();
    for (const auto& before : seen) CHECK(kept.to_vector() != before);
    seen.push_back(kept.to_vector());
  }
}

TEST_CASE("a row of a tensor shares its memory and passes its gradient on") {
  const Bound bound("ref");
  Tensor x = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {3, 2});
  CHECK(x[1].to_vector() == std::vector<float>{2, 3});
  CHECK(x[-1].shape() == Shape{2});
  CHECK(x[2][1].item() == 5);
  CHECK(x[1].view().data == static_cast<char*>(x.view().data) + 2 * sizeof(float));
  check_refused([&] { x[3]; }, {"row 3", "[3, 2]"});
  check_refused([&] { x[0][0][0]; }, {"scalar"});
  x.set_requires_grad();
  ops::sum(ops::square(x[2])).backward();
  CHECK(x.grad().to_vector() == std::vector<float>{0, 0, 0, 0, 8, 10});
}

TEST_CASE("allclose compares with a tolerance, and NaN only when it is asked to") {
  const Bound bound("cpu");
  const auto of = [](std::vector<float> values) { return Tensor::from(values, {2}); };
  CHECK(allclose(of({1, 2}), of({1, 2.00001f})));
  CHECK_FALSE(allclose(of({1, 2}), of({1, 2.001f})));
  CHECK(allclose(of({1, 2}), of({1, 2.001f}), {.relative = 1e-3}));
  CHECK_FALSE(allclose(of({1, NAN}), of({1, NAN})));
  CHECK(allclose(of({1, NAN}), of({1, NAN}), {.equal_nan = true}));
  CHECK(allclose(of({1, INFINITY}), of({1, INFINITY})));
  CHECK_FALSE(allclose(of({1, INFINITY}), of({1, 1e30f})));
  CHECK_FALSE(allclose(of({1, 2}), Tensor::from(std::vector<float>{1, 2}, {1, 2})));
}

TEST_CASE("gradcheck passes a right gradient and names the element of a wrong one") {
  const Bound bound("ref");
  const Tensor x = Tensor::from(std::vector<double>{0.5, -1, 2}, {3});
  const Tensor y = Tensor::from(std::vector<double>{1, 3, -2}, {3});
  const GradcheckResult right =
      gradcheck([](const std::vector<Tensor>& in) { return ops::tanh(in[0] * in[1]); }, {x, y});
  CHECK(right);
  CHECK(right.worst < 1e-6);
  const GradcheckResult wrong = gradcheck(
      [](const std::vector<Tensor>& in) {
        Tensor square = ops::square(in[0].detach());
        record("wrong", square, {in[0]}, [x = in[0]](const Tensor& dy, InputGrads& grads) {
          grads.give(0, ops::multiply(dy, x));  // forgets the factor 2
        });
        return square * in[1];
      },
      {x, y});
  CHECK_FALSE(wrong);
  CHECK(wrong.where.find("input 0, element") == 0);
  CHECK(wrong.worst == doctest::Approx(0.5));
  CHECK(tape_size() == 0);
  check_refused([&] { gradcheck([](const auto& in) { return in[0]; }, {Tensor::zeros({2})}); },
                {"f32", "f64"});
  const Bound elsewhere("cpu");
  check_refused([&] { gradcheck([](const auto& in) { return in[0]; }, {x}); }, {"cpu", "ref"});
}
