// StepGraph: a replay has the bits of a call, whatever changes between steps; misuse is refused.
#include "tensor/step_graph.h"

#include <stdexcept>

#include "tests/tensor/small_training.h"

using namespace hone;

namespace {

using States = std::vector<std::vector<double>>;

constexpr int kCut = 25;  // the learning rate falls before this step

// The state after each of the steps.
template <class Step>
States train(SmallTraining& training, Step step) {
  States states;
  for (int i = 0; i < SmallTraining::kSteps; ++i) {
    if (i == kCut) training.set_rate(training.rate() / 10);
    step();
    states.push_back(training.state());
  }
  return states;
}

States eager(const std::string& device, int threads, Optimizer optimizer) {
  const Bound bound(device, threads);
  SmallTraining training(optimizer);
  return train(training, [&] { training.step(); });
}

States replayed(const std::string& device, int threads, Optimizer optimizer) {
  const Bound bound(device, threads);
  bound.device->pool()->set_poison(true);
  SmallTraining training(optimizer);
  StepGraph graph(*bound.backend, [&] { training.step(); });
  return train(training, [&] { graph.run(); });
}

}  // namespace

TEST_CASE("a replayed step has the bits of an eager one, over 50 steps and a cut of the rate") {
  for (const std::string& device : device_names())
    for (const Optimizer optimizer : {Optimizer::momentum, Optimizer::adam}) {
      const States one = eager(device, 1, optimizer);
      CHECK(replayed(device, 1, optimizer) == one);
      CHECK(eager(device, 2, optimizer) == one);
      CHECK(replayed(device, 2, optimizer) == one);
      // The steps do something: parameters move, and every step has a loss of its own.
      for (std::size_t i = 1; i < one.size(); ++i) {
        CHECK(one[i][0] != one[i - 1][0]);
        CHECK(one[i].back() != one[i - 1].back());
      }
    }
}

TEST_CASE("the cut of the learning rate reaches a recorded step") {
  const Bound bound("ref");
  SmallTraining cut(Optimizer::momentum), kept(Optimizer::momentum);
  StepGraph cut_graph(*bound.backend, [&] { cut.step(); });
  StepGraph kept_graph(*bound.backend, [&] { kept.step(); });
  for (int i = 0; i < 5; ++i) {
    cut_graph.run();
    kept_graph.run();
  }
  CHECK(cut.state() == kept.state());
  cut.set_rate(0.001f);
  cut_graph.run();
  kept_graph.run();
  CHECK(cut.state() != kept.state());
}

TEST_CASE("the third run replays without calling the closure") {
  const Bound bound("ref");
  SmallTraining training(Optimizer::adam);
  int calls = 0;
  StepGraph graph(*bound.backend, [&] {
    ++calls;
    training.step();
  });
  CHECK(graph.verbs() == 0);
  graph.run();
  CHECK_FALSE(graph.recorded());
  graph.run();
  CHECK(graph.recorded());
  CHECK(graph.verbs() > 8);
  for (int i = 0; i < 5; ++i) graph.run();
  CHECK(calls == 2);
  graph.reset();
  CHECK_FALSE(graph.recorded());
  graph.run();
  graph.run();
  graph.run();
  CHECK(calls == 4);
}

TEST_CASE("replays fetch no memory, and the step's memory is its own") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    SmallTraining training(Optimizer::adam);
    StepGraph graph(*bound.backend, [&] { training.step(); });
    for (int i = 0; i < 3; ++i) graph.run();
    const PoolStats before = bound.device->pool()->stats();
    for (int i = 0; i < 5; ++i) graph.run();
    const PoolStats after = bound.device->pool()->stats();
    CHECK(after.misses == before.misses);
    CHECK(after.live_bytes == before.live_bytes);
  }
}

