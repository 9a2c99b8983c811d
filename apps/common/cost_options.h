// --max-parameters, --max-flops, --max-memory and --max-seconds: what a network of a trial may
// cost.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tune/training/run_trial.h"

namespace CLI {
class App;
}

namespace hone::app {

void add_cost_options(CLI::App& app, tune::training::CostLimits& limits);

// The limits that are given, as settings of a study: a change of them is another study.
void add_cost_settings(const tune::training::CostLimits& limits,
                       std::map<std::string, std::string>& settings);
// The same as words of a command line.
void add_cost_words(const tune::training::CostLimits& limits, std::vector<std::string>& words);

}  // namespace hone::app
