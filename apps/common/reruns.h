// --reruns: the best trials are trained again with fresh seeds before one is named.
#pragma once

#include <filesystem>
#include <optional>

#include "apps/common/console.h"
#include "tune/training/rerun.h"

namespace CLI {
class App;
}

namespace hone::app {

struct RerunBudget {
  int trials = 0;  // so many of the best; 0: the best value of the search is named
  int seeds = 3;
  bool wanted() const { return trials > 0; }
};

// --reruns and --rerun-seeds.
void add_rerun_options(CLI::App& app, RerunBudget& budget);

// Trains what is missing, a line each, with checkpoints in `folder`. False: cancelled. `percent`:
// values are fractions.
bool rerun(tune::Study& study, const RerunBudget& budget, const tune::training::Describe& describe,
           tune::training::RunOptions run, const std::function<std::unique_ptr<Backend>()>& backend,
           bool percent, const std::filesystem::path& folder, Console& console);

// What the reruns that the study has say; nothing where none has ended well.
std::optional<tune::Winner> winner(const tune::Study& study);

// The trial to go on with: the best one, or where the study has reruns, of this call or an earlier
// one, the one whose mean is the best.
std::optional<tune::TrialRecord> chosen_trial(const tune::Study& study);

// What the reruns say: the candidates, ties, a default configuration that is as good. Nothing where
// the study has none.
void print_winner(const tune::Study& study, bool percent, Console& console);

}  // namespace hone::app
