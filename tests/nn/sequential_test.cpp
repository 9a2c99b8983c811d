// Sequential: layers, networks and modules in a row, inside modules of one's own.
#include "nn/sequential.h"

#include <doctest/doctest.h>

#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;

namespace {

// x * gain, one gain a feature.
struct Gain : nn::Module {
  explicit Gain(std::int64_t width) : gain(parameter("gain", {width}, nn::Init::ones)) {}
  Tensor forward(const Tensor& x) override { return x * gain; }
  nn::Parameter gain;
};

// Layers, a network and a module of one's own, two at a time.
struct Mixed : nn::Module {
  explicit Mixed(const Shape& in) : body(child("body", std::make_unique<nn::Sequential>(in))) {
    body.add("stem", {nn::Conv2d{.out = 4}, nn::ReLU{}, nn::MaxPool2d{}}).add(nn::Flatten{});
    body.add("gain", std::make_unique<Gain>(body.output()[0]), body.output());
    body.add(nn::Linear{.out = 8}).add(nn::ReLU{}).add(nn::Linear{.out = 4});
  }
  Tensor forward(const Tensor& x) override { return body.forward(x); }
  nn::Sequential& body;
};

std::vector<std::string> names_of(const nn::Model& model) {
  std::vector<std::string> names;
  for (const optim::ParameterInfo& entry : model.parameters().entries())
    names.push_back(entry.name);
  return names;
}

}  // namespace

TEST_CASE("sequential: layers are numbered by kind, modules named, shapes go along") {
  const World world;
  nn::Model model(std::make_unique<Mixed>(world.train.shape()), world.train.shape(),
                  world.device->new_backend({.threads = 1}), 3);
  CHECK(names_of(model) == std::vector<std::string>{"body.stem.conv2d_1.weight",
                                                    "body.stem.conv2d_1.bias", "body.gain.gain",
                                                    "body.linear_1.weight", "body.linear_1.bias",
                                                    "body.linear_2.weight", "body.linear_2.bias"});
  std::vector<std::string> seen;
  model.set_observer([&](const std::string& layer, const Tensor&) { seen.push_back(layer); });
  const BackendScope scope(model.backend());
  const Tensor y = model.forward(Tensor::zeros({2, 8, 8, 1}));
  CHECK(y.shape() == Shape{2, 4});
  CHECK(seen == std::vector<std::string>{"body.stem.maxpool2d_1", "body.stem", "body.flatten_1",
                                         "body.gain", "body.linear_1", "body.relu_1",
                                         "body.linear_2"});
}

TEST_CASE("sequential: a row of layers gives what the network of them gives, to the bit") {
  const World world;
  auto row = std::make_unique<nn::Sequential>(world.train.shape());
  for (const nn::Layer& layer : world.network.layers()) row->add(layer);
  CHECK(row->output() == Shape{4});
  nn::Model one(std::move(row), world.train.shape(), world.device->new_backend({.threads = 1}), 7);
  nn::Model other(world.network, world.train.shape(), world.device->new_backend({.threads = 1}), 7,
                  {.fuse = false});
  for (nn::Model* model : {&one, &other})
    nn::train::Trainer(*model, {.epochs = 2, .batch = 16}).fit(world.train);
  CHECK(same_bits(weights(one), weights(other)));  // dropout masks and shuffles, too
}

TEST_CASE("sequential: a mixed model trains, and parts of it freeze by name") {
  const World world;
  nn::Model model(std::make_unique<Mixed>(world.train.shape()), world.train.shape(),
                  world.device->new_backend({.threads = 1}), 3);
  const auto values = [&](const std::string& name) {
    return model.parameters().tensor(name).to_vector();
  };
  const auto stem = values("body.stem.conv2d_1.weight"), gain = values("body.gain.gain"),
             last = values("body.linear_2.bias");
  const optim::Adam adam{.lr = 1e-2f,
                         .groups = {optim::freeze("body.stem."), optim::freeze("body.gain.gain")}};
  nn::train::Trainer trainer(model, {.optimizer = adam, .epochs = 8, .batch = 16});
  trainer.fit(world.train);
  CHECK(same_bits(stem, values("body.stem.conv2d_1.weight")));
  CHECK(same_bits(gain, values("body.gain.gain")));
  CHECK(!same_bits(last, values("body.linear_2.bias")));
  CHECK(trainer.evaluate(world.validation).accuracy > 0.7);
}

TEST_CASE("sequential: what does not fit is refused by name, and leaves the rest as it was") {
  nn::Sequential row({8, 8, 1});
  row.add(nn::Conv2d{.out = 2});
  CHECK_THROWS_WITH_AS(row.add(nn::Linear{.out = 2}),
                       "linear_1: needs one axis of features, gets [6, 6, 2]; put a flatten before "
                       "it",
                       Error);
  CHECK_THROWS_AS(row.add("conv2d_1", std::make_unique<Gain>(2), {6, 6, 2}), Error);
  CHECK_THROWS_AS(row.add("empty", nn::Network{}), Error);
  CHECK_THROWS_AS(row.add("null", nullptr, {6, 6, 2}), Error);
  CHECK(row.output() == Shape{6, 6, 2});
  row.add(nn::Conv2d{.out = 3}).add(nn::Flatten{}).add(nn::Linear{.out = 2});
  std::vector<std::string> names;
  for (const nn::Module::Declared& each : row.declared()) names.push_back(each.name);
  CHECK(names == std::vector<std::string>{"conv2d_1.weight", "conv2d_1.bias", "conv2d_2.weight",
                                          "conv2d_2.bias", "linear_1.weight", "linear_1.bias"});
}

TEST_CASE("a loop of one's own that counts its steps drops other values in each") {
  const World world;
  nn::Model model({nn::Dropout{.p = 0.5f}}, {64}, world.device->new_backend({.threads = 1}), 5);
  const BackendScope scope(model.backend());
  model.train(true);
  const Tensor ones = Tensor::full({1, 64}, 1);
  const auto first = model.forward(ones).to_vector(), same = model.forward(ones).to_vector();
  model.count_step();
  const auto next = model.forward(ones).to_vector();
  CHECK(same_bits(first, same));
  CHECK(!same_bits(first, next));
  CHECK(model.step_counter().item() == 1);
}
