// What a Training can be made of: models of vectors, losses, metrics and schedules of any kind.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "nn/train/callbacks.h"
#include "tensor/ops.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

// Vectors of 5 numbers and what a line through them gives, with a little noise: [N, 2].
nn::data::Dataset line_data(Device& device, std::int64_t count, std::uint64_t seed) {
  PhiloxStream random(seed);
  const auto number = [&] { return static_cast<float>(random.below(2001)) / 1000.0f - 1.0f; };
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < count; ++i) {
    float row[5];
    for (float& value : row) x.push_back(value = number());
    y.push_back(row[0] - 2 * row[1] + 0.5f + 0.01f * number());
    y.push_back(3 * row[4] - row[2] + 0.01f * number());
  }
  return nn::data::Dataset(
      {.samples = Tensor::from<float>(device, x, Shape{count, 5}),
       .columns = {{"target", Tensor::from<float>(device, y, Shape{count, 2})}}});
}

Training line_training() {
  return {.network = {nn::Linear{.out = 8}, nn::ReLU{}, nn::Linear{.out = 2}},
          .optimizer = optim::Adam{.lr = 0.02f},
          .loss = MeanSquaredError{},
          .metrics = {MeanAbsoluteError{}, MedianAbsoluteError{}},
          .epochs = 30,
          .batch = 16,
          .seed = 3};
}

// The part of labels whose logit is positive: a metric of a user's own.
struct PositiveLogit {
  static constexpr bool kLowerIsBetter = false;
  std::string name() const { return "positive"; }
  Tensor operator()(const Tensor& output, const Batch&) const {
    return ops::mean(ops::sigmoid(ops::scale(output, 1e6)));
  }
};

// Twice the cross-entropy: a loss of a user's own.
struct Doubled {
  static constexpr bool kClassifies = true;
  Tensor operator()(const Tensor& output, const Batch& batch) const {
    return ops::scale(ops::softmax_cross_entropy(output, batch["labels"]), 2);
  }
  std::string text() const { return "doubled"; }
};

// A schedule of a user's own.
struct Warmup {
  std::int64_t steps = 4;
  optim::StepValues at(const optim::StepPosition& position) const {
    const double part = static_cast<double>(position.step + 1) / static_cast<double>(steps);
    return {.rate = std::min(part, 1.0)};
  }
  std::string text() const { return fmt::format("warmup {}", steps); }
};

}  // namespace

TEST_CASE("a regression on vectors learns, and its metrics are those of a computation by hand") {
  for (const char* name : {"ref", "cpu"}) {
    const auto device = open_device(name);
    const auto train = line_data(*device, 150, 1), validation = line_data(*device, 70, 2);
    Trainer trainer(line_training(), train.shape(), device->new_backend({.threads = 1}));
    const FitResult result =
        trainer.fit(train, {.validation = &validation, .validation_batch = 32});
    const EpochRecord &first = result.history.epochs.front(), &last = result.history.epochs.back();
    CHECK(*last.val_loss < *first.val_loss / 10);
    CHECK(std::isnan(last.accuracy));
    CHECK_FALSE(last.val_accuracy.has_value());
    REQUIRE(last.metrics.size() == 3);
    CHECK(last.metrics[0].first == "mae");
    CHECK(last.metrics[1].first == "val_mae");
    CHECK(last.metrics[2].first == "val_median_ae");
    CHECK(result.best_epoch > 1);  // by val_loss, which stands for the monitor here

    const std::vector<float> output = trainer.predict(validation, 32);
    const std::vector<float> target = validation.columns()[0].values.to_vector();
    REQUIRE(output.size() == target.size());
    double squares = 0;
    std::vector<double> errors;
    for (std::size_t i = 0; i < output.size(); ++i) {
      errors.push_back(std::fabs(static_cast<double>(output[i]) - static_cast<double>(target[i])));
      squares += errors.back() * errors.back();
    }
    const auto n = static_cast<double>(errors.size());
    double sum = 0;
    for (const double error : errors) sum += error;
    std::sort(errors.begin(), errors.end());
    for (const int batch : {7, 32, 70}) {
      const Evaluation evaluation = trainer.evaluate(validation, batch);
      CHECK(evaluation.loss == doctest::Approx(squares / n).epsilon(1e-5));
      CHECK(std::isnan(evaluation.accuracy));
      REQUIRE(evaluation.metrics.size() == 2);
      CHECK(evaluation.metrics[0].second == doctest::Approx(sum / n).epsilon(1e-5));
      CHECK(evaluation.metrics[1].second ==
            doctest::Approx((errors[69] + errors[70]) / 2).epsilon(1e-5));
    }
    const History again = History::from_json(result.history.json());
    CHECK(again.json() == result.history.json());
    CHECK(again.csv() == result.history.csv());
    CHECK(contains(result.history.csv(), "learning_rate,images,mae,val_mae,val_median_ae\n"));
  }
}

