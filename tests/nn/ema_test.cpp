// Training::ema and Training::accumulate: averages of the weights, and batches in parts.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/io/model_file.h"
#include "nn/train/callbacks.h"
#include "nn/train/rate_finder.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

const nn::Network kPlain{nn::Conv2d{.out = 4, .kernel = 3}, nn::ReLU{}, nn::MaxPool2d{},
                         nn::Flatten{}, nn::Linear{.out = 4}};

struct Fitted {
  std::vector<float> weights;
  FitResult result;
};

Fitted fit(const World& world, const Training& training, const nn::Network& network = kPlain,
           bool capture = true) {
  auto model = world.model(7, 1, network);
  Trainer trainer(*model, training, {.capture = capture});
  FitResult result = trainer.fit(world.train, {.validation = &world.validation});
  return {weights(*model), std::move(result)};
}

void check_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  REQUIRE(a.size() == b.size());
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]));
  CHECK(worst < tolerance);
}

// Sees the weights after each batch and keeps their average by the formula.
struct HandAverage : Callback {
  explicit HandAverage(float keep) : momentum(keep) {}
  std::string name() const override { return "hand_average"; }
  bool wants_batches() const override { return true; }
  void on_batch_end(BatchContext& context) override {
    now = weights(context.model);
    if (average.empty()) average = now;
    for (std::size_t i = 0; i < now.size(); ++i)
      average[i] = now[i] + momentum * (average[i] - now[i]);
  }
  void on_epoch_end(EpochContext& context) override {
    check_near(weights(context.model), average, 1e-6f);
    epochs.push_back(weights(context.model));
  }
  float momentum;
  std::vector<float> now, average;
  std::vector<std::vector<float>> epochs;
};

}  // namespace

TEST_CASE("accumulated batches are one batch of their size, to rounding") {
  // 150 samples: whole batches, a smaller last one of whole parts, and one with a smaller part.
  for (const int parts : {2, 3, 5, 40}) {
    const World world("cpu");
    const Training one{.optimizer = optim::SGD{.lr = 0.05f, .momentum = 0.9f},
                       .schedule = optim::OneCycle{},
                       .epochs = 3,
                       .batch = 8 * parts};
    Training many = one;
    many.batch = 8;
    many.accumulate = parts;
    const Fitted expected = fit(world, one), actual = fit(world, many);
    CHECK_FALSE(same_bits(expected.weights, actual.weights));  // it is another way
    check_near(expected.weights, actual.weights, 2e-5f);
    for (std::size_t i = 0; i < 3; ++i) {
      const EpochRecord &a = expected.result.history.epochs[i],
                        &b = actual.result.history.epochs[i];
      CHECK(a.loss == doctest::Approx(b.loss).epsilon(1e-5));
      CHECK(a.accuracy == b.accuracy);
      CHECK(a.learning_rate == b.learning_rate);
    }
    const Fitted eager = fit(world, many, kPlain, false);
    CHECK(same_bits(eager.weights, actual.weights));
  }
}

TEST_CASE("the parts of an accumulated batch have dropout masks of their own") {
  // Two equal halves of the data, without shuffling: with one mask for both, two parts of the same
  // samples give what one part gives.
  nn::data::ImageSet half = quadrants(8, 3), twice = half;
  twice.pixels.insert(twice.pixels.end(), half.pixels.begin(), half.pixels.end());
  twice.labels.insert(twice.labels.end(), half.labels.begin(), half.labels.end());
  twice.count = 16;
  World world("cpu");
  const auto run = [&](const nn::data::ImageSet& set, int accumulate) {
    world.train = nn::data::upload(*world.device, set, 4);
    return fit(world, {.batch = 8, .accumulate = accumulate, .shuffle = false}, small_cnn())
        .weights;
  };
  CHECK_FALSE(same_bits(run(half, 1), run(twice, 2)));
}

TEST_CASE("the average is what is validated, kept as the best, and given back") {
  const World world("cpu");
  const TempFolder folder;
  for (const bool capture : {true, false}) {
    auto model = world.model();
    const auto hand = std::make_shared<HandAverage>(0.8f);
    const auto file = std::make_shared<ModelCheckpoint>(
        ModelCheckpointOptions{.path = folder / "best.safetensors"});
    // A rate that grows makes later epochs worse.
    const auto spoil = std::make_shared<LambdaCallback>(
        [](EpochContext& c) { c.set_learning_rate(c.record.epoch < 3 ? 0.02f : 3.0f); });
    Trainer trainer(*model,
                    {.optimizer = optim::SGD{.lr = 0.02f, .momentum = 0.5f},
                     .epochs = 5,
                     .batch = 16,
                     .ema = 0.8f,
                     .monitor = "val_loss",
                     .restore_best = true},
                    {.callbacks = {hand, file, spoil}, .capture = capture});
    const FitResult result = trainer.fit(world.train, {.validation = &world.validation});
    REQUIRE(hand->epochs.size() == 5);
    CHECK(result.best_epoch < 5);
    const auto best = static_cast<std::size_t>(result.best_epoch - 1);
    CHECK(same_bits(weights(*model), hand->epochs[best]));
    CHECK_FALSE(same_bits(hand->now, hand->average));
    CHECK(trainer.evaluate(world.validation).loss ==
          doctest::Approx(*result.history.epochs[best].val_loss).epsilon(1e-12));
    const auto read =
        nn::io::load_model(folder / "best.safetensors", world.device->new_backend({.threads = 1}));
    CHECK(same_bits(weights(*read.model), weights(*model)));
  }
}

