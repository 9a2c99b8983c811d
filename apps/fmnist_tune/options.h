// Command line of fmnist_tune.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/cost_options.h"
#include "apps/common/reruns.h"
#include "kernels/device.h"

namespace hone::app {

// What the user asked for; what is not given comes from the preset.
struct Options {
  std::string preset = "quick";
  std::optional<std::filesystem::path> data;
  std::optional<std::filesystem::path> classes;  // file of class names; empty: the data's own
  std::string device = "auto";
  Math math = Math::fp32;
  int threads = 0;  // 0: all processors
  std::optional<int> trials;
  std::optional<int> epochs;
  std::optional<int> train_images;
  std::optional<int> batch;
  double timeout = 0;  // seconds, 0: none
  int jobs = 2;
  std::optional<int> lag;
  std::string sampler = "tpe";
  std::optional<std::string> pruner;
  std::string storage;  // empty: <out>/study.db
  std::string study;    // empty: fmnist-<preset>
  std::uint64_t seed = 1;
  std::filesystem::path out;  // empty: runs/<study>
  RerunBudget reruns;
  tune::training::CostLimits limits;
  std::optional<int> final_epochs;
  bool no_retrain = false;
  bool fresh = false;
  bool take_over = false;
  bool quiet = false;

  // fmnist_tune predict MODEL IMAGE...
  bool predict = false;
  std::filesystem::path model;
  std::vector<std::filesystem::path> images;

  // fmnist_tune replay TRIAL
  std::optional<int> replay;

  std::string command_line;  // quoted for a shell, for the report
};

// Parses and checks; prints the help and exits 0 for --help, throws Error(usage) for mistakes.
Options parse_options(int argc, char** argv);

// The device that --device names; Error(device) says why there is none. `note`: as of open_device.
std::shared_ptr<Device> device_of(const Options& options, std::string* note = nullptr);

}  // namespace hone::app