TEST_CASE("a regression goes on from its checkpoint with the bits of one that was not stopped") {
  const auto device = open_device("cpu");
  const auto train = line_data(*device, 150, 1), validation = line_data(*device, 70, 2);
  const auto run = [&](const FitOptions& options, int stop_after) {
    Training training = line_training();
    training.epochs = 4;
    training.schedule = optim::OneCycle{};
    std::atomic<bool> flag{false};
    int batches = 0;
    Trainer trainer(training, train.shape(), device->new_backend({.threads = 1}),
                    {.callbacks = {}, .capture = false});
    trainer.model().set_observer([&](const std::string& layer, const Tensor&) {
      if (trainer.model().training() && layer == "linear_2") flag = ++batches == stop_after;
    });
    FitOptions with = options;
    with.validation = &validation;
    with.cancel = CancelToken(flag);
    const FitResult result = trainer.fit(train, with);
    return std::tuple(result.stop, weights(trainer.model()), result.history.json());
  };
  const auto whole = run({}, 0);
  const TempFolder folder;
  const FitOptions saved{.checkpoint = folder / "c"};
  CHECK(std::get<0>(run(saved, 13)) == Stop::cancelled);
  CHECK(std::get<0>(run(saved, 9)) == Stop::cancelled);
  const auto last = run(saved, 0);
  CHECK(std::get<0>(last) == Stop::completed);
  CHECK(same_bits(std::get<1>(last), std::get<1>(whole)));
  CHECK(std::get<2>(last) == std::get<2>(whole));
  // The schedule and the loss are settings.
  Training other = line_training();
  other.epochs = 4;
  const auto error = [&] {
    Trainer trainer(other, train.shape(), device->new_backend({.threads = 1}));
    return error_of(
        [&] { trainer.fit(train, {.validation = &validation, .checkpoint = folder / "c"}); });
  };
  CHECK(contains(error(), "schedule"));
  other.schedule = optim::OneCycle{};
  other.epochs = 5;
  CHECK(contains(error(), "epochs was 4, is 5"));
}

TEST_CASE("a loss and a metric of one's own train like those of the library") {
  const World world("cpu");
  const auto run = [&](const Loss& loss, float lr) {
    Trainer trainer({.network = small_cnn(),
                     .optimizer = optim::SGD{.lr = lr},
                     .loss = loss,
                     .metrics = {PositiveLogit{}},
                     .epochs = 3,
                     .seed = 7},
                    world.train.shape(), world.device->new_backend({.threads = 1}));
    return std::pair(trainer.fit(world.train, {.validation = &world.validation}),
                     weights(trainer.model()));
  };
  const auto [plain, plain_weights] = run({}, 0.08f);
  const auto [doubled, doubled_weights] = run(Doubled{}, 0.04f);
  // Twice the loss at half the rate: every factor is a power of two, so the bits are the same.
  CHECK(same_bits(plain_weights, doubled_weights));
  for (std::size_t i = 0; i < 3; ++i) {
    const EpochRecord &a = plain.history.epochs[i], &b = doubled.history.epochs[i];
    CHECK(b.loss == doctest::Approx(2 * a.loss).epsilon(1e-12));
    CHECK(a.accuracy == b.accuracy);
    CHECK(*a.val_accuracy == *b.val_accuracy);
    CHECK(metric(b, "positive", "test") > 0);
    CHECK(metric(b, "val_positive", "test") < 1);
  }
}

