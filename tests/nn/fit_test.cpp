// Trainer: fit, evaluate and predict.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

#include "nn/train/callbacks.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using nn::train::Stop;
using nn::train::Trainer;

namespace {

// A branch around a layer, as a user writes it.
struct Residual : nn::Module {
  Residual()
      : stem_(parameter("stem", {4, 3, 3, 1}, nn::Init::he_uniform)),
        branch_(parameter("branch", {4, 3, 3, 4}, nn::Init::he_uniform)),
        head_(parameter("head", {256, 4})) {}
  Tensor forward(const Tensor& x) override {
    const Tensor a = ops::relu(ops::conv2d(x, stem_, {}, {.padding = nn::Padding::same}));
    observe("stem", a);
    const Tensor b = ops::relu(a + ops::conv2d(a, branch_, {}, {.padding = nn::Padding::same}));
    observe("branch", b);
    return ops::matmul(dropout(ops::flatten(b), 0.1, 0), head_);
  }
  nn::Parameter stem_, branch_, head_;
};

}  // namespace

TEST_CASE("fit learns, and says after each epoch what it measured") {
  World world;
  for (const std::string device : {"ref", "cpu"}) {
    const World here(device);
    auto model = here.model();
    Trainer trainer(*model, {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = 8});
    const auto result = trainer.fit(here.train, {.validation = &here.validation});
    REQUIRE(result.history.epochs.size() == 8);
    CHECK(result.stop == Stop::completed);
    const auto& first = result.history.epochs.front();
    const auto& last = result.history.epochs.back();
    CHECK(first.epoch == 1);
    CHECK(first.images == 150);
    CHECK(last.loss < first.loss);
    CHECK(*last.val_accuracy > 0.9);
    CHECK(last.learning_rate == 0.01f);
    CHECK(model->training() == false);
    const auto evaluation = trainer.evaluate(here.validation, 256);
    CHECK(evaluation.loss == doctest::Approx(*last.val_loss).epsilon(1e-12));
    CHECK(evaluation.accuracy == *last.val_accuracy);
  }
}

TEST_CASE("fit trains the last, smaller batch and weighs its loss by its size") {
  const World world("cpu", 50);
  auto model = world.model(3);
  // With a rate of 0 and no dropout every batch sees the same weights: the epoch's loss is the mean
  // over all samples, however they are batched.
  const nn::Network plain{nn::Flatten{}, nn::Linear{.out = 4}};
  for (const int batch : {1, 7, 32, 50, 64}) {
    auto still = world.model(3, 1, plain);
    Trainer trainer(*still, {.optimizer = optim::SGD{.lr = 0.0f}, .epochs = 3, .batch = batch});
    const auto result = trainer.fit(world.train);
    const auto expected = trainer.evaluate(world.train, 50);
    for (const auto& epoch : result.history.epochs) {
      CHECK(epoch.loss == doctest::Approx(expected.loss).epsilon(1e-6));
      CHECK(epoch.accuracy == doctest::Approx(expected.accuracy));
      CHECK(epoch.images == 50);
    }
    CHECK(still->step_counter().item() == 3 * ((50 + batch - 1) / batch));
  }
}

TEST_CASE("evaluate and predict agree with a computation by hand") {
  const World world("cpu");
  auto model = world.model(5);
  Trainer trainer(*model);
  const std::vector<float> p = trainer.predict(world.validation, 32);
  REQUIRE(p.size() == 70 * 4);
  const auto labels = world.validation.labels().to_vector<std::int32_t>();
  double loss = 0, correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float* row = &p[i * 4];
    CHECK(row[0] + row[1] + row[2] + row[3] == doctest::Approx(1.0));
    loss -= std::log(static_cast<double>(row[labels[i]]));
    correct += std::max_element(row, row + 4) - row == labels[i] ? 1 : 0;
  }
  for (const int batch : {1, 32, 70, 256}) {
    const auto evaluation = trainer.evaluate(world.validation, batch);
    CHECK(evaluation.loss == doctest::Approx(loss / 70).epsilon(1e-5));
    CHECK(evaluation.accuracy == doctest::Approx(correct / 70).epsilon(1e-12));
    CHECK(evaluation.count == 70);
  }
  CHECK(same_bits(
      p, trainer.predict(world.validation.samples(), world.validation.normalization(), 70)));
}

