// The search space of hone_tune: what a trial may vary, from JSON.
//
//   {"layers": {"low": 1, "high": 3}, "lr": {"low": 1e-4, "high": 0.1, "log": true},
//    "optimizer": ["adam", "sgd"], "dropout": 0.2, "epochs": 20}
//
// A value alone is fixed, a list are choices, an object is a range, with "step": low, low + step,
// ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nn/train/training.h"
#include "tune/distribution.h"
#include "tune/trial.h"

namespace hone::app {

// What the data ask of a network.
struct NetworkTask {
  Shape input;               // of a sample
  std::int64_t outputs = 1;  // classes, or values of the target
  bool classifies = true;
};

class Space {
 public:
  // Throws Error(data) that names the file (by `name`) and the key: one that is unknown or does not
  // fit the data, a value outside its range.
  Space(const std::string& json, const std::string& name, const NetworkTask& task);

  // A sensible space for the data, as the JSON text that makes it.
  static std::string standard(const NetworkTask& task);

  // What a trial trains: suggest calls only.
  nn::train::Training describe(tune::Trial& trial) const;
  bool varies(const std::string& key) const;
  // Of a trial at most.
  int most_epochs() const;
  // What one takes without tuning: the defaults of the keys, or what is nearest to them.
  std::vector<std::pair<std::string, tune::Value>> default_configuration() const;

 private:
  tune::Value value(tune::Trial& trial, const std::string& key) const;
  double number(tune::Trial& trial, const std::string& key) const;
  std::string text(tune::Trial& trial, const std::string& key) const;
  void add_vector_layers(nn::Network& network, tune::Trial& trial) const;
  void add_picture_layers(nn::Network& network, tune::Trial& trial) const;
  void set_optimizer(nn::train::Training& training, tune::Trial& trial) const;
  void set_augmentation(nn::train::Training& training, tune::Trial& trial) const;

  NetworkTask task_;
  std::map<std::string, tune::Distribution> distributions_;
};

}  // namespace hone::app
