// Helpers that the sections share.
#include "apps/report/figures.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "apps/report/html.h"

namespace hone::report {

std::string value_text(const ReportData& data, double value) {
  return data.value_is_fraction ? percent(value) : number(value, 5);
}

TickFormat value_format(const ReportData& data) {
  return data.value_is_fraction ? TickFormat::percent : TickFormat::plain;
}

std::optional<double> shown_value(const TrialRecord& trial) {
  if (const auto value = trial.value(); value && std::isfinite(*value)) return value;
  if (trial.state == TrialState::complete || trial.state == TrialState::fail) return {};
  for (auto step = trial.intermediate.rbegin(); step != trial.intermediate.rend(); ++step) {
    if (std::isfinite(step->second)) return step->second;
  }
  return {};
}

std::optional<Measured> best_value(const ReportData& data) {
  if (!data.objectives.empty()) return {};
  for (const TrialRecord& trial : data.trials) {
    const auto value = shown_value(trial);
    if (!is_best(data, trial) || !value) continue;
    const double error = data.best_standard_error;
    return Measured{*value, std::isfinite(error) && error > 0 ? error : 0};
  }
  return {};
}

std::optional<double> default_value(const ReportData& data) {
  for (const TrialRecord& trial : data.trials)
    if (is_default(data, trial) && trial.state == TrialState::complete) return shown_value(trial);
  return {};
}

bool better(const ReportData& data, double a, double b) {
  return data.direction == Direction::maximize ? a > b : a < b;
}

std::string_view state_name(TrialState state) {
  switch (state) {
    case TrialState::complete:
      return "finished";
    case TrialState::pruned:
      return "pruned";
    case TrialState::fail:
      return "failed";
    case TrialState::running:
      return "running";
    case TrialState::waiting:
      return "waiting";
  }
  return "unknown";
}

bool is_choice(const tune::Parameter& param) {
  return std::holds_alternative<tune::CategoricalDistribution>(param.distribution);
}

bool is_integer(const tune::Parameter& param) {
  return std::holds_alternative<tune::IntDistribution>(param.distribution);
}

bool is_log(const tune::Parameter& param) {
  const auto* f = std::get_if<tune::FloatDistribution>(&param.distribution);
  const auto* i = std::get_if<tune::IntDistribution>(&param.distribution);
  return (f != nullptr && f->log) || (i != nullptr && i->log);
}

std::string param_text(const tune::Parameter& param) {
  if (!is_choice(param)) return number(param.internal, is_integer(param) ? 15 : 4);
  // A record may come from a damaged study: a choice that is not there is shown by its number.
  return tune::contains(param.distribution, param.internal) ? tune::to_text(param.value())
                                                            : number(param.internal);
}

double seconds_of(const TrialRecord& trial) {
  if (trial.start_time <= 0 || trial.end_time < trial.start_time)
    return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(trial.end_time - trial.start_time) * 1e-6;
}

std::string trial_tip(const ReportData& data, const TrialRecord& trial) {
  std::string tip = fmt::format("Trial {} · {}{}", trial.number, state_name(trial.state),
                                is_default(data, trial) ? " · default configuration" : "");
  if (!data.objectives.empty() && trial.values.size() == data.objectives.size()) {
    for (std::size_t k = 0; k < trial.values.size(); ++k)
      tip += fmt::format("\n{} {}", clip(data.objectives[k].name, 40), number(trial.values[k], 5));
  } else if (const auto value = shown_value(trial)) {
    tip += fmt::format("\n{} {}", clip(data.value_name, 40), value_text(data, *value));
  }
  std::size_t lines = 0;
  for (const tune::Parameter& param : trial.params) {
    if (++lines > 10) {
      tip += fmt::format("\n… {} more", trial.params.size() - 10);
      break;
    }
    tip += fmt::format("\n{} {}", clip(param.name, 40), clip(param_text(param), 40));
  }
  const std::string reason = tune::end_reason(trial);
  if (!reason.empty()) tip += "\n" + clip(reason, 160);
  return tip;
}

std::size_t count(const ReportData& data, TrialState state) {
  const auto same = [&](const TrialRecord& trial) { return trial.state == state; };
  return static_cast<std::size_t>(std::count_if(data.trials.begin(), data.trials.end(), same));
}

std::vector<const TrialRecord*> finished_trials(const ReportData& data) {
  std::vector<const TrialRecord*> out;
  for (const TrialRecord& trial : data.trials) {
    if (trial.state == TrialState::complete && shown_value(trial)) out.push_back(&trial);
  }
  return out;
}

std::vector<const TrialRecord*> charted_trials(const ReportData& data, std::size_t most) {
  std::vector<const TrialRecord*> all;
  for (const TrialRecord& trial : data.trials) all.push_back(&trial);
  const auto by_number = [](const TrialRecord* a, const TrialRecord* b) {
    return a->number < b->number;
  };
  std::sort(all.begin(), all.end(), by_number);
  if (all.size() <= most) return all;

  std::vector<const TrialRecord*> ranked = finished_trials(data);
  std::sort(ranked.begin(), ranked.end(), [&](const TrialRecord* a, const TrialRecord* b) {
    return better(data, *shown_value(*a), *shown_value(*b));
  });
  ranked.resize(std::min(ranked.size(), most / 2));
  const std::unordered_set<const TrialRecord*> best(ranked.begin(), ranked.end());
  const std::size_t stride = all.size() / (most / 2) + 1;
  std::vector<const TrialRecord*> out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % stride == 0 || is_default(data, *all[i]) || best.count(all[i]) > 0)
      out.push_back(all[i]);
  }
  return out;
}