TEST_CASE("a recorded step gives the same bits as a called one, on one thread and on two") {
  std::vector<float> expected;
  std::string history;
  for (const bool capture : {false, true})
    for (const int threads : {1, 2}) {
      const World world("cpu");
      auto model = world.model(7, threads);
      Trainer trainer(*model, {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = 3},
                      {.callbacks = {}, .capture = capture});
      const auto result = trainer.fit(world.train, {.validation = &world.validation});
      if (expected.empty()) {
        expected = weights(*model);
        history = result.history.json();
      }
      CHECK(same_bits(weights(*model), expected));
      CHECK(result.history.json() == history);
    }
}

TEST_CASE("epochs are shuffled by the seed, and two fits do not repeat each other's orders") {
  const World world("cpu");
  const auto run = [&](std::uint64_t seed, bool shuffle, int fits) {
    auto model = world.model(seed);
    Trainer trainer(*model,
                    {.optimizer = optim::SGD{.lr = 0.05f}, .epochs = 4 / fits, .shuffle = shuffle});
    for (int i = 0; i < fits; ++i) trainer.fit(world.train);
    return weights(*model);
  };
  const auto once = run(7, true, 1);
  CHECK(same_bits(once, run(7, true, 1)));
  CHECK(same_bits(once, run(7, true, 2)));
  CHECK(same_bits(once, run(7, true, 4)));
  CHECK_FALSE(same_bits(once, run(8, true, 1)));
  CHECK_FALSE(same_bits(once, run(7, false, 1)));
}

TEST_CASE("a module with a residual branch trains") {
  const World world("cpu");
  nn::Model model(std::make_unique<Residual>(), world.train.shape(), world.device->new_backend(),
                  11);
  Trainer trainer(model, {.optimizer = optim::SGD{.lr = 0.05f, .momentum = 0.9f}, .epochs = 6});
  const auto result = trainer.fit(world.train, {.validation = &world.validation});
  CHECK(*result.history.epochs.back().val_accuracy > 0.9);
}

TEST_CASE("the best weights come back at the end when asked for") {
  const World world("cpu");
  auto model = world.model();
  std::vector<std::vector<float>> after;
  const auto keep = std::make_shared<nn::train::LambdaCallback>(
      [&](nn::train::EpochContext& c) { after.push_back(weights(c.model)); });
  // A rate that grows makes later epochs worse.
  const auto spoil = std::make_shared<nn::train::LambdaCallback>(
      [](nn::train::EpochContext& c) { c.set_learning_rate(c.record.epoch < 3 ? 0.02f : 1.0f); });
  Trainer trainer(*model,
                  {.optimizer = optim::SGD{.lr = 0.02f, .momentum = 0.9f},
                   .epochs = 6,
                   .monitor = "val_loss",
                   .restore_best = true},
                  {.callbacks = {keep, spoil}});
  const auto result = trainer.fit(world.train, {.validation = &world.validation});
  double best = std::numeric_limits<double>::infinity();
  int best_epoch = 0;
  for (const auto& epoch : result.history.epochs)
    if (*epoch.val_loss < best) {
      best = *epoch.val_loss;
      best_epoch = epoch.epoch;
    }
  CHECK(result.best_epoch == best_epoch);
  CHECK(best_epoch < 6);
  CHECK(same_bits(weights(*model), after[static_cast<std::size_t>(best_epoch - 1)]));
  CHECK(trainer.evaluate(world.validation).loss == doctest::Approx(best).epsilon(1e-12));
  CHECK(contains(error_of([&] { trainer.fit(world.train); }), "there is no metric 'val_loss'"));
}

TEST_CASE("progress is told while an epoch runs and when it ends") {
  const World world("cpu");
  auto model = world.model();
  Trainer trainer(*model, {.optimizer = optim::SGD{}, .epochs = 2, .batch = 1});
  int running = 0;
  std::vector<int> finished;
  std::int64_t batch = 0;
  const auto progress = [&](const nn::train::Progress& p) {
    CHECK(p.batches == 150);
    CHECK(p.batch >= batch);
    batch = p.finished != nullptr ? 0 : p.batch;
    CHECK(p.images == p.batch);
    if (p.finished != nullptr) {
      finished.push_back(p.finished->epoch);
    } else {
      ++running;
    }
  };
  trainer.fit(world.train, {.progress = progress});
  CHECK(running >= 6);
  CHECK(finished == std::vector<int>{1, 2});
}

