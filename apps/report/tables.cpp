// The tables: per class, the network, all trials, and how to reproduce.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/report/figures.h"
#include "apps/report/html.h"
#include "base/byte_size.h"
#include "base/numbers.h"
#include "tune/training/trial_cost.h"

namespace hone::report {

namespace {

struct ClassScore {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  std::uint64_t support = 0;
};

// Precision and recall of a class; 0 where the denominator is 0, as scikit-learn's default does.
ClassScore score(const std::vector<std::vector<std::uint64_t>>& confusion, std::size_t c) {
  std::uint64_t truth = 0;
  std::uint64_t called = 0;
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    truth += confusion[c][i];
    called += confusion[i][c];
  }
  const double right = static_cast<double>(confusion[c][c]);
  ClassScore s{.support = truth};
  if (called > 0) s.precision = right / static_cast<double>(called);
  if (truth > 0) s.recall = right / static_cast<double>(truth);
  if (s.precision + s.recall > 0) s.f1 = 2 * s.precision * s.recall / (s.precision + s.recall);
  return s;
}

std::uint64_t unsigned_of(std::int64_t count) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, count));
}

std::string header(std::string_view text, bool numeric) {
  return fmt::format("<th scope=\"col\"{}><button type=\"button\">{}</button></th>",
                     numeric ? " class=\"num\"" : "", escape(clip(text, 60)));
}

// A number cell; the full value is what the table sorts by.
std::string number_cell(double value, const std::string& text, const std::string& bar = {}) {
  if (!std::isfinite(value)) return "<td class=\"num\">–</td>";
  return fmt::format("<td class=\"num\" data-v=\"{}\">{}{}</td>", value, bar, text);
}

std::string table(std::string_view classes, const std::string& head, const std::string& body) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\"><table "
      "class=\"{}\"><thead><tr>{}</tr></thead><tbody>{}</tbody>"
      "</table></div>",
      classes, head, body);
}

// Costs that are noted with a trial: user attribute, head of the column, unit.
struct CostColumn {
  const char* key;
  const char* head;
  double unit;
};
constexpr CostColumn kCosts[] = {{tune::training::kParameters, "parameters", 1},
                                 {tune::training::kTrainingFlops, "MFLOP a sample", 1e6},
                                 {tune::training::kTrainingBytes, "MiB of memory", 1024 * 1024}};

double cost_of(const TrialRecord& trial, const CostColumn& column) {
  return tune::training::noted_number(trial, column.key).value_or(NAN) / column.unit;
}

// The columns that any trial has a number for.
std::vector<CostColumn> cost_columns(const std::vector<const TrialRecord*>& trials) {
  std::vector<CostColumn> columns;
  for (const CostColumn& column : kCosts)
    if (std::any_of(trials.begin(), trials.end(), [&](const TrialRecord* trial) {
          return std::isfinite(cost_of(*trial, column));
        }))
      columns.push_back(column);
  return columns;
}

// What the columns of a table of trials are.
struct Columns {
  std::vector<std::string> params = {};
  std::vector<CostColumn> costs = {};
  bool steps = false, reasons = false;  // some trial has one
};

