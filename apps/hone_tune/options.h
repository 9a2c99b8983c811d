// Command line of hone_tune.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/tuning/options.h"

namespace hone::app {

enum class Task { classify, regress };

inline constexpr double kShare = 0.2;  // of the data, to validate and to test

struct OwnOptions : TuneOptions {
  std::filesystem::path data;
  Task task = Task::classify;
  std::string target;                          // column of a table; .npy file beside one of samples
  std::vector<std::string> drop;               // columns of a table that are not used
  std::string delimiter, decimal;              // of a table, one sign each; empty: , and .
  std::optional<std::filesystem::path> space;  // JSON; none: a space that fits the data
  std::optional<std::int64_t> image_size;      // what pictures of a folder are resized to
  bool grey = false;                           // pictures of a folder
  std::string arrays = "auto";                 // pictures, vectors: what x of a .npz file holds
  std::optional<double> validation, test;      // shares of the data; none: kShare

  // hone_tune predict MODEL FILE...
  bool predict = false;
  std::filesystem::path model;
  std::vector<std::filesystem::path> files;
};

// Parses and checks; prints the help and exits 0 for --help, throws Error(usage) for mistakes.
OwnOptions parse_own_options(int argc, char** argv);

}  // namespace hone::app
