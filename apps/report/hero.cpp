// The head of the page: what was found, how sure that is, and what it cost.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

bool finite(const std::optional<double>& value) { return value && std::isfinite(*value); }

// "92.31% ± 0.27" as markup.
std::string big_number(const Measured& m, bool fraction) {
  std::string text = "<p class=\"big\">";
  if (fraction) {
    text += fmt::format("{:.2f}<small>%</small>", m.value * 100);
  } else {
    text += escape(number(m.value, 5));
  }
  if (std::isfinite(m.standard_error) && m.standard_error > 0) {
    text += fmt::format(
        " <span class=\"error\">± {}</span>",
        fraction ? fmt::format("{:.2f}", m.standard_error * 100) : number(m.standard_error, 2));
  }
  return text + "</p>";
}

// Behind the number: how many samples, and what one gets without a model.
std::string tested_on(const ReportData& data) {
  std::string text =
      fmt::format(", on {}{} that the search never saw",
                  data.test_images > 0 ? grouped(data.test_images) + " " : "", data.sample_name);
  if (finite(data.test_loss)) text += "; test loss " + number(*data.test_loss);
  if (data.baseline && std::isfinite(data.baseline->value))
    text += fmt::format(
        "; {}: {}", data.baseline->name,
        data.test_accuracy ? percent(data.baseline->value) : number(data.baseline->value, 5));
  return text;
}

std::string headline(const ReportData& data) {
  std::string what;
  std::string big;
  const auto best = best_value(data);
  const std::size_t front = front_of(data).size();
  if (front > 0) {
    big = fmt::format("<p class=\"big\">{}</p>", grouped(front));
    what = front == 1 ? "trial is the Pareto front of " : "trials on the Pareto front of ";
    for (std::size_t k = 0; k < data.objectives.size(); ++k)
      what += fmt::format("{}{} ({})",
                          k == 0                           ? ""
                          : k + 1 < data.objectives.size() ? ", "
                                                           : " and ",
                          clip(data.objectives[k].name, 40),
                          data.objectives[k].direction == Direction::maximize ? "higher is better"
                                                                              : "lower is better");
  } else if (data.test_accuracy && std::isfinite(data.test_accuracy->value)) {
    big = big_number(*data.test_accuracy, true);
    what = "test accuracy";
    if (data.test_accuracy->standard_error > 0) what += " and its standard error";
    what += tested_on(data);
  } else if (data.test_error && std::isfinite(data.test_error->value)) {
    big = big_number({data.test_error->value, 0}, false);
    what = "test " + data.test_error->name + tested_on(data);
  } else if (best) {
    big = big_number(*best, data.value_is_fraction);
    what = "best " + data.value_name;
    if (data.best_trial) what += fmt::format(", trial {}", *data.best_trial);
  } else {
    big = "<p class=\"big none\">No result yet</p>";
    what = "no trial has finished with a value";
  }
  return fmt::format("<div class=\"headline\">{}<p class=\"what\">{}</p></div>", big, escape(what));
}

struct StripRow {
  std::string label;
  double value = 0;
  double error = 0;
  const char* classes = "";
};

// One line per configuration: its name, its value, and a dot on a common scale.
std::string strip(const ReportData& data) {
  std::vector<StripRow> rows;
  if (const auto best = best_value(data)) {
    const std::string name =
        data.best_trial ? fmt::format("best trial ({})", *data.best_trial) : "best trial";
    rows.push_back({name, best->value, best->standard_error, "m-best"});
  }
  if (const auto value = default_value(data))
    rows.push_back({"default configuration", *value, 0, "m-default"});
  if (finite(data.startup_median_value)) {
    rows.push_back({"median of the start-up trials", *data.startup_median_value, 0, "m-pruned"});
  }
  if (rows.size() < 2) return {};
  double lo = rows[0].value - rows[0].error;
  double hi = rows[0].value + rows[0].error;
  for (const StripRow& row : rows) {
    lo = std::min(lo, row.value);
    hi = std::max(hi, row.value);
  }
  const Axis x = linear_axis(lo, hi, {.ticks = 4, .format = value_format(data)});
  constexpr double kWidth = 440;
  const double bottom = 34 + 52 * static_cast<double>(rows.size());
  Svg svg(kWidth, bottom + 28);
  Panel panel(svg, {10, 24, kWidth - 20, bottom - 24}, x, Axis{});
  for (const Tick& tick : x.ticks)
    svg.line({panel.px(tick.at), 24}, {panel.px(tick.at), bottom}, "grid");
  panel.frame({});
  svg.text({10, 12}, clip(data.value_name, 40), "panel");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StripRow& row = rows[i];
    const double y = 64 + 52 * static_cast<double>(i);
    const std::string value = value_text(data, row.value);
    const std::string error =
        row.error > 0 ? " ± " + (data.value_is_fraction ? percent(row.error) : number(row.error, 2))
                      : "";
    svg.text({10, y - 16}, row.label, "name");
    svg.text({kWidth - 10, y - 16}, value, "value", Anchor::end);
    svg.line({10, y}, {kWidth - 10, y}, "rail");
    if (row.error > 0)
      svg.line({panel.px(row.value - row.error), y}, {panel.px(row.value + row.error), y},
               "whisker");
    svg.mark(i == 1 && row.classes == std::string_view("m-default") ? Shape::square : Shape::circle,
             {panel.px(row.value), y}, 6, row.classes,
             fmt::format("{}\n{} {}{}", row.label, data.value_name, value, error));
  }
  return "<div class=\"strip\">" +
         svg.finish("What the search was worth",
                    "The best trial beside the default and the median start-up trial.") +
         "</div>";
}

