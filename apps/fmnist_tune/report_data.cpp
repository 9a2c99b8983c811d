// Filling the report from a study and a final training.
#include "apps/fmnist_tune/report_data.h"

#include <algorithm>
#include <ctime>
#include <numeric>

#include "nn/data/fashion_mnist.h"
#include "nn/data/png.h"

namespace hone::app {
namespace {

constexpr int kClasses = nn::data::kFashionMnistClasses;
constexpr std::int64_t kSamplesPerClass = 8;
constexpr std::size_t kMistakes = 24;

std::string class_name(int label) {
  return std::string(nn::data::kFashionMnistClassNames[static_cast<std::size_t>(label)]);
}

report::TrialState state_of(tune::TrialState state) {
  switch (state) {
    case tune::TrialState::complete:
      return report::TrialState::complete;
    case tune::TrialState::pruned:
      return report::TrialState::pruned;
    case tune::TrialState::fail:
      return report::TrialState::failed;
    case tune::TrialState::running:
      return report::TrialState::running;
    case tune::TrialState::waiting:
      return report::TrialState::waiting;
  }
  return report::TrialState::waiting;
}

report::ParamValue param_value(const tune::Parameter& parameter) {
  report::ParamValue value{.name = parameter.name, .value = parameter.internal};
  if (const auto* f = std::get_if<tune::FloatDistribution>(&parameter.distribution)) {
    value.log = f->log;
  } else if (const auto* i = std::get_if<tune::IntDistribution>(&parameter.distribution)) {
    value.kind = report::ParamKind::integer;
    value.log = i->log;
  } else {
    value.kind = report::ParamKind::categorical;
    value.label = tune::to_text(parameter.value());
  }
  return value;
}

report::TrialRow trial_row(const tune::TrialRecord& trial) {
  report::TrialRow row;
  row.number = trial.number;
  row.state = state_of(trial.state);
  row.value = trial.value();
  for (const tune::Parameter& parameter : trial.params)
    row.params.push_back(param_value(parameter));
  for (const auto& [step, value] : trial.intermediate)
    row.intermediate.push_back({step + 1, value});
  row.reason = end_reason(trial);
  if (trial.start_time > 0 && trial.end_time >= trial.start_time)
    row.seconds = static_cast<double>(trial.end_time - trial.start_time) * 1e-6;
  row.is_default = trial.user_attrs.contains("default_configuration");
  return row;
}

struct Prediction {
  std::int64_t image = 0;
  int truth = 0, predicted = 0;
  double confidence = 0;
};

std::vector<Prediction> predictions(const FinalResult& final, const nn::data::ImageSet& test) {
  std::vector<Prediction> list;
  for (std::int64_t i = 0; i < test.count; ++i) {
    const auto row = final.probabilities.begin() + i * kClasses;
    const auto largest = std::max_element(row, row + kClasses);
    list.push_back({i, test.labels[static_cast<std::size_t>(i)], static_cast<int>(largest - row),
                    static_cast<double>(*largest)});
  }
  return list;
}

report::PictureCell picture(const nn::data::ImageSet& test, const Prediction& p) {
  return {nn::data::encode_png_grey(test.image(p.image), test.height, test.width),
          class_name(p.truth), class_name(p.predicted), p.confidence};
}

void add_pictures(report::ReportData& data, const FinalResult& final,
                  const nn::data::ImageSet& test) {
  const std::vector<Prediction> all = predictions(final, test);
  data.confusion.assign(kClasses, std::vector<std::uint64_t>(kClasses, 0));
  std::vector<std::int64_t> shown(kClasses, 0);
  std::vector<std::vector<report::PictureCell>> rows(kClasses);
  std::vector<Prediction> wrong;
  for (const Prediction& p : all) {
    const auto truth = static_cast<std::size_t>(p.truth);
    ++data.confusion[truth][static_cast<std::size_t>(p.predicted)];
    if (shown[truth] < kSamplesPerClass) {
      ++shown[truth];
      rows[truth].push_back(picture(test, p));
    }
    if (p.truth != p.predicted) wrong.push_back(p);
  }
  for (const auto& row : rows) data.samples.insert(data.samples.end(), row.begin(), row.end());
  std::stable_sort(wrong.begin(), wrong.end(), [](const Prediction& a, const Prediction& b) {
    return a.confidence > b.confidence;
  });
  wrong.resize(std::min(wrong.size(), kMistakes));
  for (const Prediction& p : wrong) data.mistakes.push_back(picture(test, p));
}

void add_final(report::ReportData& data, const FinalResult& final, const nn::data::ImageSet& test) {
  data.test_accuracy =
      report::Measured{final.test_accuracy, standard_error(final.test_accuracy, final.test_images)};
  data.test_loss = final.test_loss;
  data.test_images = static_cast<std::uint64_t>(final.test_images);
  data.retraining_seconds = final.seconds;
  for (const nn::train::EpochRecord& epoch : final.history.epochs)
    data.history.push_back({epoch.epoch, epoch.loss, epoch.accuracy, epoch.val_loss,
                            epoch.val_accuracy, static_cast<double>(epoch.learning_rate)});
  for (const nn::LayerCost& layer : final.cost.layers)
    data.layers.push_back({layer.name + "  " + layer.text, layer.output.str(),
                           static_cast<std::uint64_t>(layer.parameters),
                           static_cast<std::uint64_t>(layer.flops),
                           static_cast<std::uint64_t>(layer.activation_bytes)});
  for (int label = 0; label < kClasses; ++label) data.class_names.push_back(class_name(label));
  if (test.count == final.test_images) add_pictures(data, final, test);
}

}  // namespace

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers, const std::optional<FinalResult>& final,
                               const nn::data::ImageSet& test) {
  report::ReportData data;
  data.title = "Tuning Fashion-MNIST";
  data.study = run.study_name;
  data.preset = run.settings.preset;
  data.device = fmt::format("{}, {} threads", run.device->name(), run.threads);
  data.seed = run.options.seed;
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  data.date = date;
  data.reproduce = {run.options.command_line};
  data.default_value = numbers.default_value;
  data.startup_median_value = numbers.startup_median;
  data.search_seconds = numbers.seconds;
  data.images_per_second = numbers.images_per_second;
  data.pictures_light_on_black = true;
  for (const tune::TrialRecord& trial : study.trials()) data.trials.push_back(trial_row(trial));
  if (const auto best = best_trial(study)) {
    data.best_trial = best->number;
    data.best_value =
        report::Measured{*best->value(), standard_error(*best->value(), run.validation.count())};
    for (const tune::Parameter& parameter : best->params)
      data.best_params.push_back({parameter.name, tune::to_text(parameter.value())});
  }
  if (final) add_final(data, *final, test);
  return data;
}

}  // namespace hone::app
