// The part of a study that a sampler or a pruner may see when it decides about one trial.
//
// Samplers and pruners never touch the live study: two runs that show them equal views get equal
// answers.
#pragma once

#include <memory>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

// Immutable; sorted by trial number. Finished records are shared with the study, never copied.
struct HistoryView {
  std::vector<Direction> directions = {Direction::minimize};  // one an objective, at least one
  std::vector<std::shared_ptr<const TrialRecord>> trials;

  Direction direction() const { return directions.front(); }  // of the first objective
};

}  // namespace hone::tune
