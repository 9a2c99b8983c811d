// Looking for a learning rate, time limits and logs: what happens between batches.
#include "nn/train/rate_finder.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "nn/train/callbacks.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

Training cnn_training() {
  return {.network = small_cnn(),
          .optimizer = optim::SGD{.lr = 0.05f},
          .epochs = 3,
          .batch = 16,
          .seed = 7};
}

}  // namespace

TEST_CASE("the finder's rates grow geometrically and what it suggests trains") {
  const World world("cpu");
  const RateCurve curve =
      find_learning_rate(cnn_training(), world.train, world.device->new_backend({.threads = 1}),
                         {.low = 1e-4, .high = 10, .steps = 60});
  REQUIRE(curve.rates.size() >= 20);
  CHECK(curve.rates.size() == curve.losses.size());
  CHECK(curve.rates[0] == doctest::Approx(1e-4).epsilon(1e-4));
  const double factor = std::pow(1e5, 1.0 / 59);
  for (std::size_t i = 1; i < curve.rates.size(); ++i)
    CHECK(curve.rates[i] / curve.rates[i - 1] == doctest::Approx(factor).epsilon(1e-3));
  CHECK(curve.losses[0] == doctest::Approx(std::log(4)).epsilon(0.5));
  CHECK(curve.suggested > 1e-3);
  CHECK(curve.suggested < 10);
  Training training = cnn_training();
  training.optimizer = optim::SGD{.lr = static_cast<float>(curve.suggested)};
  Trainer trainer(training, world.train.shape(), world.device->new_backend({.threads = 1}));
  const FitResult result = trainer.fit(world.train);
  CHECK(result.history.epochs.back().loss < result.history.epochs.front().loss);

  const auto refusal = [&](const RateFinderOptions& options) {
    return error_of([&] {
      find_learning_rate(cnn_training(), world.train, world.device->new_backend(), options);
    });
  };
  CHECK(contains(refusal({.low = 0}), "usage: rate finder: the rates go from 0"));
  CHECK(contains(refusal({.steps = 2}), "steps is 2"));
}

TEST_CASE("a time limit stops in the middle of an epoch, and the fit goes on from there") {
  const World world("cpu");
  const TempFolder folder;
  const auto run = [&](const FitOptions& options, double limit) {
    double time = 0;  // one second a look
    const auto clock = std::make_shared<TimeLimit>(limit, [&time] { return time++; });
    Trainer trainer(cnn_training(), world.train.shape(), world.device->new_backend({.threads = 1}),
                    {.callbacks = {clock}});
    const FitResult result = trainer.fit(world.train, options);
    return std::tuple(result.stop, result.reason, weights(trainer.model()), result.history.json());
  };
  const auto whole = run({}, 1e9);
  CHECK(std::get<0>(whole) == Stop::completed);
  const FitOptions saved{.checkpoint = folder / "c"};
  const auto first = run(saved, 13);
  CHECK(std::get<0>(first) == Stop::cancelled);
  CHECK(contains(std::get<1>(first), "time limit of 13 s is over in epoch 2 after batch 3 of 10"));
  CHECK(std::get<0>(run(saved, 7)) == Stop::cancelled);  // at the last batch of an epoch
  const auto last = run(saved, 1e9);
  CHECK(std::get<0>(last) == Stop::completed);
  CHECK(same_bits(std::get<2>(last), std::get<2>(whole)));
  CHECK(std::get<3>(last) == std::get<3>(whole));
  CHECK_THROWS_AS(TimeLimit(0), Error);
}

TEST_CASE("callbacks after a batch see its loss and rate, recorded or not") {
  const World world("cpu", 50);
  struct Seen : Callback {
    std::vector<double> losses;
    std::vector<float> rates;
    std::string name() const override { return "seen"; }
    bool wants_batches() const override { return true; }
    void on_batch_end(BatchContext& context) override {
      losses.push_back(context.loss());
      CHECK(context.loss() == losses.back());
      rates.push_back(context.learning_rate);
      CHECK(context.batches == 4);
    }
  };
  std::vector<double> before;
  for (const bool capture : {true, false}) {
    const auto seen = std::make_shared<Seen>();
    Trainer trainer(cnn_training(), world.train.shape(), world.device->new_backend({.threads = 1}),
                    {.callbacks = {seen}, .capture = capture});
    const FitResult result = trainer.fit(world.train);
    REQUIRE(seen->losses.size() == 12);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      double sum = 0;
      for (std::size_t b = 0; b < 4; ++b) sum += seen->losses[4 * epoch + b] * (b < 3 ? 16 : 2);
      CHECK(sum / 50 == doctest::Approx(result.history.epochs[epoch].loss).epsilon(1e-12));
    }
    CHECK(seen->rates.back() == 0.05f);
    if (!capture) CHECK(seen->losses == before);
    before = seen->losses;
  }
}

TEST_CASE("the log of a training is its history, also after going on") {
  const World world("cpu");
  const TempFolder folder;
  const auto run = [&](int epochs, const FitOptions& options) {
    Training training = cnn_training();
    training.epochs = epochs;
    Trainer trainer(training, world.train.shape(), world.device->new_backend({.threads = 1}),
                    {.callbacks = {std::make_shared<CsvLog>(folder / "log.csv")}});
    return trainer.fit(world.train, options).history.csv();
  };
  const std::string two = run(2, {.checkpoint = folder / "c"});
  CHECK(two == read_text(folder / "log.csv"));
  std::filesystem::remove(folder / "log.csv");
  const std::string three = run(3, {.checkpoint = folder / "c"});
  CHECK(three == read_text(folder / "log.csv"));
  CHECK(three.starts_with(two));
  CHECK(contains(error_of([&] {
                   Trainer trainer(cnn_training(), world.train.shape(), world.device->new_backend(),
                                   {.callbacks = {std::make_shared<CsvLog>("/nowhere/log.csv")}});
                   trainer.fit(world.train);
                 }),
                 "storage: "));
}
