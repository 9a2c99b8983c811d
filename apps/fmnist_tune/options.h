// Command line of fmnist_tune.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/tuning/options.h"

namespace hone::app {

// What the user asked for; what is not given comes from the preset.
struct Options : TuneOptions {
  std::string preset = "quick";
  std::optional<std::filesystem::path> data;
  std::optional<std::filesystem::path> classes;  // file of class names; empty: the data's own
  std::optional<int> epochs;
  std::optional<int> train_images;
  std::optional<int> batch;

  // fmnist_tune predict MODEL IMAGE...
  bool predict = false;
  std::filesystem::path model;
  std::vector<std::filesystem::path> images;

  Options() { jobs = 2; }
};

// Parses and checks; prints the help and exits 0 for --help, throws Error(usage) for mistakes.
Options parse_options(int argc, char** argv);

}  // namespace hone::app