// How much the winner can be trusted.
std::string honest(const ReportData& data) {
  const auto best = best_value(data);
  if (!best || best->standard_error == 0) return {};
  std::size_t tied = 0;
  const std::vector<const TrialRecord*> finished = finished_trials(data);
  for (const TrialRecord* trial : finished) {
    const bool near = std::abs(*shown_value(*trial) - best->value) <= best->standard_error;
    if (near && !is_best(data, *trial)) ++tied;
  }
  std::string text;
  if (tied > 0) {
    text = fmt::format(
        "<b>{} of the other {} finished trials</b> {} within one standard error of the best, "
        "statistically tied with it: the order among them is not established.",
        tied, finished.size() - 1, tied == 1 ? "is" : "are");
  } else if (finished.size() > 1) {
    text = fmt::format(
        "No other of the {} finished trials lies within one standard error of the best.",
        finished.size());
  }
  const auto plain = default_value(data);
  if (plain && std::abs(*plain - best->value) <= best->standard_error) {
    text +=
        " <b>The default configuration is one of the ties:</b> the search has not shown that "
        "tuning pays here.";
  }
  if (data.test_accuracy && finished.size() > 1) {
    text += fmt::format(
        " The best {} is the pick of {} and so a little flattering; the test accuracy is the "
        "number "
        "to quote.",
        escape(data.value_name), finished.size());
  }
  return text.empty() ? text : "<p class=\"honest\">" + text + "</p>";
}

// Of trials that ended without any value, how many there are and why the first one did.
std::string without_value(const ReportData& data) {
  std::string text;
  for (const TrialState state : {TrialState::fail, TrialState::pruned}) {
    std::size_t n = 0;
    const TrialRecord* first = nullptr;
    for (const TrialRecord& trial : data.trials) {
      if (trial.state != state || shown_value(trial) || tune::end_reason(trial).empty()) continue;
      ++n;
      if (first == nullptr) first = &trial;
    }
    if (n == 0) continue;
    text += fmt::format("{}<b>{} trial{} ended without a value</b> ({}), trial {} because: {}.",
                        text.empty() ? "" : " ", grouped(n), n == 1 ? "" : "s", state_name(state),
                        first->number, escape(clip(tune::end_reason(*first), 400)));
  }
  return text.empty() ? text : "<p class=\"honest\">" + text + "</p>";
}

std::string trial_counts(const ReportData& data) {
  std::string text;
  for (const TrialState state : {TrialState::complete, TrialState::pruned, TrialState::fail,
                                 TrialState::running, TrialState::waiting}) {
    const std::size_t n = count(data, state);
    if (n > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(n), state_name(state));
  }
  return text;
}

std::string facts(const ReportData& data) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& text,
                       const std::string& note = {}) {
    if (text.empty()) return;
    out += fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>", name, escape(clip(text, 80)),
                       note.empty() ? "" : "<small>" + escape(note) + "</small>");
  };
  if (!data.trials.empty()) add("trials", grouped(data.trials.size()), trial_counts(data));
  if (data.search_seconds > 0) add("search", duration(data.search_seconds));
  if (data.retraining_seconds > 0) add("final training", duration(data.retraining_seconds));
  if (data.images_per_second > 0)
    add("speed", number(data.images_per_second),
        fmt::format("training {} per second", data.sample_name));
  add("device", data.device);
  return out.empty() ? out : "<dl class=\"facts\">" + out + "</dl>";
}

std::string params(const ReportData& data) {
  std::string out;
  for (const TrialRecord& trial : data.trials) {
    if (data.reruns ? trial.number != data.reruns->number() : !is_best(data, trial)) continue;
    for (const tune::Parameter& param : trial.params)
      out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escape(clip(param.name, 80)),
                         escape(clip(param_text(param), 120)));
  }
  if (out.empty()) return {};
  const std::string title =
      data.reruns
          ? fmt::format("The configuration that fresh seeds name, trial {}", data.reruns->number())
          : "The best configuration";
  return "<h2 class=\"small\">" + title + "</h2><dl class=\"params\">" + out + "</dl>";
}

}  // namespace

std::string hero(const ReportData& data) {
  std::string kicker = "hone";
  for (const std::string* part : {&data.study, &data.preset, &data.date}) {
    if (!part->empty()) kicker += " · " + clip(*part, 80);
  }
  return fmt::format(
      "<header><p class=\"kicker\">{}</p><h1>{}</h1><div "
      "class=\"found\">{}{}</div>{}{}{}{}</header>\n",
      escape(kicker), escape(clip(data.title, 200)), headline(data), strip(data), honest(data),
      without_value(data), params(data), facts(data));
}

}  // namespace hone::report