TEST_CASE("a loss that is not finite is traced to its step and layer") {
  const World world("cpu");
  for (const bool capture : {true, false}) {
    auto model = world.model();
    Trainer trainer(*model, {.optimizer = optim::SGD{.lr = 1e30f}, .epochs = 2, .batch = 16},
                    {.callbacks = {}, .capture = capture});
    try {
      trainer.fit(world.train);
      FAIL("a rate of 1e30 trained without trouble");
    } catch (const nn::train::NonFiniteLoss& error) {
      const std::string message = error.what();
      CHECK(error.kind() == ErrorKind::data);
      CHECK(error.epoch() == 1);
      CHECK(error.step() >= 2);
      CHECK(error.step() <= 10);
      CHECK(error.layer() != "");
      CHECK(contains(message, fmt::format("loss is not finite at epoch 1, step {}", error.step())));
      CHECK(contains(message, error.layer()));
      CHECK(contains(message, "learning rate 1e+30"));
      CHECK(model->step_counter().item() == error.step() - 1);
    }
    CHECK(model->training() == false);
  }
}

TEST_CASE("a loss of finite outputs that is not finite is told in the words of its task") {
  const World world("cpu");
  const auto all = [&](float value, const Shape& shape) {
    const auto count = static_cast<std::size_t>(shape.count());
    return Tensor::from<float>(*world.device, std::vector<float>(count, value), shape);
  };
  const nn::data::Dataset data(
      {.samples = all(1, {16, 2}), .columns = {{.name = "target", .values = all(3e38f, {16, 1})}}});
  Trainer trainer(
      {.network = {nn::Linear{.out = 1}}, .loss = nn::train::MeanSquaredError{}, .epochs = 1},
      data.shape(), world.device->new_backend());
  const std::string message = error_of([&] { trainer.fit(data); });
  CHECK(contains(message, "every output is: outputs and targets are too far apart"));
  CHECK_FALSE(contains(message, "logits"));
}

TEST_CASE("a planted NaN is found in the layer that has it") {
  const World world("cpu");
  auto model = world.model();
  const auto plant = std::make_shared<nn::train::LambdaCallback>([](nn::train::EpochContext& c) {
    const Tensor& bias = c.model.parameters().tensor("linear_2.bias");
    bias.assign(std::vector<float>{0, 0, std::numeric_limits<float>::quiet_NaN(), 0});
  });
  Trainer trainer(*model, {.optimizer = optim::SGD{.lr = 0.01f}, .epochs = 2, .batch = 16},
                  {.callbacks = {plant}});
  try {
    trainer.fit(world.train);
    FAIL("the NaN was not seen");
  } catch (const nn::train::NonFiniteLoss& error) {
    CHECK(error.epoch() == 2);
    CHECK(error.step() == 11);
    CHECK(error.layer() == "linear_2");
  }
}

TEST_CASE("a weight that overflows in the last step of an epoch is not passed on") {
  const World world("cpu");
  auto model = world.model(7, 1, {nn::Flatten{}, nn::Linear{.out = 4}});
  Trainer trainer(*model,
                  {.optimizer = optim::SGD{.lr = 3e38f, .weight_decay = 3e38f}, .batch = 150});
  try {
    trainer.fit(world.train, {.validation = &world.validation});
    FAIL("the overflow was not seen");
  } catch (const nn::train::NonFiniteLoss& error) {
    CHECK(error.layer() == "linear_1.weight");
    CHECK(error.step() == 1);
  }
}

