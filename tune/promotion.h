// A trial that goes on where another one was paused.
//
// A paused trial is PRUNED, with its last value, and so harmless to whoever reads the study: Optuna
// never begins it again, and its samplers learn from it as from any pruned one. When it is promoted
// a new trial gets its values and its seed and goes on from its checkpoint; the reports of the
// paused one are part of it. Without the checkpoint it trains from the beginning, to the same bits.
#pragma once

#include <optional>
#include <string>

#include "tune/trial_record.h"

namespace hone::tune {

struct Promotion {
  int from = -1;  // the number of the paused trial
  int root = -1;  // that of the first one of the chain: its seed is that of all
  int rung = 0;   // the pruner's: how often the trial has been promoted
};

// The system attribute that says which paused trial was to be continued: a fact of the trial's
// number and of what it may see. It holds as well for a trial that then did something else, because
// it was enqueued with values of its own.
inline constexpr const char* kPromotion = "hone:promotion";

std::string to_json(const Promotion& promotion);
// What the attribute says; nothing where it is missing or no such text.
std::optional<Promotion> planned_promotion(const TrialRecord& trial);
// The same, of a trial that does continue another one.
std::optional<Promotion> promotion_of(const TrialRecord& trial);

// The number whose seed the trial has: its own, or that of the first one of its chain.
int seed_number(const TrialRecord& trial);

}  // namespace hone::tune
