// What follows from the description of a training.
#include "nn/train/training.h"

#include "base/error.h"
#include "nn/train/history.h"

namespace hone::nn::train {

void check_training(const Training& t) {
  check(t.epochs >= 0, "training: epochs is {}, it must not be negative", t.epochs);
  check(t.batch >= 1, "training: batch is {}, it must be at least 1", t.batch);
  check(t.accumulate >= 1, "training: accumulate is {}, it must be at least 1", t.accumulate);
  check(t.ema >= 0 && t.ema < 1, "training: ema is {}, it must be at least 0 and below 1", t.ema);
  for (std::size_t i = 0; i < t.metrics.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      check(t.metrics[k].name() != t.metrics[i].name(), "training: the metric '{}' is there twice",
            printable(t.metrics[i].name()));
}

std::string monitor_of(const Training& training) {
  if (!training.monitor.empty()) return training.monitor;
  return training.loss.classifies() ? "val_accuracy" : "val_loss";
}

bool lower_is_better(const std::string& metric, const Training& training) {
  const std::string name = metric.starts_with("val_") ? metric.substr(4) : metric;
  for (const Metric& own : training.metrics)
    if (own.name() == name) return own.lower_is_better();
  return lower_is_better(metric);
}

}  // namespace hone::nn::train
