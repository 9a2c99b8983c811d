// Whole trainings on the CUDA backend over the emulation: close to cpu's, the same bits whether
// steps are replayed or not, and checkpoints that go on on another device.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "nn/train/fit_together.h"
#include "tests/cuda_emulation/emulated.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

// Fits a new model on the device to `epochs`, going on from the checkpoint if there is one.
std::vector<float> fit_on(const std::string& device, int epochs, const std::string& checkpoint,
                          bool replay = true) {
  const World world(device, 40);
  const auto model = world.model();
  Trainer trainer(*model, {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = epochs, .batch = 16},
                  {.capture = replay});
  trainer.fit(world.train, {.validation = &world.validation, .checkpoint = checkpoint});
  return weights(*model);
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

}  // namespace

TEST_CASE("a training on the emulated device is close to cpu's, and replays have its bits") {
  const test::EmulatedDevice emulated;
  const TempFolder here;
  const auto replayed = fit_on("emulated", 2, here / "a");
  CHECK(same_bits(replayed, fit_on("emulated", 2, here / "b", false)));
  CHECK(largest_difference(replayed, fit_on("cpu", 2, here / "c")) < 1e-3);
}

TEST_CASE("a checkpoint of cpu goes on on the emulated device, and the other way round") {
  const test::EmulatedDevice emulated;
  const TempFolder here;
  const auto cpu = fit_on("cpu", 3, here / "cpu");
  fit_on("cpu", 1, here / "from_cpu");
  CHECK(largest_difference(fit_on("emulated", 3, here / "from_cpu"), cpu) < 1e-3);
  fit_on("emulated", 1, here / "from_emulated");
  CHECK(largest_difference(fit_on("cpu", 3, here / "from_emulated"), cpu) < 1e-3);
}

namespace {

// One optimizer at the rate of a member.
using OptimizerAt = std::function<optim::OptimizerSpec(float rate)>;

void check_together(const World& world, const OptimizerAt& optimizer) {
  std::vector<std::unique_ptr<Trainer>> alone, together;
  std::vector<FitMember> members;
  const FitOptions options{.validation = &world.validation};
  for (const float p : {0.2f, 0.4f}) {
    nn::Network network = batch_norm_cnn();
    network.add(nn::Dropout{.p = p / 4});
    const Training training{.network = network,
                            .optimizer = optimizer(p / 20),
                            .epochs = p < 0.3f ? 2 : 1,
                            .batch = 16,
                            .seed = static_cast<std::uint64_t>(10 * p)};
    for (auto* trainers : {&alone, &together})
      trainers->push_back(
          std::make_unique<Trainer>(training, world.train.shape(), world.device->new_backend()));
    members.push_back({*together.back(), options});
  }
  std::vector<std::string> histories(2);
  fit_together(members, world.train, [&](std::size_t i, const FitEnd& end) {
    if (end.error) std::rethrow_exception(end.error);
    histories[i] = end.result.history.json();
  });
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(alone[i]->fit(world.train, options).history.json() == histories[i]);
    CHECK(same_bits(alone[i]->model().parameters().state().to_vector(),
                    together[i]->model().parameters().state().to_vector()));
  }
}

}  // namespace

TEST_CASE("trainings together on the emulated device have the bits that each has alone") {
  const test::EmulatedDevice emulated;
  const World world("emulated", 40);
  check_together(world, [](float rate) { return optim::Adam{.lr = rate}; });
  check_together(world, [](float rate) { return optim::SGD{.lr = rate, .momentum = 0.9f}; });
  check_together(world, [](float rate) { return optim::RMSprop{.lr = rate, .momentum = 0.5f}; });
}
