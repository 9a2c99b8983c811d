// Numbers, JSON files and the closing words of a run. The report is filled in report_data.cpp.
#include "apps/tuning/results.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "apps/common/study_texts.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "tune/json_text.h"

namespace hone::app {
namespace {

constexpr int kStartupTrials = 10;  // random draws before TPE begins

Json params_json(const tune::TrialRecord& trial) {
  Json json = Json::object();
  for (const tune::Parameter& parameter : trial.params)
    json.set(parameter.name, tune::json_of(parameter.value()));
  return json;
}

// Where there are reruns: each candidate with its values; else null.
Json reruns_json(const tune::Study& study) {
  if (study.reruns().empty()) return {};
  Json list = Json::array();
  const auto named = winner(study);
  if (!named) return list;
  for (const tune::Candidate& candidate : named->candidates) {
    Json values = Json::array();
    for (const double value : candidate.values) values.push_back(value);
    const bool known = std::isfinite(candidate.standard_error);
    list.push_back(
        Json::object({{"trial", candidate.number},
                      {"mean", candidate.mean},
                      {"standard_error", known ? Json(candidate.standard_error) : Json()},
                      {"values", std::move(values)},
                      {"failed", candidate.failed}}));
  }
  return list;
}

// A number that the search keeps in the study across calls, 0 when it is not there yet.
double stored_number(const tune::Study& study, const char* key) {
  const auto attributes = study.attributes();
  const auto found = attributes.find(key);
  if (found == attributes.end()) return 0;
  return JsonDocument(found->second, fmt::format("study attribute {}", key), ErrorKind::storage)
      .json()
      .number()
      .value_or(0);
}

std::string best_params_text(const JsonNode& params) {
  std::string text;
  if (params.is_null()) return text;
  for (const auto& [name, node] : params.members()) {
    const tune::Value value = tune::value_of(node);
    const double* number = std::get_if<double>(&value);
    text += fmt::format("  {} {}", name,
                        number ? fmt::format("{:.4g}", *number) : tune::to_text(value));
  }
  return text;
}

// What the final training reached, and what one has without it; nothing where there was none.
void print_test(const Problem& problem, const JsonNode& json, Console& console) {
  std::string measured, rest;
  if (const auto accuracy = json.at("test_accuracy").get_optional<double>()) {
    measured = fmt::format("test accuracy: {} +- {:.2f} (standard error)", problem.text(*accuracy),
                           100 * json.at("test_standard_error").get<double>());
  } else {
    for (const std::string& name : problem.metrics)
      if (const auto value = json.find("test_" + name))
        (measured.empty() ? measured : rest) += fmt::format(
            "{}{}: {:.5g}", measured.empty() ? "test " : ", ", name, value->get<double>());
  }
  if (measured.empty()) return;
  if (problem.baseline)
    rest += fmt::format("; {}: {}", problem.baseline->name, problem.text(problem.baseline->value));
  console.result(bold(measured) + rest +
                 fmt::format("; retrained in {:.0f} s", json.at("retrain_seconds").get<double>()));
}

void print_summary(const Run& run, const tune::Study& study, const JsonNode& json,
                   Console& console) {
  const Problem& problem = run.problem;
  const JsonNode trials = json.at("trials");
  const auto count = [&](const char* key) { return trials.at(key).get<int>(); };
  const auto number = [&](const char* key) { return json.at(key).get_optional<double>(); };
  const auto text = [&](const char* key) {
    return number(key) ? problem.text(*number(key)) : std::string("-");
  };
  const auto samples = json.at("validation_" + problem.unit).get<std::int64_t>();
  const std::optional<double> best = number("best_value");
  const auto best_trial = json.at("chosen_trial").get_optional<int>();
  console.result("");
  console.result(
      fmt::format("{} trials finished: {} complete, {} pruned, {} failed; search {:.0f} s",
                  count("finished"), count("complete"), count("pruned"), count("failed"),
                  json.at("search_seconds").get<double>()));
  console.result(fmt::format("best parameters (trial {}):{}",
                             best_trial ? fmt::to_string(*best_trial) : "none",
                             best_params_text(json.at("best_params"))));
  const std::string error = best && problem.classifies()
                                ? fmt::format(" +- {:.2f}", 100 * standard_error(*best, samples))
                                : std::string();
  console.result(fmt::format("{}: best {}{}, default configuration {}, median start-up trial {}",
                             problem.value_name, text("best_value"), error, text("default_value"),
                             text("startup_median_value")));
  print_winner(study, problem.classifies(), console);
  print_test(problem, json, console);
  console.result("report: " + (run.out / "report.html").string());
}

}  // namespace

double standard_error(double accuracy, std::int64_t samples) {
  return samples > 0 ? std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(samples)) : 0;
}

