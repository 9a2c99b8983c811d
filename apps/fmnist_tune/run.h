// What one call of fmnist_tune works on: settings, device, data, output folder, study.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/output_folder.h"
#include "apps/fmnist_tune/preset.h"
#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "tune/study.h"

namespace hone::app {

// Everything a run shares: made once, used by search, final training and results.
struct Run {
  Options options;
  Settings settings;
  std::string storage;  // of the study
  std::string study_name;
  std::filesystem::path out;
  std::shared_ptr<Device> device;
  int threads = 1;
  // Resident once, used by every trial. `search` is the part of `train` that trials train on.
  nn::data::Dataset search, train, validation, test;
  nn::data::ImageSet test_images;  // on the host, for the pictures of the report
  std::filesystem::path data_folder;
  std::string data;                  // what the study remembers of the data
  std::string data_name;             // for people
  std::vector<std::string> classes;  // one name a class
  CancelToken cancel;
  std::unique_ptr<OutputFolder> folder;  // null until everything is checked
};

// Checks options, names, sampler, pruner and device, loads and checks the data. Writes nothing.
// Throws Error(usage), Error(data) or Error(device), also for what could be trained but not
// finished: pictures in colour, or too small for every network of the preset.
Run prepare(const Options& options, const CancelToken& cancel, Console& console);

// The words that make fmnist_tune work on the same data with the same settings (kept_program());
// the storage and the study are for the caller to add.
std::vector<std::string> program_words(const Run& run);

// How a trial of the search is trained, without a checkpoint; refers to the data of the run.
tune::training::RunOptions run_options(const Run& run);

// What the search shall be, for Study::open. `exists`: the study is there and goes on.
// Lines of the study (what it waits for, what runs again) go to the console, which must outlive it.
tune::StudyOptions study_options(const Run& run, bool exists, Console& console);

}  // namespace hone::app
