// Command line of hone_tune.
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

enum class Task { classify, regress };

struct TuneOptions {
  std::filesystem::path data;
  Task task = Task::classify;
  std::string target;                          // column of a table
  std::optional<std::filesystem::path> space;  // JSON; none: a space that fits the data
  std::optional<std::int64_t> image_size;      // what pictures of a folder are resized to
  bool grey = false;                           // pictures of a folder
  double validation = 0.2, test = 0.2;         // shares of the data
  int trials = 20;
  int jobs = 1;
  int threads = 0;  // 0: all processors
  RerunBudget reruns;
  tune::training::CostLimits limits;
  double timeout = 0;
  std::uint64_t seed = 1;
  std::string device = "auto";
  std::filesystem::path out;  // empty: runs/<name of the data>
  bool quiet = false;

  // hone_tune predict MODEL FILE...
  bool predict = false;
  std::filesystem::path model;
  std::vector<std::filesystem::path> files;

  // hone_tune DATA replay TRIAL
  std::optional<int> replay;

  std::string command_line;  // quoted for a shell
};

// Parses and checks; prints the help and exits 0 for --help, throws Error(usage) for mistakes.
TuneOptions parse_tune_options(int argc, char** argv);

}  // namespace hone::app