TEST_CASE("losses, metrics and data that do not fit each other are refused by name") {
  const World world("cpu");
  const auto fit = [&](const Training& training) {
    return error_of([&] {
      auto model = world.model();
      Trainer(*model, training).fit(world.train);
    });
  };
  CHECK(contains(
      fit({.loss = MeanSquaredError{}}),
      "usage: mean_squared_error: the data set has no column 'target'; its columns: none"));
  CHECK(contains(fit({.metrics = {MeanAbsoluteError{.target = "y"}}}), "mae: the data set has no"));
  CHECK(contains(fit({.metrics = {PositiveLogit{}, PositiveLogit{}}}),
                 "the metric 'positive' is there twice"));
  CHECK(contains(fit({.monitor = "val_speed"}), "metric 'val_speed': whether less or more"));
  const auto device = open_device("cpu");
  const auto data = line_data(*device, 20, 1);
  Trainer labels({.network = {nn::Linear{.out = 2}}}, data.shape(), device->new_backend());
  CHECK(contains(error_of([&] { labels.fit(data); }), "cross_entropy: the data set has no labels"));
  Trainer shape({.network = {nn::Linear{.out = 3}}, .loss = MeanSquaredError{}}, data.shape(),
                device->new_backend());
  CHECK(
      contains(error_of([&] { shape.fit(data); }),
               "the model gives shape [20, 3] for a batch, the column 'target' has shape [20, 2]"));
}

TEST_CASE("the schedule's rate is in force in every step, recorded or not") {
  const World world("cpu", 50);  // 4 batches of 16, the last of 2
  // SGD without momentum on a model whose gradient does not depend on its weights.
  struct Slope {
    Tensor operator()(const Tensor& output, const Batch&) const { return ops::mean(output); }
    std::string text() const { return "slope"; }
  };
  const nn::Network network{nn::Flatten{}, nn::Linear{.out = 1, .init = nn::Init::zeros}};
  for (const bool capture : {true, false}) {
    std::vector<float> biases;
    std::vector<float> rates;
    const auto watch = std::make_shared<LambdaCallback>([&](EpochContext& context) {
      biases.push_back(
          static_cast<float>(context.model.parameters().tensor("linear_1.bias").item()));
      rates.push_back(context.record.learning_rate);
    });
    Trainer trainer({.network = network,
                     .optimizer = optim::SGD{.lr = 0.5f},
                     .schedule = optim::Cosine{.end = 0.1, .warmup_epochs = 1},
                     .loss = Slope{},
                     .epochs = 3,
                     .batch = 16},
                    world.train.shape(), world.device->new_backend({.threads = 1}),
                    {.callbacks = {watch}, .capture = capture});
    trainer.fit(world.train);
    double sum = 0;
    for (int step = 0; step < 12; ++step) {
      const double factor = optim::Schedule(optim::Cosine{.end = 0.1, .warmup_epochs = 1})
                                .at({.step = step, .steps_per_epoch = 4, .steps = 12})
                                .rate;
      sum += 0.5 * factor;  // the bias has the gradient 1
      if (step % 4 != 3) continue;
      CHECK(biases[static_cast<std::size_t>(step / 4)] == doctest::Approx(-sum).epsilon(1e-5));
      CHECK(rates[static_cast<std::size_t>(step / 4)] ==
            doctest::Approx(0.5 * factor).epsilon(1e-6));
    }
  }
}

