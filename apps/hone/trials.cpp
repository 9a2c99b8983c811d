// hone trials, best-trial, best-trials, why, importance.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>

#include "apps/common/number_option.h"
#include "apps/hone/commands.h"
#include "apps/hone/table.h"
#include "base/error.h"
#include "base/utf8.h"
#include "tune/analysis/importance.h"
#include "tune/export.h"
#include "tune/json_text.h"
#include "tune/pareto.h"
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
Table table_of(const tune::Study& study, const std::vector<tune::TrialRecord>& trials) {
  const std::vector<std::string> values =
      tune::value_columns(study.directions().size(), study.metric_names());
  Table table{{"number"}, {}};
  table.columns.insert(table.columns.end(), values.begin(), values.end());
  for (const char* name :
       {"datetime_start", "datetime_complete", "duration", "params", "user_attrs", "state"})
    table.columns.push_back(name);
  for (const tune::TrialRecord& trial : trials) {
    Json params = Json::object(), attrs = Json::object();
    for (const tune::Parameter& parameter : trial.params)
      params.members().push_back({repair_utf8(parameter.name), tune::json_of(parameter.value())});
    for (const auto& [key, json] : trial.user_attrs)
      attrs.members().push_back({repair_utf8(key), attribute(json)});
    const bool timed = trial.start_time != 0 && trial.end_time != 0;
    std::vector<Json> row = {trial.number};
    for (std::size_t i = 0; i < values.size(); ++i)
      row.push_back(i < trial.values.size() ? Json(trial.values[i]) : Json());
    for (Json& cell : std::vector<Json>{
             time_or_null(trial.start_time), time_or_null(trial.end_time),
             timed ? Json(static_cast<double>(trial.end_time - trial.start_time) / 1e6) : Json(),
             std::move(params), std::move(attrs), state_name(trial.state)})
      row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
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
  print(table_of(study, study.trials()), options.format);
}

void show_best(const ShowOptions& options, bool all) {
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  check(all || study.directions().size() == 1,
        "best-trial: study {} has {} objectives, so no trial is the best one; `hone best-trials` "
        "shows the Pareto front",
        printable(study.name()), study.directions().size());
  std::vector<tune::TrialRecord> trials = study.best_trials();
  check(!trials.empty(), "study {}: no feasible trial is complete yet", printable(study.name()));
  if (!all) trials.resize(1);
  Table table = table_of(study, trials);
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
  for (const double& value : trial.values)
    fmt::print("{}{}", &value == trial.values.data() ? ", value " : ", ", value);
  fmt::print("\n");
  if (const std::string reason = tune::end_reason(trial); !reason.empty())
    fmt::print("reason: {}\n", printable(reason));
  if (!trial.params.empty()) fmt::print("values: {}\n", printable(tune::params_text(trial)));
  const std::vector<tune::ReportNote> notes = study.notes(number);
  for (const auto& [step, value] : trial.intermediate) {
    const auto note = std::find_if(notes.begin(), notes.end(),
                                   [at = step](const auto& one) { return one.step == at; });
    const std::string answer = note == notes.end() ? "no pruner of hone's was asked"
                               : note->prune       ? "pruned: " + printable(note->reason)
                                                   : printable(note->reason);
    fmt::print("step {}: {}: {}\n", step, value, answer);
  }
}

struct ImportanceOptions {
  ShowOptions show;
  std::string method = "ped-anova";
  std::uint64_t seed = 0;
  int objective = -1;
};

void show_importance(const ImportanceOptions& options) {
  const auto study = tune::Study::load(options.show.place.storage, options.show.place.study);
  const std::size_t count = study.directions().size();
  check(options.objective >= 0 || count == 1,
        "importance: study {} has {} objectives; say with --objective which one, from 0",
        printable(study.name()), count);
  const auto objective = static_cast<std::size_t>(std::max(0, options.objective));
  check(objective < count, "importance: study {} has {} objectives, counted from 0",
        printable(study.name()), count);
  const std::vector<tune::TrialRecord> trials = tune::of_objective(study.trials(), objective);
  check(tune::values_differ(trials),
        "importance: study {} does not have two complete trials with different values yet",
        printable(study.name()));
  const auto list = options.method == "fanova"
                        ? tune::fanova(trials, {.seed = options.seed})
                        : tune::ped_anova(trials, study.directions()[objective]);
  check(!list.empty(), "importance: no trial of study {} has a parameter", printable(study.name()));
  Table table{{"parameter", "importance"}, {}};
  for (const tune::Importance& one : list) table.rows.push_back({one.parameter, one.value});
  print(table, options.show.format);
}

void add_show(CLI::App& command, ShowOptions& options) {
  add_place(command, options.place);
  add_format(command, options.format);
}

std::shared_ptr<ShowOptions> add_show(CLI::App& command) {
  const auto options = std::make_shared<ShowOptions>();
  add_show(command, *options);
  return options;
}

}  // namespace

void add_trial_commands(CLI::App& app) {
  CLI::App* trials = app.add_subcommand("trials", "Lists the trials of a study");
  trials->callback([options = add_show(*trials)] { show_trials(*options); });

  CLI::App* best = app.add_subcommand("best-trial", "Shows the best trial; of equals the first");
  best->callback([options = add_show(*best)] { show_best(*options, false); });

  CLI::App* all = app.add_subcommand(
      "best-trials",
      "Shows all trials with the best value; of several objectives the Pareto front");
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
  const auto options = std::make_shared<ImportanceOptions>();
  add_show(*importance, options->show);
  importance->add_option("--method", options->method, "ped-anova or fanova")
      ->check(CLI::IsMember({"ped-anova", "fanova"}))
      ->capture_default_str();
  importance->add_option("--seed", options->seed, "Of the forest of fanova")->capture_default_str();
  importance
      ->add_option("--objective", options->objective, "Of several objectives which one, from 0")
      ->transform(app::whole_number(0, 1 << 20));
  importance->callback([options, importance] {
    check(options->method == "fanova" || importance->count("--seed") == 0,
          "importance: --seed does nothing with --method {}, in which nothing is random",
          options->method);
    show_importance(*options);
  });
}

}  // namespace hone::command
