// The report of a tuning study and of a training: one HTML file that needs no network and no other
// file.
//
//   report::ReportData data = report::study_report(study);      // every part of it may be changed
//   data.history = result.history;                              // of a training, if there was one
//   data.network = nn::cost(network, shape);
//   report::add_test(data, images, trainer.predict(test), {"cat", "dog"});
//   report::write_report("report.html", data);
//
// Every part that is left empty is left out of the page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/data/image_set.h"
#include "nn/network.h"
#include "nn/train/history.h"
#include "tune/study.h"
#include "tune/winner.h"

namespace hone::report {

// A value with its standard error; 0 means that the error is not known.
struct Measured {
  double value = 0;
  double standard_error = 0;
};

struct NamedValue {
  std::string name = {};
  double value = 0;
};

// Of one sample of a regression.
struct Pair {
  double truth = 0;
  double predicted = 0;
};

struct PictureCell {
  std::vector<std::uint8_t> png = {};  // a whole PNG file, at most 256 KiB
  std::string truth = {};
  std::string predicted = {};  // empty: not shown
  double confidence = 0;       // 0..1, of the predicted class; shown with `predicted`
};

// One of several objectives.
struct Objective {
  tune::Direction direction = tune::Direction::minimize;
  std::string name = {};
  std::vector<NamedValue> importances = {};  // shares of 0..1 per parameter
};

struct ReportData {
  // What this is.
  std::string title = "Tuning report";
  std::string study = {};
  std::string preset = {};
  std::string device = {};
  std::optional<std::uint64_t> seed = {};
  std::string date = {};
  std::vector<std::string> reproduce = {};  // command lines, one each

  // Of several objectives each, in the order of the trials' values, and the one of them that trials
  // report; what is said below of the value is then not looked at, and the best trials are the
  // Pareto front. Empty: one objective.
  std::vector<Objective> objectives = {};
  std::size_t reported_objective = 0;

  // The objective.
  tune::Direction direction = tune::Direction::maximize;
  std::string value_name = "value";
  bool value_is_fraction = false;  // shown as a percentage
  std::string step_name = "step";
  int first_step = 0;  // under which number step 0 of the trials is shown

  // What was found.
  std::optional<int> best_trial = {};
  double best_standard_error = 0;         // of its value; 0: not known
  std::optional<int> default_trial = {};  // the configuration one would have used without tuning
  std::optional<double> startup_median_value = {};
  // The best trials with fresh seeds; then it is their winner whose configuration is named.
  std::optional<tune::Winner> reruns = {};
  std::vector<NamedValue> importances = {};  // shares of 0..1 per parameter
  std::optional<Measured> test_accuracy = {};
  std::optional<NamedValue> test_error = {};  // of what is no classification: "RMSE"
  // What one gets without a model, to judge that by: "always the commonest class".
  std::optional<NamedValue> baseline = {};
  std::optional<double> test_loss = {};
  std::uint64_t test_images = 0;
  std::string sample_name = "pictures";  // what the samples are, in the plural

  // What it cost. 0 means not measured.
  double search_seconds = 0;
  double retraining_seconds = 0;
  double images_per_second = 0;

  // What it was found from.
  std::vector<tune::TrialRecord> trials = {};
  nn::train::History history = {};
  std::string epoch_metric = {};  // of the history, drawn where there is no accuracy: "rmse"

  // How the final network does on the test images. `confusion` is square: rows are the truth,
  // columns the prediction, one class name per row.
  std::vector<std::string> class_names = {};
  std::vector<std::vector<std::uint64_t>> confusion = {};
  std::vector<Pair> predictions = {};  // of a regression with one value; at most 5,000
  std::vector<PictureCell> samples = {};
  std::vector<PictureCell> mistakes = {};
  bool pictures_light_on_black = false;  // shown as dark ink on a light page

  nn::NetworkCost network = {};
};

// What a study says about itself: name, directions, names of the values, seed, trials, the best
// one, importances (PED-ANOVA), and as the default the first trial with the user attribute
// "default_configuration".
ReportData study_report(const tune::Study& study);

// Fills class_names, confusion, samples (some of each class) and mistakes (the surest wrong
// answers) from the grey test images, the network's probabilities for them, row-major [images,
// classes], and the names of the classes; large pictures are shrunk. Throws Error(usage) when they
// do not fit each other, for images with more than one channel, and for more than 200 classes.
void add_test(ReportData& data, const nn::data::ImageSet& images,
              std::span<const float> probabilities, const std::vector<std::string>& class_names);

// The whole page as UTF-8 text. Names and texts may hold anything: they are shown as text, never as
// markup. Values that are not finite are treated as missing. Throws Error(usage) that names the
// field when a picture is no PNG or too large, or when the confusion matrix is not square or does
// not match the class names.
std::string render_report(const ReportData& data);

// render_report() written to `path` atomically. Throws Error(storage) when the file cannot be
// written.
void write_report(const std::filesystem::path& path, const ReportData& data);

}  // namespace hone::report
