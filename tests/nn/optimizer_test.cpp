// What optimizers do besides their formulas: clipping, penalties, freezing, gathered gradients, the
// average of the weights.
#include <doctest/doctest.h>

#include <cmath>

#include "optim/optimizer.h"
#include "optim/weight_average.h"
#include "tensor/ops.h"
#include "tensor/step_graph.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace hone::optim;
using namespace train_test;

namespace {

// Two parameters, "a.weight" [2] and "b.weight" [1], on a device with a backend bound.
struct Fixture {
  explicit Fixture(const char* name = "cpu")
      : device(open_device(name)),
        backend(device->new_backend({.threads = 1})),
        scope(*backend),
        parameters(*device, {{"a.weight", {2}}, {"b.weight", {1}}}) {
    parameters.tensor(0).assign(std::vector<float>{1, -2});
    parameters.tensor(1).assign(std::vector<float>{4});
  }
  // Gives the parameters these gradients.
  void backward(const std::vector<float>& a, float b) const {
    const Tensor of_a = Tensor::from(a, {2}), of_b = Tensor::from(std::vector<float>{b}, {1});
    (ops::sum(parameters.tensor(0) * of_a) + ops::sum(parameters.tensor(1) * of_b)).backward();
  }
  std::vector<float> values() const {
    std::vector<float> all = parameters.tensor(0).to_vector();
    all.push_back(parameters.tensor(1).to_vector()[0]);
    return all;
  }
  // The values after one step of plain SGD with rate 1, so that the difference is the gradient.
  std::vector<float> step(const SGD& spec, const std::vector<float>& a, float b) {
    const auto optimizer = make_optimizer(spec, parameters);
    backward(a, b);
    optimizer->step();
    return values();
  }
  std::shared_ptr<Device> device;
  std::unique_ptr<Backend> backend;
  BackendScope scope;
  FlatParameters parameters;
};

void check_near(const std::vector<float>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(static_cast<double>(got[i]) == doctest::Approx(expected[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("gradients are clipped by value, by their common norm and by each norm") {
  check_near(Fixture().step({.lr = 1, .clip = {.value = 0.5f}}, {3, -0.25f}, -4),
             {0.5, -1.75, 4.5});
  // The norm of (3, 0, 4) is 5.
  check_near(Fixture().step({.lr = 1, .clip = {.norm = 1}}, {3, 0}, 4), {0.4, -2, 3.2});
  check_near(Fixture().step({.lr = 1, .clip = {.norm = 10}}, {3, 0}, 4), {-2, -2, 0});
  check_near(Fixture().step({.lr = 1, .clip = {.each_norm = 1}}, {3, 0}, 4), {0, -2, 3});
  CHECK(contains(error_of([] {
                   Fixture().step({.clip = {.value = 1, .norm = 1}}, {1, 1}, 1);
                 }),
                 "not by several of them"));
  CHECK(contains(error_of([] {
                   Fixture().step({.clip = {.norm = -1}}, {1, 1}, 1);
                 }),
                 "clip is -1"));
}

TEST_CASE("penalties of a layer add their gradients before they are clipped") {
  const SGD l1{.lr = 1, .groups = {{.prefix = "a.", .l1 = 0.25f}}};
  check_near(Fixture().step(l1, {0, 0}, 0), {0.75, -1.75, 4});
  const SGD l2{.lr = 1, .groups = {{.suffix = "weight", .prefix = "b", .l2 = 0.125f}}};
  check_near(Fixture().step(l2, {0, 0}, 1), {1, -2, 4 - 1 - 2 * 0.125 * 4});
  const SGD both{.lr = 1, .groups = {{.prefix = "a", .l1 = 1, .l2 = 1}}, .clip = {.value = 0.5f}};
  check_near(Fixture().step(both, {0, 0}, 0), {0.5, -1.5, 4});
}

TEST_CASE("a frozen layer stays as it is, and its gradient does not count for the norm") {
  const SGD frozen{.lr = 1, .groups = {freeze("a")}, .clip = {.norm = 2}};
  check_near(Fixture().step(frozen, {300, 400}, 1), {1, -2, 3});
  CHECK(contains(error_of([] {
                   Fixture().step({.groups = {freeze("c")}}, {1, 1}, 1);
                 }),
                 "no parameter's name is like 'c...'"));
  CHECK(contains(error_of([] { Fixture().step({.groups = {{}}}, {1, 1}, 1); }), "needs a name"));
}

TEST_CASE("gradients of several batches add up until the step") {
  const auto run = [](bool gathered) {
    Fixture f;
    const auto optimizer = make_optimizer(SGD{.lr = 1}, f.parameters);
    for (int step = 0; step < 2; ++step) {
      if (gathered) {
        f.backward({1.5f, 3}, 5);
        f.backward({0.5f, 1}, 1);
      } else {
        f.backward({2, 4}, 6);
      }
      optimizer->step();
    }
    return f.values();
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("the average of the weights follows the steps, in recorded steps too") {
  for (const bool recorded : {false, true}) {
    Fixture f;
    const auto optimizer = make_optimizer(SGD{.lr = 1}, f.parameters);
    WeightAverage average(f.parameters, 0.75f);
    const Tensor rates = Tensor::from(std::vector<float>{1, 2}, {2});
    const auto step = [&] {
      ops::sum(f.parameters.tensor(0) * rates).backward();
      optimizer->step();
      average.update();
    };
    StepGraph graph(*f.backend, step);
    // Keras and PyTorch: the first update copies, later ones keep 3/4.
    std::vector<double> expected{0, -4, 4}, now = expected;
    for (int i = 0; i < 4; ++i) {
      if (recorded) {
        graph.run();
      } else {
        step();
      }
      now = {1.0 - (i + 1), -2.0 - 2 * (i + 1), 4};
      for (std::size_t k = 0; k < 3; ++k)
        expected[k] = i == 0 ? now[k] : 0.75 * expected[k] + 0.25 * now[k];
      check_near(f.values(), now);
    }
    average.swap();
    check_near(f.values(), expected);
    average.swap();
    check_near(f.values(), now);
  }
  CHECK(contains(error_of([] {
                   Fixture f;
                   WeightAverage(f.parameters, 1);
                 }),
                 "momentum is 1"));
}

TEST_CASE("specifications of optimizers are written with what is not the default") {
  CHECK(to_json(RMSprop{.momentum = 0.5f, .centered = true}) ==
        R"({"type": "rmsprop", "lr": 0.00100000005, "rho": 0.899999976, "momentum": 0.5, )"
        R"("epsilon": 1.00000001e-07, "centered": true, "weight_decay": 0, "form": "keras"})");
  CHECK(contains(to_json(AdamW{}), R"("type": "adamw")"));
  CHECK(contains(to_json(Adagrad{.clip = {.norm = 2}}), R"("clip_norm": 2)"));
  CHECK(contains(to_json(SGD{.groups = {freeze("a")}}), R"("prefix": "a")"));
  CHECK_FALSE(contains(to_json(SGD{.groups = {{.suffix = "a"}}}), "prefix"));
}
