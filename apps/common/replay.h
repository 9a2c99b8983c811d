// Training a trial of a study again, and what a study remembers for it: the program and its
// arguments.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "tune/study.h"
#include "tune/training/replay.h"

namespace CLI {
class App;
}

namespace hone::app {

// The command `replay TRIAL` of a program that searches; `trial` is the number that was given.
void add_replay_command(CLI::App& app, std::optional<int>& trial);

// A place as it stands among the words below.
std::string absolute_place(const std::filesystem::path& path);
// The words of a command line that makes a program work on the same data with the same settings,
// the name of the program first; places are absolute. Kept as a system attribute of the study.
void keep_program(tune::Study& study, const std::vector<std::string>& words);
// Empty: none are kept.
std::vector<std::string> kept_program(const tune::Study& study);

// The trial of this number; throws Error(usage) where there is none.
tune::TrialRecord trial_of(const tune::Study& study, int number);

// Trains the trial again and says whether all bits are as stored; throws Error(internal) with the
// first difference where they are not, and what replay_trial() throws.
void replay(const tune::Study& study, int number, const tune::training::Describe& describe,
            std::unique_ptr<Backend> backend, tune::training::RunOptions options, Console& console);

}  // namespace hone::app