TEST_CASE("memory that others take between replays is not the step's") {
  const Bound bound("ref");
  SmallTraining plain(Optimizer::adam), disturbed(Optimizer::adam);
  StepGraph graph(*bound.backend, [&] { disturbed.step(); });
  for (int i = 0; i < 10; ++i) {
    plain.step();
    graph.run();
    std::vector<Tensor> others;  // written all over; must not hit what the recording uses
    for (std::int64_t n = 1; n < 3000; n = n * 3 / 2 + 1) others.push_back(Tensor::full({n}, 1e9));
  }
  CHECK(plain.state() == disturbed.state());
}

TEST_CASE("host reads and writes inside a step are refused in the first, second and later runs") {
  const Bound bound("ref");
  SmallTraining training(Optimizer::momentum);
  int runs = 0, from_run = 0;
  bool write = false;
  StepGraph graph(*bound.backend, [&] {
    ++runs;
    training.step();
    if (runs < from_run) return;
    if (write) {
      training.set_rate(0.1f);
    } else {
      training.loss();
    }
  });
  for (const bool writes : {false, true})
    for (const int from : {1, 2}) {
      write = writes;
      from_run = from;
      runs = 0;
      graph.reset();
      for (int i = 1; i < from; ++i) graph.run();
      for (int i = 0; i < 3; ++i) {
        check_refused([&] { graph.run(); }, {"step graph", write ? "writing" : "reading"});
        CHECK_FALSE(graph.recorded());
        CHECK_FALSE(bound.backend->recording());
        CHECK(tape_size() == 0);
      }
    }
  training.loss();  // outside it is allowed
}

TEST_CASE("an exception inside a step leaves everything usable") {
  for (const int fails_in : {1, 2}) {
    const Bound bound("ref");
    SmallTraining training(Optimizer::momentum), other(Optimizer::momentum);
    int runs = 0;
    StepGraph graph(*bound.backend, [&] {
      if (++runs == fails_in) {
        ops::square(Tensor::full({2}, 1).set_requires_grad());  // something on the tape
        throw std::runtime_error("on purpose");
      }
      training.step();
    });
    for (int i = 1; i < fails_in; ++i) graph.run();
    CHECK_THROWS_AS(graph.run(), std::runtime_error);
    CHECK(tape_size() == 0);
    CHECK_FALSE(bound.backend->recording());
    CHECK(Tensor::full({2}, 3).to_vector()[1] == 3);  // host reads are allowed again
    for (int i = 0; i < 5; ++i) graph.run();
    CHECK(graph.recorded());
    for (int i = 1; i < fails_in; ++i) other.step();
    for (int i = 0; i < 5; ++i) other.step();
    CHECK(training.state() == other.state());
  }
}

TEST_CASE("steps do not nest, recorded or not") {
  const Bound bound("ref");
  const Tensor x = Tensor::zeros({2});
  StepGraph inner(*bound.backend,
                  [&] { bound.backend->run(verb::Fill{.y = x.view(), .value = 1}); });
  StepGraph outer(*bound.backend, [&] { inner.run(); });
  for (int i = 0; i < 4; ++i) {  // the inner one cold, warm, recorded
    check_refused([&] { outer.run(); }, {"step graph", "nest"});
    inner.run();
  }
  CHECK(inner.recorded());
}

TEST_CASE("a step graph of a bigger and one of a smaller batch take turns") {
  const Bound bound("ref");
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {6});
  const Tensor total = Tensor::zeros({1});
  const auto add_up = [&](std::int64_t n) {
    const NoGrad no_grad;
    const Tensor sum = ops::sum(ops::slice(x, 0, n), {}, true);
    bound.backend->run(verb::Copy{.y = total.view(), .x = sum.view(), .write = Write::add});
  };
  StepGraph four(*bound.backend, [&] { add_up(4); }), two(*bound.backend, [&] { add_up(2); });
  for (int i = 0; i < 6; ++i) {
    four.run();
    two.run();
  }
  CHECK(total.item() == 6 * (10 + 3));
}