std::string thinning_note(const ReportData& data) {
  if (data.trials.size() <= kMaxChartedTrials) return {};
  return fmt::format(
      " The charts draw the best trials and an even choice of the others, {} of {} in all.",
      grouped(charted_trials(data).size()), grouped(data.trials.size()));
}

std::vector<std::string> param_names(const ReportData& data) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (const TrialRecord& trial : data.trials) {
    for (const tune::Parameter& param : trial.params) {
      if (seen.insert(param.name).second) names.push_back(param.name);
    }
  }
  return names;
}

bool is_best(const ReportData& data, const TrialRecord& trial) {
  return data.best_trial && *data.best_trial == trial.number;
}

bool is_default(const ReportData& data, const TrialRecord& trial) {
  return data.default_trial && *data.default_trial == trial.number;
}

ValueAxis value_axis(const ReportData& data, std::vector<double> values, int ticks) {
  const LinearAxis options{.ticks = ticks, .format = value_format(data)};
  values.erase(
      std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }),
      values.end());
  if (values.empty()) return {linear_axis(0, 1, options), 0};
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
  };
  const bool up = data.direction == Direction::maximize;
  const double best = up ? values.back() : values.front();
  const double spread =
      std::max(4 * std::abs(best - quantile(0.5)), 3 * (quantile(0.75) - quantile(0.25)));
  double lo = values.front();
  double hi = values.back();
  // Few values, or all alike: nothing to leave out.
  if (values.size() >= 8 && spread > 0) {
    const auto inside = [&](double v) { return std::abs(v - best) <= spread; };
    if (up) lo = *std::find_if(values.begin(), values.end(), inside);
    if (!up) hi = *std::find_if(values.rbegin(), values.rend(), inside);
  }
  ValueAxis result{linear_axis(lo, hi, options), 0};
  for (const double v : values) result.outside += result.axis.holds(v) ? 0u : 1u;
  return result;
}

std::string outside_note(std::size_t outside) {
  if (outside == 0) return {};
  return fmt::format(" {} off the scale {} drawn as {} at the edge.",
                     outside == 1 ? "One value" : grouped(outside) + " values",
                     outside == 1 ? "is" : "are", outside == 1 ? "a triangle" : "triangles");
}

double label_room(const Axis& axis) {
  double room = 20;
  for (const Tick& tick : axis.ticks) room = std::max(room, text_width(tick.label, 12));
  return std::min(room, 110.0) + 12;
}

std::string figure(const std::function<std::string(double)>& draw) {
  return "<div class=\"wide\">" + draw(920) + "</div><div class=\"narrow\">" + draw(360) + "</div>";
}

std::string section(std::string_view id, std::string_view heading, std::string_view intro,
                    const std::string& body) {
  return fmt::format(
      "<section id=\"{}\"><h2>{}</h2>{}{}</section>\n", id, escape(heading),
      intro.empty() ? std::string() : fmt::format("<p class=\"intro\">{}</p>", intro), body);
}

}  // namespace hone::report
