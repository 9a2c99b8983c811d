// From reports to curves, and from forecasts to decisions.
#include "tune/pruners/extrapolation_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "tune/pruners/check_times.h"

namespace hone::tune {
namespace {

constexpr std::size_t kMostTrials = 500;
constexpr int kParts = 10;            // of the whole curves, to check the model by
constexpr double kCautious = 1.2816;  // the 90% point of the normal distribution

Decision keep(std::string reason) {
  return {Decision::Action::go_on, "kept: " + std::move(reason)};
}

bool beats(double value, double bar, Direction direction) {
  return direction == Direction::minimize ? value < bar : value > bar;
}

// The finished trials to learn from, the newest last.
std::vector<const TrialRecord*> curves_of(const HistoryView& view) {
  std::set<int> continued;
  for (const TrialRecord& trial : view.finished())
    if (const auto promotion = promotion_of(trial)) continued.insert(promotion->from);
  std::vector<const TrialRecord*> curves;
  for (std::size_t i = view.size(); i-- > 0 && curves.size() < kMostTrials;)
    if (view[i].state != TrialState::fail && !view[i].intermediate.empty() &&
        !continued.contains(view[i].number))
      curves.push_back(&view[i]);
  std::reverse(curves.begin(), curves.end());
  return curves;
}

// Interpolated between order statistics; `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below), gap = sorted[above] - sorted[below];
  return std::isfinite(gap) ? sorted[below] + gap * part
                            : sorted[below] * (1 - part) + sorted[above] * part;
}

}  // namespace

OptionList ExtrapolationOptions::list() {
  return {{"threshold", threshold, 0, 1,
           "a trial goes on while it beats the bar with at least this probability"},
          {"place", place, 1, INT_MAX, "the bar is the so many-th best complete trial"},
          {"max_resource", max_resource, 0, INT_MAX,
           "so many reports has a whole trial; 0: those of the longest complete one"},
          {"startup_trials", startup_trials, 2, INT_MAX,
           "no pruning before so many trials are complete with a report"},
          {"warmup_steps", warmup_steps, 0, INT_MAX, "no pruning below this step"},
          {"interval_steps", interval_steps, 1, INT_MAX, "decide at most once in so many steps"}};
}

ExtrapolationPruner::ExtrapolationPruner(const ExtrapolationOptions& options) : options_(options) {
  check_options("pruner extrapolation", options_.list());
}

std::string ExtrapolationPruner::options_json() const {
  ExtrapolationOptions options = options_;
  return tune::options_json(options.list());
}

ExtrapolationPruner::Learned ExtrapolationPruner::learn(const HistoryView& view) const {
  Learned learned;
  const std::vector<const TrialRecord*> trials = curves_of(view);
  std::vector<double> reports;
  std::int64_t steps = options_.max_resource;
  int complete = 0;
  for (const TrialRecord* trial : trials) {
    for (const auto& [step, value] : trial->intermediate)
      if (std::isfinite(value)) reports.push_back(value);
    if (trial->state != TrialState::complete) continue;
    ++complete;
    learned.ends.push_back(trial->values[view.reported()]);
    if (options_.max_resource == 0)
      steps = std::max<std::int64_t>(steps, trial->intermediate.rbegin()->first + std::int64_t{1});
  }
  if (complete < std::max(options_.startup_trials, options_.place)) {
    learned.why = fmt::format("{} of {} start-up trials finished", complete,
                              std::max(options_.startup_trials, options_.place));
    return learned;
  }
  std::sort(learned.ends.begin(), learned.ends.end(),
            [&](double a, double b) { return beats(a, b, view.direction()); });
  std::sort(reports.begin(), reports.end());
  const double range = reports.empty() ? 0 : reports.back() - reports.front();
  learned.started = true;
  if (steps < 1 || !(range > 0)) {
    learned.why = "the reports of the finished trials do not differ";
    return learned;
  }
  learned.steps = static_cast<int>(std::min<std::int64_t>(steps, INT_MAX));
  const double first = quantile(reports, 0.25), third = quantile(reports, 0.75);
  learned.middle = quantile(reports, 0.5);
  learned.scale = third > first ? third - first : range;
  if (!std::isfinite(learned.scale)) {
    learned.why =
        fmt::format("the reports of the finished trials lie too far apart: {:.4g} to {:.4g}",
                    reports.front(), reports.back());
    return learned;
  }
  fit(trials, view.reported(), learned);
  return learned;
}

// A value on the model's scale, as it lies there or at the end of it.
double ExtrapolationPruner::Learned::scaled(double value) const {
  return std::clamp((value - middle) / scale, -4.0, 4.0);
}

std::vector<CurvePoint> ExtrapolationPruner::Learned::points(const TrialRecord& trial) const {
  std::vector<CurvePoint> points;
  for (const auto& [step, value] : trial.intermediate)
    if (step >= 0 && step < steps && !std::isnan(value))
      points.push_back({(step + 1.0) / steps, scaled(value)});
  return points;
}

// Models of the other curves for each of some parts of the whole ones.
std::vector<ExtrapolationPruner::Check> ExtrapolationPruner::checks_of(
    const std::vector<std::vector<CurvePoint>>& curves, const std::vector<bool>& whole) {
  std::vector<Check> checks;
  for (int part = 0; part < kParts; ++part) {
    std::vector<std::vector<CurvePoint>> shown, kept;
    int place = 0, rest = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const bool out = whole[i] && place++ % kParts == part;
      rest += whole[i] && !out;
      (out ? kept : shown).push_back(curves[i]);
    }
    if (!kept.empty() && rest > 0) checks.push_back({CurveModel(shown, rest), std::move(kept)});
  }
  return checks;
}

