// Filling the report from a study and from the predictions for test images.
#include <algorithm>

#include "apps/report/report.h"
#include "base/error.h"
#include "nn/data/png.h"
#include "tune/analysis/importance.h"
#include "tune/pareto.h"

namespace hone::report {
namespace {

constexpr std::size_t kMostClasses = 200;
constexpr std::size_t kSamplesPerClass = 8, kMostSamples = 400, kMistakes = 24;
constexpr std::int64_t kLongestSide = 128;  // pixels of a picture

struct Prediction {
  std::int64_t image = 0;
  std::size_t truth = 0, predicted = 0;
  double confidence = 0;
};

std::vector<Prediction> predictions(const nn::data::ImageSet& images,
                                    std::span<const float> probabilities, std::size_t classes) {
  std::vector<Prediction> list;
  for (std::int64_t i = 0; i < images.count; ++i) {
    const auto row = probabilities.subspan(static_cast<std::size_t>(i) * classes, classes);
    const auto largest = std::max_element(row.begin(), row.end());
    const std::int32_t truth = images.labels[static_cast<std::size_t>(i)];
    check(truth >= 0 && static_cast<std::size_t>(truth) < classes,
          "report: image {} has label {}, there are {} class names", i, truth, classes);
    list.push_back({i, static_cast<std::size_t>(truth),
                    static_cast<std::size_t>(largest - row.begin()),
                    static_cast<double>(*largest)});
  }
  return list;
}

std::vector<std::uint8_t> small_png(const nn::data::ImageSet& images, std::int64_t index) {
  const auto pixels = images.image(index);
  nn::data::Image image{images.height, images.width, {pixels.begin(), pixels.end()}};
  const std::int64_t longest = std::max(image.height, image.width);
  const auto shrunk = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, side * kLongestSide / longest);
  };
  if (longest > kLongestSide)
    image = nn::data::resize_grey(image, shrunk(image.height), shrunk(image.width));
  return nn::data::encode_png_grey(image.pixels, image.height, image.width);
}

}  // namespace

ReportData study_report(const tune::Study& study) {
  ReportData data;
  data.title = "Tuning " + study.name();
  data.study = study.name();
  data.seed = study.seed();
  data.trials = study.trials();
  const std::vector<std::string> names = study.metric_names();
  const std::size_t count = study.directions().size();
  for (std::size_t k = 0; k < count; ++k) {
    Objective objective{
        study.directions()[k], names.empty() ? fmt::format("objective {}", k) : names[k], {}};
    const std::vector<tune::TrialRecord> trials = tune::of_objective(data.trials, k);
    if (tune::values_differ(trials))
      for (const tune::Importance& one : tune::ped_anova(trials, objective.direction))
        objective.importances.push_back({one.parameter, one.value});
    data.objectives.push_back(std::move(objective));
  }
  if (count > 1) {
    data.reported_objective = static_cast<std::size_t>(study.reported_objective());
  } else {
    data.direction = data.objectives.front().direction;
    if (!names.empty()) data.value_name = names.front();
    data.importances = std::move(data.objectives.front().importances);
    data.objectives.clear();
    for (const tune::TrialRecord& best : study.best_trials())
      if (!data.best_trial) data.best_trial = best.number;
  }
  data.default_trial = tune::default_trial(data.trials);
  if (count == 1) data.reruns = tune::winner_of(data.trials, study.reruns(), study.direction());
  return data;
}

void add_test(ReportData& data, const nn::data::ImageSet& images,
              std::span<const float> probabilities, const std::vector<std::string>& class_names) {
  const std::size_t classes = class_names.size();
  check(classes >= 1 && classes <= kMostClasses,
        "report: there are {} class names, 1 to {} can be "
        "shown",
        classes, kMostClasses);
  check(images.channels == 1, "report: the test images have {} channels, grey ones have 1",
        images.channels);
  check(probabilities.size() == static_cast<std::size_t>(images.count) * classes,
        "report: {} images and {} classes need {} probabilities, there are {}", images.count,
        classes, static_cast<std::size_t>(images.count) * classes, probabilities.size());
  const std::size_t per_class =
      std::clamp<std::size_t>(kMostSamples / classes, 1, kSamplesPerClass);
  const auto cell = [&](const Prediction& p) {
    return PictureCell{small_png(images, p.image), class_names[p.truth], class_names[p.predicted],
                       p.confidence};
  };
  data.class_names = class_names;
  data.confusion.assign(classes, std::vector<std::uint64_t>(classes, 0));
  std::vector<std::vector<PictureCell>> rows(classes);
  std::vector<Prediction> wrong;
  for (const Prediction& p : predictions(images, probabilities, classes)) {
    ++data.confusion[p.truth][p.predicted];
    if (rows[p.truth].size() < per_class) rows[p.truth].push_back(cell(p));
    if (p.truth != p.predicted) wrong.push_back(p);
  }
  data.samples.clear();
  for (const auto& row : rows) data.samples.insert(data.samples.end(), row.begin(), row.end());
  std::stable_sort(wrong.begin(), wrong.end(), [](const Prediction& a, const Prediction& b) {
    return a.confidence > b.confidence;
  });
  wrong.resize(std::min(wrong.size(), kMistakes));
  data.mistakes.clear();
  for (const Prediction& p : wrong) data.mistakes.push_back(cell(p));
}

}  // namespace hone::report
