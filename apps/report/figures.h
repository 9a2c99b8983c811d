// What the sections of the report share, and the sections themselves. Internal to apps/report.
//
// Each section_* returns the HTML of one section, or nothing when its data are missing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/report/chart.h"
#include "apps/report/report.h"
#include "tune/trial_text.h"

namespace hone::report {

using nn::train::EpochRecord;
using tune::Direction;
using tune::TrialRecord;
using tune::TrialState;

// Charts draw at most this many trials; the tables hold all of them.
inline constexpr std::size_t kMaxChartedTrials = 1500;
inline constexpr std::size_t kMaxCurves = 200;
inline constexpr std::size_t kMaxSlices = 40;
inline constexpr int kAges = 8;  // classes q0 (early trials) .. q7 (late ones)

std::string value_text(const ReportData& data, double value);
TickFormat value_format(const ReportData& data);
// The value of a finished trial, or the last one that a stopped trial reported; finite.
std::optional<double> shown_value(const TrialRecord& trial);
// The best trial and the default configuration, where they have a finite value.
std::optional<Measured> best_value(const ReportData& data);
std::optional<double> default_value(const ReportData& data);
bool better(const ReportData& data, double a, double b);
std::string_view state_name(TrialState state);
bool is_choice(const tune::Parameter& param);
bool is_integer(const tune::Parameter& param);
bool is_log(const tune::Parameter& param);
std::string param_text(const tune::Parameter& param);
// How long the trial ran, in seconds; NaN where that is not known.
double seconds_of(const TrialRecord& trial);
std::string trial_tip(const ReportData& data, const TrialRecord& trial);
std::size_t count(const ReportData& data, TrialState state);
// Finished trials with a value.
std::vector<const TrialRecord*> finished_trials(const ReportData& data);
// Trials for the charts in ascending order of number: all, or the best ones and an even choice of
// the others, about `most`.
std::vector<const TrialRecord*> charted_trials(const ReportData& data,
                                               std::size_t most = kMaxChartedTrials);
// A sentence when charted_trials() left some out, else nothing.
std::string thinning_note(const ReportData& data);
// Parameter names in order of first appearance.
std::vector<std::string> param_names(const ReportData& data);
bool is_best(const ReportData& data, const TrialRecord& trial);
bool is_default(const ReportData& data, const TrialRecord& trial);

// The axis for objective values: diverged trials far on the bad side do not squeeze the others.
struct ValueAxis {
  Axis axis;
  std::size_t outside = 0;
};
ValueAxis value_axis(const ReportData& data, std::vector<double> values, int ticks);
std::string outside_note(std::size_t outside);
// Room left of a panel for its tick labels.
double label_room(const Axis& axis);

// The same chart for a wide and a narrow page; `draw` gets the width in CSS pixels.
std::string figure(const std::function<std::string(double)>& draw);
std::string section(std::string_view id, std::string_view heading, std::string_view intro,
                    const std::string& body);

// One of several objectives as if it were alone: what its charts look at.
ReportData of_objective(const ReportData& data, std::size_t objective);
// Several objectives: the Pareto front, as places in data.trials.
std::vector<std::size_t> front_of(const ReportData& data);

struct ParamPoint {
  const TrialRecord* trial;
  const tune::Parameter* param;
};
// One parameter of some trials with its axis; of a choice `places` maps the text to its place.
struct ParamAxis {
  std::string name;
  std::vector<ParamPoint> points;
  Axis axis;
  std::map<std::string, double> places;
  double at(const tune::Parameter& param) const;  // on the axis
};
// Every parameter of these trials that had more than one value, in the order of first appearance.
std::vector<ParamAxis> param_axes(const ReportData& data,
                                  const std::vector<const TrialRecord*>& trials);
// For each trial its class q0 (the worst) .. q7 (the best) by the rank of its value; -1 where it
// has none.
std::vector<int> rank_classes(const ReportData& data,
                              const std::vector<const TrialRecord*>& trials);
// "worst [colours] best"
std::string rank_legend(const std::vector<LegendItem>& more);
// All that is known of some trials, a row each.
std::string trials_table(const ReportData& data, const std::vector<const TrialRecord*>& trials);

std::string hero(const ReportData& data);
std::string section_front(const ReportData& data);
std::string section_volume(const ReportData& data);
std::string section_history(const ReportData& data);
std::string section_curves(const ReportData& data);
std::string section_slices(const ReportData& data);
std::string section_importances(const ReportData& data);
std::string section_parallel(const ReportData& data);
std::string section_pairs(const ReportData& data);
std::string section_distribution(const ReportData& data);
std::string section_timeline(const ReportData& data);
std::string section_training(const ReportData& data);
std::string section_confusion(const ReportData& data);
std::string section_predictions(const ReportData& data);
std::string section_classes(const ReportData& data);
std::string section_samples(const ReportData& data);
std::string section_mistakes(const ReportData& data);
std::string section_network(const ReportData& data);
std::string section_reruns(const ReportData& data);
std::string section_trials(const ReportData& data);
std::string section_reproduce(const ReportData& data);

}  // namespace hone::report
