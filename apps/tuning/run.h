// What one call of a program that tunes works on: options, device, study, output folder, problem.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/output_folder.h"
#include "apps/tuning/options.h"
#include "apps/tuning/problem.h"
#include "base/cancel.h"
#include "base/json.h"
#include "tune/study.h"

namespace hone::app {

// What a program calls itself and, where the options name none, its study and its folder in runs/.
struct Names {
  std::string program, study, folder;
};

// Made once, used by search, final training and results.
struct Run {
  TuneOptions options;
  std::string program;
  std::string study_name;
  std::string storage;  // of the study
  std::filesystem::path out;
  CancelToken cancel;
  std::shared_ptr<Device> device;
  int threads = 1;
  Problem problem;                       // for the program to fill in
  std::unique_ptr<OutputFolder> folder;  // null until everything is checked
};

// Checks options, names, sampler and device, and says what the device is. Writes nothing. Throws
// Error(usage) or Error(device).
Run begin_run(const TuneOptions& options, const Names& names, const CancelToken& cancel,
              Console& console);

// Samplers and pruners are named on the command line by a spec: the name, and behind it options as
// a JSON object where they are given: "median", "threshold{\"upper\": 2.5}". What is wrong with a
// spec throws Error(usage) that names the option.
std::shared_ptr<const tune::Sampler> sampler_of(const TuneOptions& options);
// For trials of at most so many epochs; `defaults` are options of the pruner of that name that the
// spec may override.
std::shared_ptr<const tune::Pruner> pruner_of(const std::string& spec, int epochs,
                                              const std::string& name = {},
                                              const Json::Object& defaults = {});

// On `threads` of the device; 0: all that the run has.
std::unique_ptr<Backend> new_backend(const Run& run, int threads = 0);

// The words that make the program work on the same data with the same settings (kept_program());
// the storage and the study are for the caller to add.
std::vector<std::string> program_words(const Run& run);

// How a trial of the search is trained, without a checkpoint and a limit of its time; refers to the
// data of the run.
tune::training::RunOptions run_options(const Run& run);

// What the search shall be, for Study::open. `exists`: the study is there and goes on.
// Lines of the study (what it waits for, what runs again) go to the console, which must outlive it.
tune::StudyOptions study_options(const Run& run, bool exists, Console& console);

// Throws Error(usage) with what differs where the study is another one than these options ask for.
void check_settings(const Run& run, const tune::Study& study, const tune::StudyOptions& options);

}  // namespace hone::app
