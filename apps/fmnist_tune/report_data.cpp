// Filling the report from a study and a final training.
#include "apps/fmnist_tune/report_data.h"

#include <algorithm>
#include <ctime>
#include <numeric>

#include "apps/common/study_texts.h"
#include "nn/data/png.h"

namespace hone::app {
namespace {

constexpr std::size_t kSamplesPerClass = 8, kMostSamples = 400;
constexpr std::size_t kMistakes = 24;
constexpr std::int64_t kLongestSide = 128;  // of a picture in the report

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

std::vector<Prediction> predictions(const Run& run, const FinalResult& final) {
  const auto classes = static_cast<std::int64_t>(run.classes.size());
  std::vector<Prediction> list;
  for (std::int64_t i = 0; i < run.test_images.count; ++i) {
    const auto row = final.probabilities.begin() + i * classes;
    const auto largest = std::max_element(row, row + classes);
    list.push_back({i, run.test_images.labels[static_cast<std::size_t>(i)],
                    static_cast<int>(largest - row), static_cast<double>(*largest)});
  }
  return list;
}

report::PictureCell picture(const Run& run, const Prediction& p) {
  const nn::data::ImageSet& set = run.test_images;
  const auto pixels = set.image(p.image);
  nn::data::Image image{set.height, set.width, {pixels.begin(), pixels.end()}};
  const std::int64_t longest = std::max(set.height, set.width);
  if (longest > kLongestSide)
    image =
        nn::data::resize_grey(image, std::max<std::int64_t>(1, set.height * kLongestSide / longest),
                              std::max<std::int64_t>(1, set.width * kLongestSide / longest));
  return {nn::data::encode_png_grey(image.pixels, image.height, image.width),
          run.classes[static_cast<std::size_t>(p.truth)],
          run.classes[static_cast<std::size_t>(p.predicted)], p.confidence};
}

void add_pictures(report::ReportData& data, const Run& run, const FinalResult& final) {
  const std::vector<Prediction> all = predictions(run, final);
  const std::size_t classes = run.classes.size();
  const std::size_t per_class =
      std::clamp<std::size_t>(kMostSamples / classes, 1, kSamplesPerClass);
  data.confusion.assign(classes, std::vector<std::uint64_t>(classes, 0));
  std::vector<std::vector<report::PictureCell>> rows(classes);
  std::vector<Prediction> wrong;
  for (const Prediction& p : all) {
    const auto truth = static_cast<std::size_t>(p.truth);
    ++data.confusion[truth][static_cast<std::size_t>(p.predicted)];
    if (rows[truth].size() < per_class) rows[truth].push_back(picture(run, p));
    if (p.truth != p.predicted) wrong.push_back(p);
  }
  for (const auto& row : rows) data.samples.insert(data.samples.end(), row.begin(), row.end());
  std::stable_sort(wrong.begin(), wrong.end(), [](const Prediction& a, const Prediction& b) {
    return a.confidence > b.confidence;
  });
  wrong.resize(std::min(wrong.size(), kMistakes));
  for (const Prediction& p : wrong) data.mistakes.push_back(picture(run, p));
}

void add_final(report::ReportData& data, const Run& run, const FinalResult& final) {
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
  data.class_names = run.classes;
  add_pictures(data, run, final);
}

}  // namespace

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final) {
  report::ReportData data;
  data.title = "Tuning " + run.data_name;
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
  if (final) add_final(data, run, *final);
  return data;
}

}  // namespace hone::app
