// Several models in one launch, and several steps in one: the bits of one after the other, with
// fewer operations of the device.
#include <doctest/doctest.h>

#include <cstring>

#include "nn/train/passes.h"
#include "optim/optimizer.h"
#include "tests/cuda_emulation/emulated.h"
#include "tests/nn/train_fixture.h"
#include "tests/ops/op_modes.h"
#include "tests/tensor/test_backends.h"

using namespace hone;
using namespace train_test;

namespace {

constexpr int kModels = 3;

std::vector<double> bits_of(const Tensor& tensor) { return tensor.to_vector<double>(); }

// Output and gradients of the case, each set and added to; of one model's inputs, or of all when
// the scope has several.
std::vector<Tensor> results_of(const op_cases::OpCase& one, const op_cases::Inputs& inputs) {
  std::vector<Tensor> results;
  for (int pass = 0; pass < 2; ++pass) {
    const Tensor y = one.call(inputs);
    results.push_back(y);
    if (!one.differentiable()) return results;
    const std::vector<double> cotangent = op_cases::draw(op_cases::Fill::uniform, y.shape(), 0, 17);
    op_cases::seeded(y, op_cases::upload(cotangent, y.shape(), DType::f32)).backward();
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (one.inputs[i].floating() && one.inputs[i].gradient) results.push_back(inputs[i].grad());
  return results;
}

// What is not the same, in words.
std::string difference_of(const op_cases::OpCase& one, Backend& backend) {
  std::vector<op_cases::Inputs> alone;
  std::vector<std::vector<Tensor>> expected;
  for (int m = 0; m < kModels; ++m) {
    const BackendScope scope(backend);
    alone.push_back(one.build(static_cast<std::uint64_t>(m + 1), DType::f32));
    expected.push_back(results_of(one, alone.back()));
  }
  const BackendScope scope(backend, kModels);
  const op_cases::Inputs together = one.build(1, DType::f32);
  for (std::size_t i = 0; i < together.size(); ++i)
    for (int m = 0; m < kModels; ++m) {
      const Tensor& from = alone[static_cast<std::size_t>(m)][i];
      backend.run(verb::Copy{.y = together[i].model(m).view(), .x = from.cview()});
    }
  const std::vector<Tensor> results = results_of(one, together);
  for (std::size_t r = 0; r < results.size(); ++r)
    for (int m = 0; m < kModels; ++m) {
      const auto a = bits_of(results[r].models() == 1 ? results[r] : results[r].model(m));
      const auto b = bits_of(expected[static_cast<std::size_t>(m)][r]);
      if (a.size() != b.size() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) != 0)
        return fmt::format("{}: result {} of model {}", one.name(), r, m);
    }
  return "";
}

nn::Network small_mlp() {
  return {nn::Flatten{}, nn::Linear{.out = 8}, nn::ReLU{}, nn::Dropout{.p = 0.2f},
          nn::Linear{.out = 4}};
}

// Operations of a recorded step of `count` models of the network together.
std::size_t operations_of(const World& world, const nn::Network& network, int count) {
  const nn::train::Training training{.optimizer = optim::Adam{}, .batch = 10};
  std::vector<std::unique_ptr<nn::Model>> models;
  std::vector<const nn::Model*> members;
  for (int m = 0; m < count; ++m) {
    models.push_back(world.model(static_cast<std::uint64_t>(m), 1, network));
    members.push_back(models.back().get());
  }
  const auto optimizer_of = [&](nn::Model& model) {
    const BackendScope scope(model.backend(), model.models());
    return optim::make_optimizer(training.optimizer, model.parameters());
  };
  const auto own = optimizer_of(*models[0]);
  nn::train::TrainingPass alone(*models[0], *own, world.train, training, true);
  nn::Model all(members, world.device->new_backend());
  const auto optimizer = optimizer_of(all);
  nn::train::TrainingPass pass(all, *optimizer, world.train, training, true);
  const auto order = nn::train::in_order(world.train.count());
  alone.begin(order, 0, {});
  for (int m = 0; m < count; ++m) pass.begin_member(m, alone, order, {});
  for (int i = 0; i < 3; ++i) pass.step();
  return pass.operations();
}

}  // namespace

TEST_CASE("a part of the ops on three models at once has the bits of one after the other") {
  const test::EmulatedDevice emulated;
  const auto backend = open_device("emulated")->new_backend();
  int number = 0;
  for (const op_cases::OpCase& one : op_cases::all_cases())
    if (!one.perf && number++ % 5 == 0) {
      const std::string difference = difference_of(one, *backend);
      CHECK_MESSAGE(difference.empty(), difference);
    }
  CHECK(number > 500);
}

TEST_SUITE("long") {
  TEST_CASE("every op on three models at once has the bits of one after the other") {
    const test::EmulatedDevice emulated;
    const auto backend = open_device("emulated")->new_backend();
    for (const op_cases::OpCase& one : op_cases::all_cases())
      if (!one.perf) {
        const std::string difference = difference_of(one, *backend);
        CHECK_MESSAGE(difference.empty(), difference);
      }
  }
}

TEST_CASE("eight models take the launches of one, but for the convolutions themselves") {
  const test::EmulatedDevice emulated;
  const World world("emulated", 40);
  const std::size_t mlp = operations_of(world, small_mlp(), 1);
  CHECK(operations_of(world, small_mlp(), 8) == mlp);
  const std::size_t cnn = operations_of(world, small_cnn(), 1);
  const std::size_t eight = operations_of(world, small_cnn(), 8);
  // Forward and backward to the weights, im2col and a product each.
  CHECK(eight == cnn + std::size_t{7} * 4);
  CHECK(eight < 3 * cnn);
  MESSAGE("MLP: " << mlp << " operations for one and for eight; CNN: " << cnn << " and " << eight);
}

TEST_CASE("several steps go to the device at once, with the bits of one after the other") {
  const test::EmulatedDevice emulated;
  const World world("emulated", 203);
  const auto train = [&](bool at_once, std::vector<std::int64_t>* counts) {
    const auto model = world.model();
    const nn::train::Training training{.optimizer = optim::Adam{.lr = 0.01f}, .batch = 10};
    const auto optimizer = optim::make_optimizer(training.optimizer, model->parameters());
    nn::train::TrainingPass pass(*model, *optimizer, world.train, training, true);
    for (int epoch = 0; epoch < 2; ++epoch) {
      pass.begin(nn::train::in_order(world.train.count()), 0, {}, epoch, epoch);
      for (std::int64_t done = 0; done < pass.batches();) {
        std::int64_t count = 1;
        if (at_once) {
          count = pass.steps(std::min<std::int64_t>(pass.batches() - done, 11));
        } else {
          pass.step();
        }
        if (counts != nullptr) counts->push_back(count);
        done += count;
      }
    }
    std::vector<double> state = pass.sums();
    for (const float weight : weights(*model)) state.push_back(static_cast<double>(weight));
    return state;
  };
  std::vector<std::int64_t> counts;
  CHECK(train(true, &counts) == train(false, nullptr));
  // A warm-up and the recording, then eights; the smaller last batch by itself.
  CHECK(counts == std::vector<std::int64_t>{1, 1, 8, 8, 2, 1, 8, 8, 4, 1});
}