StudyNumbers study_numbers(const tune::Study& study) {
  StudyNumbers numbers;
  std::vector<double> startup;
  const std::vector<tune::TrialRecord> trials = study.trials();
  const std::optional<int> plain = tune::default_trial(trials);
  for (const tune::TrialRecord& trial : trials) {
    numbers.complete += trial.state == tune::TrialState::complete;
    numbers.pruned += trial.state == tune::TrialState::pruned;
    numbers.failed += trial.state == tune::TrialState::fail;
    const bool is_default = plain == trial.number;
    if (is_default && trial.state == tune::TrialState::complete)
      numbers.default_value = trial.value();
    if (!is_default && trial.number <= kStartupTrials && trial.value())
      startup.push_back(*trial.value());
  }
  if (const auto best = best_trial(study)) numbers.best_value = best->value();
  if (!startup.empty()) {
    std::sort(startup.begin(), startup.end());
    const std::size_t n = startup.size();
    numbers.startup_median = (startup[(n - 1) / 2] + startup[n / 2]) / 2;
  }
  numbers.seconds = stored_number(study, "search_seconds");
  const double samples = stored_number(study, "search_images");
  if (numbers.seconds > 0) numbers.samples_per_second = samples / numbers.seconds;
  return numbers;
}

namespace {

Json summary_json(const Run& run, const tune::Study& study, const StudyNumbers& numbers,
                  const std::optional<FinalResult>& final) {
  const Problem& problem = run.problem;
  const auto number_of = [](const std::optional<tune::TrialRecord>& trial) {
    return trial ? Json(trial->number) : Json();
  };
  const auto chosen = chosen_trial(study);
  const bool accuracy = final && problem.classifies();
  Json json = Json::object(
      {{"seed", run.options.seed},
       {"device", run.device->name()},
       {"trials", Json::object({{"finished", numbers.complete + numbers.pruned + numbers.failed},
                                {"complete", numbers.complete},
                                {"pruned", numbers.pruned},
                                {"failed", numbers.failed}})},
       {"best_trial", number_of(best_trial(study))},
       {"best_value", numbers.best_value},
       {"chosen_trial", number_of(chosen)},
       {"reruns", reruns_json(study)},
       {"default_value", numbers.default_value},
       {"startup_median_value", numbers.startup_median},
       {"validation_" + problem.unit, problem.validation.count()},
       {"best_params", chosen ? params_json(*chosen) : Json()},
       {"final_epochs", final ? Json(final->epochs) : Json()},
       {"test_accuracy", accuracy ? Json(final->test.accuracy) : Json()},
       {"test_standard_error",
        accuracy ? Json(standard_error(final->test.accuracy, final->test.count)) : Json()},
       {"search_seconds", numbers.seconds},
       {"retrain_seconds", final ? Json(final->seconds) : Json()},
       {problem.unit + "_per_second", numbers.samples_per_second}});
  json.members().insert(json.members().begin(), problem.summary.begin(), problem.summary.end());
  if (final) {
    json.set("test_loss", final->test.loss);
    for (const auto& [name, value] : final->test.metrics) json.set("test_" + name, value);
    json.set("test_" + problem.unit, final->test.count);
  }
  if (problem.baseline) json.set("baseline", problem.baseline->value);
  return json;
}

}  // namespace

void write_results(const Run& run, const tune::Study& study, const StudyNumbers& numbers,
                   const std::optional<FinalResult>& final) {
  run.folder->write("trials.csv", study.trials_csv());
  const std::optional<tune::TrialRecord> chosen = chosen_trial(study);
  const Json best_params = chosen ? params_json(*chosen) : Json();
  const JsonFormat format{.indent = 2, .strict = true};
  run.folder->write("best_params.json", write_json(best_params, format) + "\n");
  run.folder->write("report.html", report::render_report(report_data(run, study, numbers, final)));
  // Last: its presence says that the rest is there.
  run.folder->write("summary.json",
                    write_json(summary_json(run, study, numbers, final), format) + "\n");
}

void print_results(const Run& run, const tune::Study& study, Console& console) {
  const std::filesystem::path file = run.out / "summary.json";
  try {
    const JsonDocument document(read_text_file(file, 1 << 20), printable(file.string()));
    print_summary(run, study, document.root(), console);
  } catch (const Error& error) {
    fail(ErrorKind::storage,
         "{}\nThe file is damaged: delete it, and the same command makes it again from the study.",
         error.what());
  }
}

}  // namespace hone::app