TEST_CASE("training goes on from the weights, not from their average") {
  const World world("cpu");
  const Training with{.optimizer = optim::SGD{.lr = 0.05f}, .epochs = 4, .ema = 0.9f};
  Training without = with;
  without.ema = 0;
  const Fitted averaged = fit(world, with), plain = fit(world, without);
  CHECK_FALSE(same_bits(averaged.weights, plain.weights));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(averaged.result.history.epochs[i].loss == plain.result.history.epochs[i].loss);
    CHECK(averaged.result.history.epochs[i].val_loss != plain.result.history.epochs[i].val_loss);
  }
}

TEST_CASE("a fit that ends early leaves the average too, and nothing is averaged without a step") {
  const World world("cpu");
  auto model = world.model();
  const auto hand = std::make_shared<HandAverage>(0.5f);
  int batches = 0;
  const auto limit = std::make_shared<TimeLimit>(1.0, [&] { return ++batches > 5 ? 2.0 : 0.0; });
  Trainer trainer(*model, {.batch = 16, .ema = 0.5f}, {.callbacks = {hand, limit}});
  CHECK(trainer.fit(world.train).stop == Stop::cancelled);
  check_near(weights(*model), hand->average, 1e-6f);

  const std::vector<float> before = weights(*model);
  Trainer none(*model, {.epochs = 0, .ema = 0.5f});
  none.fit(world.train);
  CHECK(same_bits(weights(*model), before));
}

TEST_CASE("a loss that is not finite is found inside of an accumulated batch") {
  const World world("cpu");
  for (const bool capture : {true, false}) {
    auto model = world.model();
    Trainer trainer(*model, {.optimizer = optim::SGD{.lr = 1e30f}, .batch = 4, .accumulate = 4},
                    {.capture = capture});
    try {
      trainer.fit(world.train);
      FAIL("a rate of 1e30 trained without trouble");
    } catch (const NonFiniteLoss& error) {
      CHECK(error.step() >= 5);  // the first batch has four parts
      CHECK(error.layer() != "");
      CHECK(model->step_counter().item() == error.step() - 1);
    }
  }
}

TEST_CASE("a planted NaN in one sample is found in its part of the batch") {
  const auto device = open_device("cpu");
  std::vector<float> x(40 * 3, 1.0f), y(40, 0.5f);
  nn::data::Dataset data(
      {.samples = Tensor::from<float>(*device, x, Shape{40, 3}),
       .columns = {{.name = "target", .values = Tensor::from<float>(*device, y, Shape{40, 1})}}});
  x[3 * 26 + 1] = std::nanf("");
  data.samples().assign(x);
  Trainer trainer({.network = {nn::Linear{.out = 1}},
                   .loss = MeanSquaredError{},
                   .batch = 4,
                   .accumulate = 5,
                   .shuffle = false},
                  data.shape(), device->new_backend({.threads = 1}));
  try {
    trainer.fit(data);
    FAIL("the NaN was not seen");
  } catch (const NonFiniteLoss& error) {
    CHECK(error.step() == 7);  // sample 26 is in the seventh part
    CHECK(error.layer() == "linear_1");
  }
}

TEST_CASE("the rate finder counts accumulated batches") {
  const World world("cpu");
  Training training{.network = kPlain, .batch = 4, .accumulate = 8, .ema = 0.9f};
  const RateCurve curve =
      find_learning_rate(training, world.train, world.device->new_backend({.threads = 1}),
                         {.steps = 20, .stop_at = 1e9});
  CHECK(curve.rates.size() == 20);
}

TEST_CASE("an average or a number of batches that cannot be is refused") {
  const World world("cpu");
  auto model = world.model();
  const auto make = [&](const Training& training) {
    return error_of([&] { Trainer(*model, training); });
  };
  CHECK(contains(make({.accumulate = 0}), "usage: training: accumulate is 0"));
  CHECK(contains(make({.ema = 1}), "usage: training: ema is 1"));
  CHECK(contains(make({.ema = -0.1f}), "ema is -0.1"));
  CHECK(contains(make({.ema = std::nanf("")}), "ema is nan"));
}
