// hone_backend_test <device> [--every=N] [options of doctest]: whether a backend, found by its
// name, keeps the contract: the verbs and ops of the tables (of the ops each N-th case), order,
// recordings, memory, several models.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tensor/step_graph.h"
#include "tests/kernels/verb_cases.h"
#include "tests/ops/op_modes.h"
#include "tests/tensor/small_training.h"

using namespace hone;

namespace {

std::string device_under_test;
int every = 1;
int passed = 0, failed = 0;

void count(const std::string& what, const std::string& difference) {
  ++(difference.empty() ? passed : failed);
  CHECK_MESSAGE(difference.empty(), what << ": " << difference);
}

// Some verbs with temporaries that are given back while they are under way: x = x * 1.5 - i.
Tensor churned(const Tensor& start, int steps) {
  const NoGrad no_grad;
  Tensor x = start;
  for (int i = 0; i < steps; ++i) x = ops::subtract(ops::scale(x, 1.5), Tensor::full(x.shape(), i));
  return x;
}

const std::vector<float> kStart = {0.5f, -1, 2, 0, 3, 1, -2};

}  // namespace

TEST_CASE("every verb gives what ref gives") {
  const auto backend = open_device(device_under_test)->new_backend();
  const auto ref = open_device("ref")->new_backend();
  for (const test::VerbCase& each : test::verb_cases())
    count(each.name, test::difference(each.run(*backend), each.run(*ref), each.tolerance));
}

TEST_CASE("every op gives what ref gives") {
  const op_cases::Targets targets({device_under_test});
  int number = 0;
  for (const op_cases::OpCase& one : op_cases::all_cases()) {
    if (one.perf || number++ % every != 0) continue;
    const op_cases::Failures failures = targets.test(one);
    count(one.name(), failures.empty() ? "" : failures.front());
  }
}

TEST_CASE("200 replayed steps have the bits of eager ones, and learn what ref learns") {
  // Replays are given `together` at a time; 0: none, each step is eager.
  const auto train = [](const std::string& device, int together) {
    const Bound bound(device);
    SmallTraining training(Optimizer::adam);
    StepGraph graph(*bound.backend, [&] { training.step(); });
    constexpr int kSteps = SmallTraining::kMostSteps;
    for (int i = 0; i < kSteps && together == 0; ++i) training.step();
    for (int i = 0; i < kSteps && together > 0; i += together)
      graph.run(std::min(together, kSteps - i));
    return training.state();
  };
  const std::vector<double> eager = train(device_under_test, 0);
  count("replay", train(device_under_test, 1) == eager ? "" : "other bits");
  count("replays together", train(device_under_test, 37) == eager ? "" : "other bits");
  const double ref = train("ref", 0).back();
  count("loss", std::abs(eager.back() - ref) < 0.01 * std::abs(ref) + 0.01 ? "" : "far from ref's");
}

TEST_CASE("an upload has taken its bytes when it returns, and verbs keep their order") {
  const Bound bound(device_under_test);
  std::vector<float> values = kStart;
  const Tensor x = Tensor::from(values, {7});
  const Tensor twice = ops::scale(x, 2);
  std::fill(values.begin(), values.end(), 99.0f);
  x.assign(values);  // after the verb that reads the old ones
  CHECK(twice.to_vector()[2] == 4);
  CHECK(x.to_vector()[2] == 99);
}

TEST_CASE("a recorded step has run once when the recording ends, and once for each replay") {
  const Bound bound(device_under_test);
  const Tensor counter = Tensor::from(std::vector<std::int32_t>{5}, {1});
  bound.backend->begin_recording();
  bound.backend->run(verb::Advance{.counters = counter.view(), .index = 0, .by = 2});
  const auto recording = bound.backend->end_recording();
  CHECK(counter.item() == 7);
  recording->replay(2);
  recording->replay();
  bound.backend->run(verb::Advance{.counters = counter.view(), .index = 0, .by = 100});
  recording->replay();
  CHECK(counter.item() == 115);
  CHECK(recording->str() == "advance counters i32 [1]\n");
}

TEST_CASE("memory that is given back while verbs are under way is not written too early") {
  const std::vector<float> expected = [] {
    const Bound bound("ref");
    return churned(Tensor::from(kStart, {7}), 40).to_vector();
  }();
  const auto device = open_device(device_under_test);
  const auto one = device->new_backend(), two = device->new_backend();
  Tensor a, b;
  {
    const BackendScope scope(*one);
    a = Tensor::from(kStart, {7});
  }
  {
    const BackendScope scope(*two);
    b = Tensor::from(kStart, {7});
  }
  for (int i = 0; i < 20; ++i) {  // two backends in turn, each with verbs under way
    {
      const BackendScope scope(*one);
      churned(a, 40);
    }
    const BackendScope scope(*two);
    churned(b, 40);
  }
  {
    const BackendScope scope(*one);
    a = churned(a, 40);
  }
  const BackendScope scope(*two);
  b = churned(b, 40);
  CHECK(b.to_vector() == expected);
  CHECK(a.to_vector() == expected);  // of the other backend: the device waits for it
}

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {
    std::fprintf(stderr, "usage: hone_backend_test <device> [--every=N] [options of doctest]\n");
    return 2;
  }
  device_under_test = argv[1];
  constexpr std::string_view kEvery = "--every=";
  if (argc > 2 && std::string_view(argv[2]).starts_with(kEvery))
    every = std::max(1, std::atoi(argv[2] + kEvery.size()));
  try {
    std::printf("%s\n", open_device(device_under_test)->description().c_str());
  } catch (const Error& error) {
    std::fprintf(stderr, "hone_backend_test: %s\n", error.what());
    return 5;
  }
  doctest::Context context;
  context.applyCommandLine(argc - 1, argv + 1);
  const int rc = context.run();
  std::printf("%s: %d cases passed, %d failed\n", device_under_test.c_str(), passed, failed);
  return rc;
}
