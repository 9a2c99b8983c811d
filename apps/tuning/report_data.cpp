// Filling the report from a study and a final training.
#include "apps/tuning/results.h"

#include <algorithm>
#include <ctime>

namespace hone::app {
namespace {

constexpr std::size_t kMostClassesShown = 200;
constexpr std::size_t kMostPairsShown = 2000;

std::string date_of_now() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text;
}

void add_classes(report::ReportData& data, const Problem& problem, const FinalResult& final) {
  data.test_accuracy =
      report::Measured{final.test.accuracy, standard_error(final.test.accuracy, final.test.count)};
  const std::size_t classes = problem.classes.size();
  if (classes > kMostClassesShown) return;
  if (problem.test_images.count > 0 && problem.test_images.channels == 1)
    return report::add_test(data, problem.test_images, final.outputs, problem.classes);
  data.class_names = problem.classes;
  data.confusion.assign(classes, std::vector<std::uint64_t>(classes, 0));
  const std::vector<std::int32_t> labels = problem.test.labels().to_vector<std::int32_t>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = final.outputs.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto guess = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
    ++data.confusion[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(guess)];
  }
}

// The error, and where one value is predicted some of the test part.
void add_values(report::ReportData& data, const Problem& problem, const FinalResult& final) {
  data.epoch_metric = problem.metrics.at(0);
  for (const auto& [name, value] : final.test.metrics)
    if (name == data.epoch_metric) data.test_error = report::NamedValue{"RMSE", value};
  const Tensor& values = problem.test.column("target", "the test part").values;
  if (values.count() != final.test.count) return;
  const std::vector<float> truth = values.to_vector();
  const std::size_t step = truth.size() / kMostPairsShown + 1;
  for (std::size_t i = 0; i < truth.size(); i += step)
    data.predictions.push_back(
        {static_cast<double>(truth[i]), static_cast<double>(final.outputs[i])});
}

void add_final(report::ReportData& data, const Problem& problem, const FinalResult& final) {
  data.test_loss = final.test.loss;
  data.test_images = static_cast<std::uint64_t>(final.test.count);
  data.retraining_seconds = final.seconds;
  data.history = final.history;
  data.network = final.cost;
  if (problem.classifies())
    add_classes(data, problem, final);
  else
    add_values(data, problem, final);
}

}  // namespace

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final) {
  const Problem& problem = run.problem;
  report::ReportData data = report::study_report(study);
  data.title = "Tuning " + problem.data_name;
  data.preset = problem.preset;
  data.device = fmt::format("{}, {} threads", run.device->name(), run.threads);
  data.date = date_of_now();
  data.reproduce = {run.options.command_line};
  data.value_name = problem.value_name;
  data.value_is_fraction = problem.classifies();
  data.step_name = "epoch";
  data.first_step = 1;
  data.startup_median_value = numbers.startup_median;
  data.search_seconds = numbers.seconds;
  data.images_per_second = numbers.samples_per_second;
  data.pictures_light_on_black = problem.light_on_black;
  data.sample_name = problem.sample_name;
  data.baseline = problem.baseline;
  if (numbers.best_value && problem.classifies())
    data.best_standard_error = standard_error(*numbers.best_value, problem.validation.count());
  if (final) add_final(data, problem, *final);
  return data;
}

}  // namespace hone::app
