// The options that every program that tunes has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apps/common/cost_options.h"
#include "apps/common/reruns.h"
#include "kernels/device.h"

namespace CLI {
class App;
}

namespace hone::app {

struct TuneOptions {
  std::string device = "auto";
  Math math = Math::fp32;
  int threads = 0;            // 0: all processors
  std::optional<int> trials;  // none: the program's own number
  double timeout = 0;         // seconds, 0: none
  int jobs = 1;
  int fuse = 1;  // trials that a job has at once
  std::optional<int> lag;
  std::string sampler = "tpe";
  std::optional<std::string> pruner;  // none: the program's own
  std::string storage;                // empty: <out>/study.db
  std::string study;                  // empty: the program's own name
  std::uint64_t seed = 1;
  std::filesystem::path out;  // empty: a folder in runs/
  RerunBudget reruns;
  tune::training::CostLimits limits;
  bool cost_in_seconds = false;  // what samplers with per_cost count
  std::optional<int> final_epochs;
  bool no_retrain = false;
  bool fresh = false;
  bool take_over = false;
  bool quiet = false;
  std::optional<int> replay;  // the command `replay TRIAL`

  std::string command_line;  // quoted for a shell; goes on, so --fresh is not in it
};

// What the help says where nothing is given.
struct DefaultTexts {
  std::string trials, pruner, study, out;
};

// --device, --math, --threads.
void add_device_options(CLI::App& app, TuneOptions& options);
// All others, and the command `replay`.
void add_tune_options(CLI::App& app, TuneOptions& options, const DefaultTexts& defaults);

// Throws Error(usage) for an option that was given and does nothing: beside the others, for the
// command replay, and (`predict`) for the command that uses a model, where it is none of that
// one's.
void check_options(const CLI::App& app, const TuneOptions& options, bool predict);

// The device that --device names; Error(device) says why there is none. `note`: as of open_device.
std::shared_ptr<Device> device_named(const std::string& name, std::string* note = nullptr);

}  // namespace hone::app
