// What is told of a running trial, in one group: the same group changes the record in memory and
// the store.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

// System attributes that begin with this are what a pruner has noted of a trial (Decision::attrs).
// They go when the trial goes back to the queue, as its reports do.
inline constexpr std::string_view kPrunerNote = "completed_rung_";

// What the pruner answered to one report; kept so that a reader can ask why a trial was stopped.
struct ReportNote {
  int step = 0;
  bool prune = false;
  std::string reason;
  std::string seen;  // the trials that the pruner saw, as in StartRequest::seen
};

// One atomic group of changes to a RUNNING trial.
struct TrialChange {
  std::vector<Parameter> params;
  std::vector<std::pair<int, double>> reports;
  std::vector<ReportNote> notes;
  Attributes user_attrs, system_attrs;
  std::optional<std::string> seen;        // replaces what the start said
  std::optional<TrialState> final_state;  // complete, pruned or fail: ends the trial
  std::vector<double> values;             // with final_state
  std::int64_t end_time = 0;              // with final_state; set by Storage::write()

  // Appends a later change.
  void append(TrialChange later);
};

// Brings `record` up to date: appends the parameters, adds reports of new steps, sets attributes,
// ends the trial when the change does. Notes and `seen` are the store's own.
void apply(const TrialChange& change, TrialRecord& record);

}  // namespace hone::tune