TEST_CASE("a schedule is asked for the steps of its training and no other") {
  const World world("cpu", 50);
  const TempFolder folder;
  // A line to 0 at the last step; beyond it the factor would be negative.
  struct Line {
    optim::StepValues at(const optim::StepPosition& p) const {
      return {.rate = 1 - static_cast<double>(p.step + 1) / static_cast<double>(p.steps)};
    }
    std::string text() const { return "line"; }
  };
  const Training training{.network = small_cnn(),
                          .optimizer = optim::SGD{.lr = 0.1f},
                          .schedule = Line{},
                          .epochs = 3,
                          .batch = 16};
  const auto fit = [&](const FitOptions& options) {
    Trainer trainer(training, world.train.shape(), world.device->new_backend({.threads = 1}));
    return std::pair(trainer.fit(world.train, options), weights(trainer.model()));
  };
  const auto [whole, expected] = fit({});
  CHECK(whole.history.epochs.size() == 3);
  CHECK(whole.history.epochs.back().learning_rate == 0.0f);
  // Also where it is stopped and goes on, and when it is over.
  std::atomic<bool> stop{false};
  fit({.cancel = CancelToken(stop), .checkpoint = folder / "c", .progress = [&](const Progress& p) {
         stop = p.finished != nullptr && p.epoch == 2;
       }});
  for (int again = 0; again < 2; ++again) {
    const auto [result, resumed] = fit({.checkpoint = folder / "c"});
    CHECK(result.history.epochs.size() == 3);
    CHECK(same_bits(resumed, expected));
  }
}

TEST_CASE("plateau and schedule multiply, and the momentum follows a schedule") {
  const World world("cpu", 50);
  std::vector<float> rates;
  const auto watch = std::make_shared<LambdaCallback>(
      [&](EpochContext& context) { rates.push_back(context.record.learning_rate); });
  Trainer trainer({.network = small_cnn(),
                   .optimizer = optim::SGD{.lr = 1e-6f},
                   .schedule = optim::StepDecay{.epochs = 2, .factor = 0.5},
                   .plateau = optim::PlateauOptions{.factor = 0.1, .patience = 1, .min_delta = 100},
                   .epochs = 4,
                   .batch = 16},
                  world.train.shape(), world.device->new_backend({.threads = 1}),
                  {.callbacks = {watch}});
  trainer.fit(world.train, {.validation = &world.validation});
  // The plateau cuts after each epoch but the first.
  const std::vector<double> expected{1e-6, 1e-6, 0.5e-7, 0.5e-8};
  for (std::size_t i = 0; i < 4; ++i) CHECK(rates[i] == doctest::Approx(expected[i]).epsilon(1e-5));

  // One of a user's own is in force in the last step of each epoch, too.
  rates.clear();
  Trainer warm({.network = small_cnn(),
                .optimizer = optim::SGD{.lr = 1e-6f},
                .schedule = Warmup{.steps = 10},
                .epochs = 3,
                .batch = 16},
               world.train.shape(), world.device->new_backend({.threads = 1}),
               {.callbacks = {watch}});
  warm.fit(world.train);
  CHECK(rates[0] == doctest::Approx(0.4e-6));
  CHECK(rates[1] == doctest::Approx(0.8e-6));
  CHECK(rates[2] == doctest::Approx(1e-6));

  // A schedule that sets the optimizer's own momentum changes no bit.
  struct Held {
    optim::StepValues at(const optim::StepPosition&) const { return {.momentum = 0.75}; }
    std::string text() const { return "held"; }
  };
  const auto bits = [&](const optim::Schedule& schedule, float momentum) {
    Trainer one({.network = small_cnn(),
                 .optimizer = optim::SGD{.lr = 0.05f, .momentum = momentum},
                 .schedule = schedule,
                 .epochs = 2,
                 .batch = 16},
                world.train.shape(), world.device->new_backend({.threads = 1}));
    one.fit(world.train);
    return weights(one.model());
  };
  CHECK(same_bits(bits({}, 0.75f), bits(Held{}, 0.75f)));
  CHECK(same_bits(bits({}, 0.75f), bits(Held{}, 0.25f)));
  CHECK_FALSE(same_bits(bits({}, 0.75f), bits({}, 0.25f)));
}
