// The trial run: a schedule that grows, and a callback that watches.
#include "nn/train/rate_finder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "nn/train/trainer.h"

namespace hone::nn::train {
namespace {

constexpr double kSmoothing = 0.9;

struct Growing {
  double low, high, base;
  int steps;
  optim::StepValues at(const optim::StepPosition& position) const {
    const double part = static_cast<double>(position.step) / (steps - 1);
    return {.rate = low * std::pow(high / low, std::min(part, 1.0)) / base};
  }
  std::string text() const { return "rate finder"; }
};

class Watch : public Callback {
 public:
  Watch(const RateFinderOptions& options, RateCurve& curve) : options_(options), curve_(curve) {}
  std::string name() const override { return "rate_finder"; }
  bool wants_batches() const override { return true; }
  void on_batch_end(BatchContext& context) override {
    const double loss = context.loss();
    if (!std::isfinite(loss)) return context.stop("the loss is not finite");
    mean_ = kSmoothing * mean_ + (1 - kSmoothing) * loss;
    weight_ = kSmoothing * weight_ + 1 - kSmoothing;
    curve_.rates.push_back(static_cast<double>(context.learning_rate));
    curve_.losses.push_back(mean_ / weight_);
    least_ = std::min(least_, curve_.losses.back());
    if (curve_.losses.back() > options_.stop_at * least_) context.stop("the loss grows");
    if (static_cast<int>(curve_.rates.size()) >= options_.steps) context.stop("all steps are done");
  }

 private:
  RateFinderOptions options_;
  RateCurve& curve_;
  double mean_ = 0, weight_ = 0, least_ = std::numeric_limits<double>::infinity();
};

double steepest(const RateCurve& curve) {
  double slope = 0, rate = 0;
  for (std::size_t i = 1; i < curve.rates.size(); ++i) {
    const double now =
        (curve.losses[i] - curve.losses[i - 1]) / std::log(curve.rates[i] / curve.rates[i - 1]);
    if (now >= slope) continue;
    slope = now;
    rate = std::sqrt(curve.rates[i] * curve.rates[i - 1]);
  }
  return rate;
}

}  // namespace

RateCurve find_learning_rate(const Training& training, const data::Dataset& data,
                             std::unique_ptr<Backend> backend, const RateFinderOptions& options) {
  check(options.low > 0 && options.high > options.low && std::isfinite(options.high),
        "rate finder: the rates go from {} to {}; both must be above 0, the second larger",
        options.low, options.high);
  check(options.steps >= 10, "rate finder: steps is {}, it must be at least 10", options.steps);
  check(options.stop_at > 1, "rate finder: stop_at is {}, it must be above 1", options.stop_at);
  check(!data.empty(), "rate finder: the data set is empty");
  RateCurve curve;
  Training trial = training;
  const double base = std::visit(
      [](const auto& optimizer) { return static_cast<double>(optimizer.lr); }, trial.optimizer);
  check(base > 0, "rate finder: the optimizer's lr is {}, it must be above 0", base);
  trial.schedule = Growing{options.low, options.high, base, options.steps};
  trial.plateau.reset();
  trial.monitor = "loss";
  trial.restore_best = false;
  check_training(trial);
  trial.ema = 0;
  const std::int64_t batch = std::int64_t{trial.batch} * trial.accumulate;
  const std::int64_t batches = (data.count() + batch - 1) / batch;
  trial.epochs = static_cast<int>((options.steps + batches - 1) / batches);
  Trainer trainer(trial, data.shape(), std::move(backend),
                  {.callbacks = {std::make_shared<Watch>(options, curve)}});
  try {
    trainer.fit(data);
  } catch (const NonFiniteLoss&) {
    // That is how many a curve ends.
  }
  curve.suggested = steepest(curve);
  if (curve.suggested <= 0)
    fail(ErrorKind::data,
         "rate finder: the loss never falls between the rates {} and {}; begin lower, or look at "
         "the data",
         options.low, options.high);
  return curve;
}

}  // namespace hone::nn::train