TEST_CASE("a running statistic that is not finite is named") {
  const World world("cpu");
  auto model = world.model(7, 1, {nn::Flatten{}, nn::BatchNorm{}, nn::Linear{.out = 4}});
  const optim::FlatParameters& parameters = model->parameters();
  const std::string name = parameters.buffers().back().name;
  std::vector<float> values = parameters.buffer(name).to_vector();
  values[3] = std::numeric_limits<float>::infinity();
  parameters.buffer(name).assign(values);
  Trainer trainer(*model);
  try {
    trainer.fit(world.train);
    FAIL("it was not seen");
  } catch (const nn::train::NonFiniteLoss& error) {
    CHECK(error.layer() == name);
    CHECK(contains(error.what(), name + " is not finite at epoch 1"));
  }
}

TEST_CASE("data and options that do not fit are refused") {
  const World world("cpu");
  auto model = world.model();
  Trainer trainer(*model);
  const auto make = [&](const nn::train::Training& training) {
    return error_of([&] { Trainer(*model, training); });
  };
  CHECK(contains(make({.epochs = -1}), "usage: training: epochs is -1"));
  CHECK(contains(make({.batch = 0}), "usage: training: batch is 0"));
  CHECK(contains(make({.optimizer = optim::SGD{.lr = std::nanf("")}}), "lr is nan"));
  CHECK(contains(error_of([&] { trainer.fit(world.train, {.checkpoint_every = -2}); }),
                 "checkpoint_every is -2"));
  CHECK(contains(error_of([&] { trainer.evaluate(world.train, -5); }), "batch is -5"));
  CHECK(contains(error_of([&] { trainer.fit(nn::data::Dataset{}); }), "the data set is empty"));
  auto wide = world.model(7, 1, {nn::Flatten{}, nn::Linear{.out = 3}});
  Trainer few(*wide);
  CHECK(contains(error_of([&] { few.fit(world.train); }), "one logit for each of the 4 classes"));
  nn::data::ImageSet other = quadrants(4, 1);
  other.height = 4;
  other.width = 16;
  const auto reshaped = nn::data::upload(*world.device, other, 4);
  CHECK(contains(error_of([&] { trainer.evaluate(reshaped); }),
                 "the samples have shape [4, 16, 1], the model takes [8, 8, 1]"));
  const auto elsewhere = open_device("cpu");
  const auto far = nn::data::upload(*elsewhere, quadrants(4, 1), 4);
  for (const auto& use :
       std::vector<std::function<void()>>{[&] { trainer.fit(far); }, [&] { trainer.evaluate(far); },
                                          [&] { trainer.predict(far); }})
    CHECK(contains(error_of(use), "upload them to the model's device"));
  Trainer none(*model, {.epochs = 0});
  CHECK(error_of([&] { none.fit(world.train); }) == "");
}

TEST_CASE("evaluate and predict refuse a model whose numbers are not finite") {
  const World world("cpu");
  auto model = world.model(7, 1, {nn::Flatten{}, nn::Linear{.out = 4}});
  Trainer trainer(*model);
  const Tensor& bias = model->parameters().tensor("linear_1.bias");
  bias.assign(std::vector<float>{0, std::numeric_limits<float>::quiet_NaN(), 0, 0});
  CHECK(contains(error_of([&] { trainer.evaluate(world.validation); }),
                 "data: evaluate: the loss over 70 samples is nan"));
  CHECK(contains(error_of([&] { trainer.predict(world.validation); }),
                 "data: predict: the model's output for sample 0 is not finite"));
}

TEST_CASE("a label that is no class is named with its sample, in training and in evaluation") {
  const World world("cpu");
  for (const bool capture : {true, false}) {
    nn::data::ImageSet set = quadrants(40, 5);
    const auto data = nn::data::upload(*world.device, set, 4);
    set.labels[23] = 9;  // changed behind the data set's back
    data.labels().assign(set.labels);
    auto model = world.model();
    Trainer trainer(*model, {.batch = 16}, {.callbacks = {}, .capture = capture});
    const std::string expected = "label 9 of sample 23 is none of the model's classes";
    CHECK(contains(error_of([&] { trainer.fit(data); }), "data: fit: " + expected));
    CHECK(contains(error_of([&] { trainer.evaluate(data, 16); }), "data: evaluate: " + expected));
    set.labels[23] = -1;
    data.labels().assign(set.labels);
    CHECK(contains(error_of([&] { trainer.evaluate(data); }), "label -1 of sample 23"));
  }
}
