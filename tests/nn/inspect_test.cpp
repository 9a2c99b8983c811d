// Looking into a network: costs by layer, dead units, outputs, gradients.
#include "nn/train/inspect.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

std::vector<std::string> names_of(const std::vector<LayerUse>& uses) {
  std::vector<std::string> names;
  for (const LayerUse& use : uses) names.push_back(use.layer);
  return names;
}

}  // namespace

TEST_CASE("measure_layers: every layer has its times and its memory, and the model is as it was") {
  for (const char* device : {"ref", "cpu"}) {
    World world(device);
    world.network = batch_norm_cnn();
    const auto model = world.model();
    const auto state = model->parameters().state().to_vector();
    const std::vector<LayerUse> uses =
        measure_layers(*model, Loss(), world.train, {.batch = 32, .repeats = 2});
    CHECK(names_of(uses) == std::vector<std::string>{"conv2d_1 to maxpool2d_1", "flatten_1",
                                                     "dropout_1", "linear_1",
                                                     "batch_norm_2 to relu_2", "linear_2", "loss"});
    for (const LayerUse& use : uses) {
      CHECK(use.forward_seconds >= 0);
      CHECK(use.backward_seconds >= 0);
    }
    CHECK(uses[0].forward_seconds > 0);
    CHECK(uses[0].backward_seconds > 0);
    // The block keeps its output [32, 3, 3, 4] at least.
    CHECK(uses[0].bytes >= 32 * 3 * 3 * 4 * 4);
    CHECK(same_bits(state, model->parameters().state().to_vector()));
    CHECK(!model->training());
    CHECK(tape_size() == 0);
  }
}

TEST_CASE(
    "measure_layers: without folding each layer is alone, and the table has a line for each") {
  const World world;
  nn::Model model(world.network, world.train.shape(), world.device->new_backend({.threads = 1}), 1,
                  {.fuse = false});
  const std::vector<LayerUse> uses = measure_layers(model, Loss(), world.train, {.repeats = 1});
  CHECK(uses.size() == world.network.layers().size() + 1);
  CHECK(uses[1].layer == "relu_1");
  const std::string table = layer_table({{"conv2d_1", 0.003, 0.006, 2048}, {"loss", 0.001, 0, 0}});
  CHECK(table ==
        "layer     forward ms  backward ms  share    memory KiB\n"
        "conv2d_1       3.000        6.000    90%           2.0\n"
        "loss           1.000        0.000    10%           0.0\n"
        "all            4.000        6.000   100%           2.0\n");
  CHECK_THROWS_WITH_AS(measure_layers(model, Loss(), world.train, {.repeats = 0}),
                       "measure_layers: batch is 128, repeats 0; both must be 1 or more", Error);
  CHECK_THROWS_AS(measure_layers(model, Loss(), {}), Error);
}

TEST_CASE("dead_relus: counts channels and features that never give anything") {
  const World world;
  const auto model = world.model();
  const auto kill = [&](const std::string& name, std::size_t unit) {
    const Tensor& bias = model->parameters().tensor(name);
    std::vector<float> values = bias.to_vector();
    values[unit] = -1e6f;
    bias.assign(values);
  };
  const std::vector<DeadUnits> before = dead_relus(*model, world.train, 64);
  REQUIRE(before.size() == 2);
  CHECK(before[0].layer == "relu_1");
  CHECK(before[0].units == 4);
  CHECK(before[1].units == 8);
  for (std::size_t unit = 0; unit < 8; ++unit) kill("linear_1.bias", unit);
  kill("conv2d_1.bias", 2);
  const std::vector<DeadUnits> after = dead_relus(*model, world.train, 64);
  CHECK(after[1].dead == 8);
  CHECK(after[0].dead >= 1);
  CHECK(after[0].dead <= before[0].dead + 1);
  CHECK_THROWS_AS(dead_relus(*model, world.train, 0), Error);
}

TEST_CASE("layer_outputs: the input and each layer's output of one sample") {
  const World world;
  const auto model = world.model();
  const std::vector<NamedValues> outputs = layer_outputs(*model, world.train, 3);
  REQUIRE(outputs.size() == world.network.layers().size() + 1);
  CHECK(outputs[0].name == "input");
  CHECK(outputs[0].shape == Shape{8, 8, 1});
  CHECK(outputs[1].name == "conv2d_1");
  CHECK(outputs[3].shape == Shape{3, 3, 4});
  // The last gives the logits of what predict() gives.
  const Tensor one = world.train.samples().part(3 * 64, {1, 8, 8, 1});
  const std::vector<float> sure = model->predict(one);
  const std::vector<float>& logits = outputs.back().values;
  CHECK(std::log(sure[1] / sure[0]) == doctest::Approx(logits[1] - logits[0]).epsilon(1e-3));
  CHECK_THROWS_WITH_AS(layer_outputs(*model, world.train, 150),
                       "layer_outputs: there is no sample 150 of 150", Error);
}

TEST_CASE("parameter_gradients: those of a backward by hand") {
  const World world;
  nn::Model model({nn::Flatten{}, nn::Linear{.out = 4}}, world.train.shape(),
                  world.device->new_backend({.threads = 1}), 2);
  const std::vector<NamedValues> gradients = parameter_gradients(model, Loss(), world.train, 150);
  REQUIRE(gradients.size() == 2);
  CHECK(gradients[0].name == "linear_1.weight");
  CHECK(gradients[0].shape == Shape{64, 4});
  const BackendScope scope(model.backend());
  const Tensor x = ops::cast(world.train.samples(), DType::f32) / 255;
  ops::softmax_cross_entropy(model.forward(x), world.train.labels()).backward();
  const Tensor by_hand = model.parameters().tensor(0).grad();
  CHECK(allclose(Tensor::from(gradients[0].values, {64, 4}), by_hand,
                 {.relative = 1e-4, .absolute = 1e-6}));
}