std::string trial_row(const ReportData& data, const TrialRecord& trial, const Columns& columns) {
  std::string tags;
  if (is_best(data, trial)) tags += " <span class=\"tag best\">best</span>";
  if (is_default(data, trial)) tags += " <span class=\"tag\">default</span>";
  std::string row =
      fmt::format("<tr{}><td class=\"num\" data-v=\"{}\">{}</td>",
                  is_best(data, trial) ? " class=\"best\"" : "", trial.number, trial.number);
  row += fmt::format("<td><span class=\"state {0}\">{0}</span>{1}</td>", state_name(trial.state),
                     tags);
  for (std::size_t k = 0; k < data.objectives.size(); ++k)
    row += k < trial.values.size() ? number_cell(trial.values[k], number(trial.values[k], 5))
                                   : number_cell(NAN, "");
  if (data.objectives.empty()) {
    const auto value = shown_value(trial);
    row += value ? number_cell(*value, value_text(data, *value)) : number_cell(NAN, "");
  }
  const double steps =
      trial.intermediate.empty()
          ? NAN
          : static_cast<double>(trial.intermediate.rbegin()->first) + data.first_step;
  if (columns.steps) row += number_cell(steps, number(steps, 15));
  row += number_cell(seconds_of(trial), duration(seconds_of(trial)));
  for (const CostColumn& column : columns.costs)
    row += number_cell(cost_of(trial, column), number(cost_of(trial, column), 3));
  std::map<std::string_view, const tune::Parameter*> params;
  for (const tune::Parameter& param : trial.params) params.emplace(param.name, &param);
  for (const std::string& name : columns.params) {
    const auto found = params.find(name);
    if (found == params.end()) {
      row += "<td></td>";
    } else if (is_choice(*found->second)) {
      row += "<td>" + escape(clip(param_text(*found->second), 80)) + "</td>";
    } else {
      row += number_cell(found->second->internal, escape(clip(param_text(*found->second), 80)));
    }
  }
  if (columns.reasons)
    row += "<td class=\"why\">" + escape(clip(tune::end_reason(trial), 400)) + "</td>";
  return row + "</tr>";
}

}  // namespace

std::string section_classes(const ReportData& data) {
  if (data.confusion.empty()) return {};
  std::string body;
  for (std::size_t c = 0; c < data.confusion.size(); ++c) {
    const ClassScore s = score(data.confusion, c);
    body += "<tr><th scope=\"row\">" + escape(clip(data.class_names[c], 80)) + "</th>";
    for (const double value : {s.precision, s.recall, s.f1}) {
      body += number_cell(value, percent(value, 1), cell_bar(value, "b-main"));
    }
    body += number_cell(static_cast<double>(s.support), grouped(s.support)) + "</tr>";
  }
  const std::string head = header("class", false) + header("precision", true) +
                           header("recall", true) + header("F1", true) +
                           header(escape(data.sample_name), true);
  return section(
      "classes", "Class by class",
      "Precision: how often a predicted class is right. Recall: how much of a class is found. F1 "
      "joins the two.",
      table("sortable", head, body));
}

std::string section_network(const ReportData& data) {
  if (data.network.layers.empty()) return {};
  std::string body;
  double parameters = 0, flops = 0, memory = 0;
  for (const nn::LayerCost& layer : data.network.layers) {
    parameters += static_cast<double>(layer.parameters);
    flops += static_cast<double>(layer.flops);
    memory += static_cast<double>(layer.activation_bytes);
    body += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"shape\">{}</td>",
                        escape(clip(layer.name + "  " + layer.text, 120)), layer.output.str());
    body +=
        number_cell(static_cast<double>(layer.parameters), grouped(unsigned_of(layer.parameters)));
    body +=
        number_cell(static_cast<double>(layer.flops), compact(static_cast<double>(layer.flops)));
    body += number_cell(static_cast<double>(layer.activation_bytes),
                        bytes_text(unsigned_of(layer.activation_bytes))) +
            "</tr>";
  }
  const std::string head =
      "<th scope=\"col\">layer</th><th scope=\"col\">output</th><th scope=\"col\" "
      "class=\"num\">parameters</th><th scope=\"col\" class=\"num\">FLOPs</th><th "
      "scope=\"col\" class=\"num\">activations</th>";
  const std::string intro = fmt::format(
      "{} parameters; a forward pass of one sample takes {}FLOPs and keeps {} of activations.",
      compact(parameters), compact(flops) + (flops < 10000 ? " " : ""),
      bytes_text(static_cast<std::uint64_t>(std::min(memory, 1e18))));
  return section("network", "The network", intro, table("plain", head, body));
}

