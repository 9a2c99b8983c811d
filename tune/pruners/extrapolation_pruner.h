// Stop a trial that will hardly beat the best: its learning curve, extrapolated to the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/pruner.h"
#include "tune/pruners/curve_model.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct ExtrapolationOptions {
  // A trial goes on while it beats the bar with at least this probability.
  double threshold = 0.05;
  // The bar is the so many-th best COMPLETE trial.
  int place = 1;
  // So many reports has a whole trial, at steps 0, 1, ...; 0: those of the longest COMPLETE one.
  int max_resource = 0;
  // No pruning before so many trials are COMPLETE with a report.
  int startup_trials = 4;
  // No pruning below this step.
  int warmup_steps = 0;
  // Decide at most once in so many steps, counted from warmup_steps.
  int interval_steps = 1;

  OptionList list();
};

// What curves look like in this study is learned from the finished trials (CurveModel), and the
// curve of the running one is extrapolated with it: to the last step, then to the value that trials
// end with, which may be their best report and not the last one; that difference and its spread are
// learned as well. The trial is pruned when the probability that its value beats the bar is below
// the threshold, never when a report of its own beats the bar already.
//
// Curves are no exact mixtures of decays, so the model is checked against the study: whole curves,
// cut off where the running one stands, are forecast by models that have not seen them (ten parts).
// Intervals are widened by the 90% upper confidence bound of what those misses say of the standard
// deviation; few checks widen more.
//
// Survivors are no fair sample of curves: those that were stopped looked worse. So the model learns
// from the curves of PRUNED trials too, as far as they go. What a trial would have reported after
// it was stopped is missing, but whether it was stopped depends on its reports before, which the
// model has; such data may be left out of a likelihood of all that was reported (Rubin, "Inference
// and missing data", Biometrika 63, 1976), while a fit of the survivors alone is biased. FAIL
// trials are left out. A trial that another one continues is learned from once, in the longer one's
// place.
//
// Values are measured from the median of the finished trials' reports in their interquartile range;
// what lies more than four away counts as lying there, so a loss that explodes spoils nothing, and
// infinite values are understood. NaN is no report; once enough trials are complete, a trial that
// reported nothing else is pruned, unless the threshold is 0, which prunes nothing. Of more than
// 500 finished trials the newest 500 count. Stateless; any thread.
class ExtrapolationPruner final : public Pruner {
 public:
  static constexpr const char* kName = "extrapolation";
  static constexpr const char* kSummary =
      "stops a trial whose extrapolated curve will hardly beat the best finished trial";
  using Options = ExtrapolationOptions;

  // Throws Error(usage) when an option is out of range.
  explicit ExtrapolationPruner(const ExtrapolationOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

  // The value that a running trial with at least one finite or infinite report will end with.
  struct Forecast {
    CurveForecast value;  // in the study's units
    double bar = 0;       // what it has to beat
    double chance = 0;    // the probability that it does
    int steps = 0;        // of a whole trial
  };
  // Nothing: too little is known; `why` says what is missing.
  std::optional<Forecast> forecast(const HistoryView& history, const TrialRecord& trial,
                                   std::string& why) const;

 private:
  // Whole curves, and what is learned from the others.
  struct Check {
    CurveModel model;
    std::vector<std::vector<CurvePoint>> curves;
  };
  struct Learned {
    // How many times wider a forecast from points up to this time has to be, at least 1.
    double widening(double time) const;
    double scaled(double value) const;
    std::vector<CurvePoint> points(const TrialRecord& trial) const;
    bool started = false;      // enough trials are complete
    std::string why;           // what is missing; empty: nothing
    std::vector<double> ends;  // of the complete trials, the best first
    int steps = 0;             // of a whole trial
    double middle = 0, scale = 1;
    double gain = 0, gain_variance = 0;  // of the value over the last report, on the model's scale
    std::optional<CurveModel> model;
    std::vector<Check> checks;
  };
  std::shared_ptr<const Learned> learned(const HistoryView& history) const;
  static std::vector<Check> checks_of(const std::vector<std::vector<CurvePoint>>& curves,
                                      const std::vector<bool>& whole);
  Learned learn(const HistoryView& view) const;
  static void fit(const std::vector<const TrialRecord*>& trials, std::size_t objective,
                  Learned& learned);

  ExtrapolationOptions options_;
  mutable ViewMemo<Learned> learned_;
};

}  // namespace hone::tune
