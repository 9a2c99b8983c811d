// History: what every epoch of a training gave, as numbers, CSV and JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hone::nn::train {

struct EpochRecord {
  int epoch = 0;        // 1-based
  double loss = 0;      // mean over the samples, while weights changed and dropout was on
  double accuracy = 0;  // 0..1, in the same way; NaN where the loss does not classify
  std::optional<double> val_loss, val_accuracy;
  float learning_rate = 0;  // of the epoch's last step
  double seconds = 0;       // training and validation
  std::int64_t images = 0;  // samples trained on in this epoch
  // The training's own metrics by name ("mae", "val_mae"), in their order.
  std::vector<std::pair<std::string, double>> metrics = {};
};

// One metric of an epoch by its name as below; nothing where it was not measured.
std::optional<double> find_metric(const EpochRecord& record, const std::string& name);
// One metric of an epoch by its name: "loss", "accuracy", "val_loss", "val_accuracy",
// "learning_rate", or one of its own. Throws Error(usage) that begins with `who` and lists the
// metrics that are there.
double metric(const EpochRecord& record, const std::string& name, const std::string& who);

// Whether less of this metric is better: of a loss yes, of an accuracy no. Throws Error(usage) for
// a name of which neither can be told.
bool lower_is_better(const std::string& metric);

struct History {
  std::vector<EpochRecord> epochs;

  // Both leave out the seconds, so that a resumed run gives the same bytes as an uninterrupted one.
  // Numbers have as many digits as are needed to read them back exactly.
  std::string csv() const;
  std::string json() const;
  // Throws Error(data) that names the epoch and the field.
  static History from_json(const std::string& text);
};

}  // namespace hone::nn::train
