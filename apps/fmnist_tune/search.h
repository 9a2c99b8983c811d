// The search: a study of trainings, live on the console, resumable.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/fmnist_tune/console.h"
#include "apps/fmnist_tune/preset.h"
#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "tune/study.h"

namespace hone::app {

// Everything a run shares: made once, used by search, final training and results.
struct Run {
  Options options;
  Settings settings;
  std::filesystem::path out;
  std::string storage;  // of the study
  std::string study_name;
  std::shared_ptr<Device> device;
  int threads = 1;
  // Resident once, used by every trial. `search` is the part of `train` that trials train on.
  nn::data::Dataset search, train, validation, test;
  std::string data;  // what the study remembers of the data
  CancelToken cancel;
};

// Opens or makes the study; refuses changed settings with their differences. With options.fresh the
// old one is deleted first.
tune::Study open_study(const Run& run);

struct SearchTotals {
  double seconds = 0;  // of this call
  std::int64_t images = 0;
};

// Runs trials until the study has settings.trials. Returns early when cancelled or timed out.
SearchTotals search(const Run& run, tune::Study& study, Console& console);

// "n_blocks 2  dropout 0.18  optimizer adam  adam_lr 0.00081"
std::string params_text(const tune::TrialRecord& trial);
// Why a trial was pruned or failed, empty for others.
std::string end_reason(const tune::TrialRecord& trial);
// How many trials are finished: complete, pruned or failed.
int finished_trials(const std::vector<tune::TrialRecord>& trials);
// The best COMPLETE trial, if any.
std::optional<tune::TrialRecord> best_trial(const tune::Study& study);

}  // namespace hone::app
