// Let another pruner stop a trial only when the trial has not improved for a while.
#pragma once

#include <memory>
#include <string>

#include "tune/option.h"
#include "tune/pruner.h"

namespace hone::tune {

struct PatientOptions {
  // The pruner that is asked about a trial without improvement, as a name with its options in JSON
  // (`median {"startup_trials":1}`). Empty: such a trial is stopped.
  std::string wrapped = {};
  // So many reports without improvement are borne.
  int patience = 0;
  // An improvement by no more than this counts as none.
  double min_delta = 0;

  OptionList list();
};

// Optuna's rule: the best of the last patience + 1 values is compared with the best before them
// (NaN ignored); it counts as no improvement when it is worse by more than min_delta. With fewer
// than patience + 2 reports the trial goes on. Stateless; any thread.
class PatientPruner final : public Pruner {
 public:
  static constexpr const char* kName = "patient";
  static constexpr const char* kSummary =
      "asks another pruner about a trial that has not improved for a while";
  using Options = PatientOptions;

  // Throws Error(usage) when an option is out of range or there is no such pruner to wrap.
  explicit PatientPruner(const PatientOptions& options);
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

 private:
  PatientOptions options_;
  std::shared_ptr<const Pruner> wrapped_;  // null: stop
};

}  // namespace hone::tune
