// Numbers, JSON files and the closing words of a run. The report is filled in report_data.cpp.
#include "apps/fmnist_tune/results.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "apps/fmnist_tune/report_data.h"
#include "base/error.h"
#include "base/files.h"

namespace hone::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kStartupTrials = 10;  // random draws before TPE begins

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json params_json(const tune::TrialRecord& trial) {
  Json json = Json::object();
  for (const tune::Parameter& parameter : trial.params)
    json[parameter.name] = Json::parse(tune::to_json(parameter.value()));
  return json;
}

// A number that the search keeps in the study across calls, 0 when it is not there yet.
double stored_number(const tune::Study& study, const char* key) {
  const auto attributes = study.attributes();
  const auto found = attributes.find(key);
  if (found == attributes.end()) return 0;
  const Json json = Json::parse(found->second, nullptr, false);
  return json.is_number() ? json.get<double>() : 0;
}

std::string percent(double fraction) { return fmt::format("{:.2f}%", 100 * fraction); }

std::string percent(const Json& fraction) {
  return fraction.is_number() ? percent(fraction.get<double>()) : std::string("-");
}

void print_summary(const Run& run, const Json& json, Console& console) {
  const Json& trials = json.at("trials");
  const double validation_images = json.at("validation_images").get<double>();
  const auto with_error = [&](const Json& value) {
    if (!value.is_number()) return std::string("-");
    const double error =
        standard_error(value.get<double>(), static_cast<std::int64_t>(validation_images));
    return fmt::format("{} +- {:.2f}", percent(value), 100 * error);
  };
  console.result("");
  console.result(
      fmt::format("{} trials finished: {} complete, {} pruned, {} failed; search {:.0f} s",
                  trials.at("finished").get<int>(), trials.at("complete").get<int>(),
                  trials.at("pruned").get<int>(), trials.at("failed").get<int>(),
                  json.at("search_seconds").get<double>()));
  std::string params;
  if (json.at("best_params").is_object())
    for (const auto& [name, value] : json.at("best_params").items())
      params += fmt::format("  {} {}", name,
                            value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
                            : value.is_string()     ? value.get<std::string>()
                                                    : value.dump());
  console.result(
      fmt::format("best parameters (trial {}):{}", json.at("best_trial").dump(), params));
  console.result(fmt::format(
      "validation accuracy: best {}, default configuration {}, median start-up trial {}",
      with_error(json.at("best_value")), percent(json.at("default_value")),
      percent(json.at("startup_median_value"))));
  if (json.at("test_accuracy").is_number())
    console.result(
        console.bold(fmt::format("test accuracy: {} +- {:.2f} (standard error)",
                                 percent(json.at("test_accuracy")),
                                 100 * json.at("test_standard_error").get<double>())) +
        fmt::format("; retrained in {:.0f} s", json.at("retrain_seconds").get<double>()));
  console.result("report: " + (run.out / "report.html").string());
}

}  // namespace

double standard_error(double accuracy, std::int64_t images) {
  return images > 0 ? std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(images)) : 0;
}

StudyNumbers study_numbers(const tune::Study& study) {
  StudyNumbers numbers;
  std::vector<double> startup;
  for (const tune::TrialRecord& trial : study.trials()) {
    numbers.complete += trial.state == tune::TrialState::complete;
    numbers.pruned += trial.state == tune::TrialState::pruned;
    numbers.failed += trial.state == tune::TrialState::fail;
    const bool is_default = trial.user_attrs.contains("default_configuration");
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
  const double images = stored_number(study, "search_images");
  if (numbers.seconds > 0) numbers.images_per_second = images / numbers.seconds;
  return numbers;
}

void write_results(const Run& run, const tune::Study& study, const StudyNumbers& numbers,
                   const std::optional<FinalResult>& final, const nn::data::ImageSet& test) {
  const std::optional<tune::TrialRecord> best = best_trial(study);
  write_file_atomic(run.out / "trials.csv", study.trials_csv());
  const Json best_params = best ? params_json(*best) : Json();
  write_file_atomic(run.out / "best_params.json", best_params.dump(2) + "\n");
  Json json;
  json["preset"] = run.settings.preset;
  json["seed"] = run.options.seed;
  json["device"] = run.device->name();
  json["trials"] = {{"finished", numbers.complete + numbers.pruned + numbers.failed},
                    {"complete", numbers.complete},
                    {"pruned", numbers.pruned},
                    {"failed", numbers.failed}};
  json["best_trial"] = best ? Json(best->number) : Json();
  json["best_value"] = optional_number(numbers.best_value);
  json["default_value"] = optional_number(numbers.default_value);
  json["startup_median_value"] = optional_number(numbers.startup_median);
  json["validation_images"] = run.validation.count();
  json["best_params"] = best_params;
  json["final_epochs"] = final ? Json(run.settings.final_epochs) : Json();
  json["test_accuracy"] = final ? Json(final->test_accuracy) : Json();
  json["test_standard_error"] =
      final ? Json(standard_error(final->test_accuracy, final->test_images)) : Json();
  json["search_seconds"] = numbers.seconds;
  json["retrain_seconds"] = final ? Json(final->seconds) : Json();
  json["images_per_second"] = numbers.images_per_second;
  report::write_report(run.out / "report.html", report_data(run, study, numbers, final, test));
  // Last: its presence says that the rest is there.
  write_file_atomic(run.out / "summary.json", json.dump(2) + "\n");
}

void print_results(const Run& run, Console& console) {
  const std::filesystem::path file = run.out / "summary.json";
  try {
    print_summary(run, Json::parse(read_text_file(file, 1 << 20)), console);
  } catch (const Json::exception& error) {
    fail(ErrorKind::storage,
         "{}: is damaged ({}); delete it, and the same command makes it again from the study",
         printable(file.string()), error.what());
  }
}

}  // namespace hone::app