std::string trials_table(const ReportData& data, const std::vector<const TrialRecord*>& trials) {
  Columns columns{.params = param_names(data), .costs = cost_columns(trials)};
  for (const TrialRecord* trial : trials) {
    columns.steps = columns.steps || !trial->intermediate.empty();
    columns.reasons = columns.reasons || !tune::end_reason(*trial).empty();
  }
  std::string head = header("trial", true) + header("state", false);
  for (const Objective& objective : data.objectives) head += header(objective.name, true);
  if (data.objectives.empty()) head += header(data.value_name, true);
  if (columns.steps) head += header(data.step_name + "s", true);
  head += header("time", true);
  for (const CostColumn& column : columns.costs) head += header(column.head, true);
  std::map<std::string_view, bool> is_text;
  for (const TrialRecord* trial : trials) {
    for (const tune::Parameter& p : trial->params) is_text.emplace(p.name, is_choice(p));
  }
  for (const std::string& name : columns.params) head += header(name, !is_text[name]);
  if (columns.reasons) head += header("why it stopped", false);
  std::string body;
  for (const TrialRecord* trial : trials) body += trial_row(data, *trial, columns) + "\n";
  return table("sortable trials", head, body);
}

std::string section_trials(const ReportData& data) {
  if (data.trials.empty()) return {};
  std::vector<const TrialRecord*> trials;
  for (const TrialRecord& trial : data.trials) trials.push_back(&trial);
  return section("trials", "All trials",
                 "A click on a column's name sorts by it, a second click turns the order.",
                 trials_table(data, trials));
}

std::string section_reruns(const ReportData& data) {
  if (!data.reruns) return {};
  std::string body;
  for (const tune::Candidate& candidate : data.reruns->candidates) {
    const bool first = candidate.number == data.reruns->number();
    body += fmt::format("<tr{}><td class=\"num\" data-v=\"{}\">{}{}{}</td>",
                        first ? " class=\"best\"" : "", candidate.number, candidate.number,
                        first ? " <span class=\"tag best\">named</span>" : "",
                        candidate.is_default ? " <span class=\"tag\">default</span>" : "");
    body += number_cell(candidate.mean, value_text(data, candidate.mean));
    body += number_cell(candidate.standard_error, value_text(data, candidate.standard_error));
    body += number_cell(static_cast<double>(candidate.values.size()),
                        fmt::format("{}", candidate.values.size()));
    body += number_cell(candidate.searched, value_text(data, candidate.searched)) + "</tr>\n";
  }
  std::string words =
      "The best value of a search is the largest of many that chance moves, and so too good. These "
      "trials were trained again with seeds that nobody has chosen by.";
  for (std::string more : {data.reruns->ties, data.reruns->warning}) {
    if (more.empty()) continue;
    more[0] = more[0] == 't' ? 'T' : more[0];
    words += " " + more + ".";
  }
  return section(
      "reruns", "With fresh seeds", words,
      table("sortable",
            header("trial", true) + header("mean", true) + header("standard error", true) +
                header("seeds", true) + header("in the search", true),
            body));
}

std::string section_reproduce(const ReportData& data) {
  std::string facts;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty())
      facts += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escape(clip(text, 200)));
  };
  add("study", data.study);
  add("preset", data.preset);
  add("device", data.device);
  add("seed", data.seed ? fmt::to_string(*data.seed) : "");
  add("date", data.date);
  std::string commands;
  for (const std::string& line : data.reproduce) {
    commands += (commands.empty() ? "" : "\n") + escape(clip(line, 4000));
  }
  if (facts.empty() && commands.empty()) return {};
  if (!facts.empty()) facts = "<dl class=\"facts\">" + facts + "</dl>";
  if (!commands.empty()) commands = "<pre tabindex=\"0\"><code>" + commands + "</code></pre>";
  return section("reproduce", "Do it again", "", commands + facts);
}

}  // namespace hone::report
