// hone trials, best-trial, best-trials, why, importance.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>

#include "apps/common/number_option.h"
#include "apps/hone/commands.h"
#include "apps/hone/table.h"
#include "base/error.h"
#include "base/utf8.h"
#include "tune/analysis/importance.h"
#include "tune/feasible.h"
#include "tune/json_text.h"
#include "tune/study.h"
#include "tune/time_text.h"
#include "tune/trial_text.h"

namespace hone::command {
namespace {

const char* state_name(tune::TrialState state) {
  static constexpr const char* kNames[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};
  return kNames[static_cast<int>(state)];
}

// Of another program's attribute, perhaps no JSON that we read: then it is shown as it is.
Json attribute(const std::string& text) {
  try {
    return JsonDocument(text, "attribute", ErrorKind::storage).json();
  } catch (const Error&) {
    return repair_utf8(text);
  }
}

Json time_or_null(std::int64_t time) { return time == 0 ? Json() : Json(tune::time_text(time)); }

// The columns of Optuna's `trials`.
Table table_of(const std::vector<tune::TrialRecord>& trials) {
  Table table{{"number", "value", "datetime_start", "datetime_complete", "duration", "params",
               "user_attrs", "state"},
              {}};
  for (const tune::TrialRecord& trial : trials) {
    Json params = Json::object(), attrs = Json::object();
    for (const tune::Parameter& parameter : trial.params)
      params.members().push_back({repair_utf8(parameter.name), tune::json_of(parameter.value())});
    for (const auto& [key, json] : trial.user_attrs)
      attrs.members().push_back({repair_utf8(key), attribute(json)});
    const bool timed = trial.start_time != 0 && trial.end_time != 0;
    table.rows.push_back(
        {trial.number, trial.value(), time_or_null(trial.start_time), time_or_null(trial.end_time),
         timed ? Json(static_cast<double>(trial.end_time - trial.start_time) / 1e6) : Json(),
         std::move(params), std::move(attrs), state_name(trial.state)});
  }
  return table;
}

// COMPLETE, with a value that can be compared, and within its constraints: by value, then number.
std::vector<tune::TrialRecord> ranked(const tune::Study& study) {
  std::vector<tune::TrialRecord> trials = study.trials();
  std::erase_if(trials, [](const tune::TrialRecord& trial) {
    return trial.state != tune::TrialState::complete || !trial.value() ||
           std::isnan(*trial.value()) || !tune::is_feasible(trial);
  });
  check(!trials.empty(), "study {}: no feasible trial is complete yet", printable(study.name()));
  const double sign = study.direction() == tune::Direction::minimize ? 1 : -1;
  std::stable_sort(trials.begin(), trials.end(), [&](const auto& a, const auto& b) {
    return sign * *a.value() < sign * *b.value();
  });
  return trials;
}

struct ShowOptions {
  Place place;
  Format format = Format::table;
};

void show_trials(const ShowOptions& options) {
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  if (options.format == Format::csv) {
    fmt::print("{}", study.trials_csv());
    return;
  }
  print(table_of(study.trials()), options.format);
}

void show_best(const ShowOptions& options, bool all) {
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  std::vector<tune::TrialRecord> trials = ranked(study);
  const double best = *trials.front().value();
  std::erase_if(trials, [&](const tune::TrialRecord& trial) { return *trial.value() != best; });
  if (!all) trials.resize(1);
  Table table = table_of(trials);
  table.single = !all;
  print(table, options.format);
}

// Why a trial ended as it did: its values, its reports and what the pruner answered to each.
void show_why(const Place& place, int number) {
  const auto study = tune::Study::load(place.storage, place.study);
  const std::vector<tune::TrialRecord> trials = study.trials();
  const auto found = std::find_if(trials.begin(), trials.end(),
                                  [&](const auto& trial) { return trial.number == number; });
  check(found != trials.end(), "study {}: has no trial {}", printable(study.name()), number);
  const tune::TrialRecord& trial = *found;
  fmt::print("trial {} of study {}: {}", number, printable(study.name()), state_name(trial.state));
  if (trial.value()) fmt::print(", value {}", *trial.value());
  fmt::print("\n");
  if (const std::string reason = tune::end_reason(trial); !reason.empty())
    fmt::print("reason: {}\n", printable(reason));
  if (!trial.params.empty()) fmt::print("values: {}\n", printable(tune::params_text(trial)));
  const std::vector<tune::ReportNote> notes = study.notes(number);
  for (const auto& [step, value] : trial.intermediate) {
    const auto note = std::find_if(notes.begin(), notes.end(),
                                   [step = step](const auto& one) { return one.step == step; });
    const std::string answer = note == notes.end() ? "no pruner of hone's was asked"
                               : note->prune       ? "pruned: " + printable(note->reason)
                                                   : printable(note->reason);
    fmt::print("step {}: {}: {}\n", step, value, answer);
  }
}

void show_importance(const ShowOptions& options, const std::string& method, std::uint64_t seed) {
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  const auto list = method == "fanova" ? tune::fanova(study.trials(), {.seed = seed})
                                       : tune::ped_anova(study.trials(), study.direction());
  check(!list.empty(), "study {}: no trial is complete yet, or none has a parameter",
        printable(study.name()));
  Table table{{"parameter", "importance"}, {}};
  for (const tune::Importance& one : list) table.rows.push_back({one.parameter, one.value});
  print(table, options.format);
}

std::shared_ptr<ShowOptions> add_show(CLI::App& command) {
  const auto options = std::make_shared<ShowOptions>();
  add_place(command, options->place);
  add_format(command, options->format);
  return options;
}

}  // namespace

void add_trial_commands(CLI::App& app) {
  CLI::App* trials = app.add_subcommand("trials", "Lists the trials of a study");
  trials->callback([options = add_show(*trials)] { show_trials(*options); });

  CLI::App* best = app.add_subcommand("best-trial", "Shows the best trial; of equals the first");
  best->callback([options = add_show(*best)] { show_best(*options, false); });

  CLI::App* all = app.add_subcommand("best-trials", "Shows all trials with the best value");
  all->callback([options = add_show(*all)] { show_best(*options, true); });

  CLI::App* why = app.add_subcommand(
      "why", "Says how a trial went, and what the pruner answered to its reports");
  const auto place = std::make_shared<Place>();
  const auto number = std::make_shared<int>(0);
  why->add_option("trial", *number, "Its number")
      ->required()
      ->transform(app::whole_number(0, 1 << 30));
  add_place(*why, *place);
  why->callback([place, number] { show_why(*place, *number); });

  CLI::App* importance =
      app.add_subcommand("importance", "How much each parameter matters for the value");
  const auto options = add_show(*importance);
  const auto method = std::make_shared<std::string>("ped-anova");
  const auto seed = std::make_shared<std::uint64_t>(0);
  importance->add_option("--method", *method, "ped-anova or fanova")
      ->check(CLI::IsMember({"ped-anova", "fanova"}))
      ->capture_default_str();
  importance->add_option("--seed", *seed, "Of the forest of fanova")->capture_default_str();
  importance->callback([options, method, seed] { show_importance(*options, *method, *seed); });
}

}  // namespace hone::command
