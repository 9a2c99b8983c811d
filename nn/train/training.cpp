// What follows from the description of a training.
#include "nn/train/training.h"

#include "base/error.h"
#include "nn/train/history.h"

namespace hone::nn::train {

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
