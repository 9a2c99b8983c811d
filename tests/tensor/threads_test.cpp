// Two threads train independent networks on two backends of one device.
#include <thread>

#include "tensor/step_graph.h"
#include "tests/tensor/small_training.h"

using namespace hone;

namespace {

std::vector<double> train(Device& device, std::uint64_t seed, bool recorded) {
  const auto backend = device.new_backend({.threads = 1});
  const BackendScope scope(*backend);
  SmallTraining training(Optimizer::adam, seed);
  StepGraph graph(*backend, [&] { training.step(); });
  for (int i = 0; i < 20; ++i) {
    if (recorded) {
      graph.run();
    } else {
      training.step();
    }
  }
  return training.state();
}

}  // namespace

TEST_CASE("two threads train side by side on one device and get what they get alone") {
  for (const std::string& name : device_names())
    for (const bool recorded : {false, true}) {
      const auto device = open_device(name);
      const std::vector<double> first = train(*device, 1, recorded);
      const std::vector<double> second = train(*device, 2, recorded);
      CHECK(first != second);
      std::vector<double> beside_first, beside_second;
      std::thread one([&] { beside_first = train(*device, 1, recorded); });
      std::thread two([&] { beside_second = train(*device, 2, recorded); });
      one.join();
      two.join();
      CHECK(beside_first == first);
      CHECK(beside_second == second);
    }
}

TEST_CASE("threads may read one tensor at the same time") {
  const auto device = open_device("ref");
  const std::vector<float> values(1000, 2);
  const Tensor shared = Tensor::from(*device, std::span<const float>(values), {1000});
  double sums[2] = {};
  std::vector<std::thread> threads;
  for (double& sum : sums)
    threads.emplace_back([&] {
      const auto backend = device->new_backend({.threads = 1});
      const BackendScope scope(*backend);
      sum = ops::sum(ops::square(shared)).item();
    });
  for (std::thread& each : threads) each.join();
  CHECK(sums[0] == 4000);
  CHECK(sums[1] == 4000);
}
