// Filling the report from a study and a final training.
#include "apps/fmnist_tune/report_data.h"

#include <ctime>

#include "apps/common/study_texts.h"

namespace hone::app {
namespace {

std::string date_of_now() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text;
}

void add_final(report::ReportData& data, const Run& run, const FinalResult& final) {
  data.test_accuracy =
      report::Measured{final.test_accuracy, standard_error(final.test_accuracy, final.test_images)};
  data.test_loss = final.test_loss;
  data.test_images = static_cast<std::uint64_t>(final.test_images);
  data.retraining_seconds = final.seconds;
  data.history = final.history;
  data.network = final.cost;
  report::add_test(data, run.test_images, final.probabilities, run.classes);
}

}  // namespace

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final) {
  report::ReportData data = report::study_report(study);
  data.title = "Tuning " + run.data_name;
  data.preset = run.settings.preset;
  data.device = fmt::format("{}, {} threads", run.device->name(), run.threads);
  data.date = date_of_now();
  data.reproduce = {run.options.command_line};
  data.value_name = "validation accuracy";
  data.value_is_fraction = true;
  data.step_name = "epoch";
  data.first_step = 1;
  data.startup_median_value = numbers.startup_median;
  data.search_seconds = numbers.seconds;
  data.images_per_second = numbers.images_per_second;
  data.pictures_light_on_black = true;
  if (numbers.best_value)
    data.best_standard_error = standard_error(*numbers.best_value, run.validation.count());
  if (final) add_final(data, run, *final);
  return data;
}

}  // namespace hone::app