void ExtrapolationPruner::fit(const std::vector<const TrialRecord*>& trials, std::size_t objective,
                              Learned& learned) {
  std::vector<std::vector<CurvePoint>> curves;
  std::vector<double> gains;
  std::vector<bool> whole;
  for (const TrialRecord* trial : trials) {
    std::vector<CurvePoint> points = learned.points(*trial);
    if (points.empty()) continue;
    whole.push_back(trial->state == TrialState::complete);
    if (whole.back())
      gains.push_back(learned.scaled(trial->values[objective]) - points.back().value);
    curves.push_back(std::move(points));
  }
  if (gains.size() < 2) {
    learned.why = "fewer than 2 finished trials reported numbers";
    return;
  }
  const double count = static_cast<double>(gains.size());
  for (const double gain : gains) learned.gain += gain / count;
  for (const double gain : gains)
    learned.gain_variance += (gain - learned.gain) * (gain - learned.gain) / (count - 1);
  learned.model.emplace(curves, static_cast<int>(gains.size()));
  learned.checks = checks_of(curves, whole);
}

double ExtrapolationPruner::Learned::widening(double time) const {
  double squares = 0, count = 0;
  for (const Check& check : checks)
    for (const std::vector<CurvePoint>& curve : check.curves) {
      const auto behind =
          std::find_if(curve.begin(), curve.end(), [&](auto& point) { return point.time > time; });
      if (behind == curve.begin() || behind == curve.end()) continue;
      const CurveForecast value = check.model.forecast({curve.begin(), behind}, curve.back().time);
      const double miss = (curve.back().value - value.mean) / value.scale;
      squares += miss * miss * (1 - 2.0 / value.freedom);
      ++count;
    }
  if (count == 0) return 1;
  // The quantile of chi-squared by Wilson and Hilferty, over its mean.
  const double part = 2 / (9 * count);
  const double least = std::pow(1 - part - kCautious * std::sqrt(part), 3);
  return std::sqrt(std::max(1.0, squares / count / std::max(least, 0.1)));
}

std::shared_ptr<const ExtrapolationPruner::Learned> ExtrapolationPruner::learned(
    const HistoryView& history) const {
  return learned_.get(history, [&](const HistoryView& view) { return learn(view); });
}

std::optional<ExtrapolationPruner::Forecast> ExtrapolationPruner::forecast(
    const HistoryView& history, const TrialRecord& trial, std::string& why) const {
  const auto learned = this->learned(history);
  why = learned->why;
  if (!learned->model) return std::nullopt;
  const std::vector<CurvePoint> points = learned->points(trial);
  if (points.empty()) {
    why = "no number reported yet";
    return std::nullopt;
  }
  CurveForecast value = learned->model->forecast(points, 1);
  value.scale *= learned->widening(points.back().time);
  value.scale = learned->scale * std::hypot(value.scale, std::sqrt(learned->gain_variance));
  value.mean = learned->middle + learned->scale * (value.mean + learned->gain);
  const double bar = learned->ends[static_cast<std::size_t>(options_.place) - 1];
  const double below = value.below(bar);
  return Forecast{value, bar, history.direction() == Direction::minimize ? below : 1 - below,
                  learned->steps};
}

Decision ExtrapolationPruner::decide(const HistoryView& history, const DrawKey&,
                                     const TrialRecord& trial) const {
  if (trial.intermediate.empty()) return keep("no value reported yet");
  const int step = trial.intermediate.rbegin()->first;
  if (step < options_.warmup_steps)
    return keep(fmt::format("step {} is in the warm-up of {} steps", step, options_.warmup_steps));
  if (!is_check_due(trial, options_.warmup_steps, options_.interval_steps))
    return keep(fmt::format("step {} is between two checks, {} steps apart", step,
                            options_.interval_steps));
  const auto is_nan = [](const auto& report) { return std::isnan(report.second); };
  if (options_.threshold > 0 && learned(history)->started &&
      std::all_of(trial.intermediate.begin(), trial.intermediate.end(), is_nan))
    return {Decision::Action::prune, "it has reported nothing but NaN"};
  std::string why;
  const std::optional<Forecast> found = forecast(history, trial, why);
  if (!found) return keep(why);
  if (step >= found->steps - 1)
    return keep(fmt::format("step {} is the last one of a whole trial", step));
  for (const auto& [at, value] : trial.intermediate)
    if (beats(value, found->bar, history.direction()))
      return keep(
          fmt::format("{:.4g} at step {} is better than {:.4g} already", value, at, found->bar));
  const double half = found->value.half_width(0.9);
  const std::string facts = fmt::format(
      "its value will be {:.4g} ({:.4g} to {:.4g} with 90%), which is {} than {:.4g} with a "
      "probability of {:.2g}",
      found->value.mean, found->value.mean - half, found->value.mean + half,
      history.direction() == Direction::minimize ? "less" : "more", found->bar, found->chance);
  if (!(found->chance < options_.threshold)) return keep(facts);
  return {Decision::Action::prune, facts};
}

}  // namespace hone::tune
