// The report of a tuning study and of the final training: one HTML file that needs no network and
// no other file. The caller fills ReportData; every part that is left empty is left out of the
// page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hone::report {

enum class Direction { minimize, maximize };
enum class TrialState { complete, pruned, failed, running, waiting };
enum class ParamKind { floating, integer, categorical };

// A value with its standard error; 0 means that the error is not known.
struct Measured {
  double value = 0;
  double standard_error = 0;
};

struct NamedText {
  std::string name = {};
  std::string text = {};
};

struct NamedValue {
  std::string name = {};
  double value = 0;
};

struct ParamValue {
  std::string name = {};
  ParamKind kind = ParamKind::floating;
  bool log = false;        // sampled on a log scale: drawn on a log axis
  double value = 0;        // the number itself; for a categorical parameter the index of its choice
  std::string label = {};  // the text of a categorical choice; other kinds may leave it empty
};

struct StepValue {
  std::int64_t step = 0;  // the epoch, counted from 1
  double value = 0;
};

struct TrialRow {
  std::int64_t number = 0;
  TrialState state = TrialState::complete;
  std::optional<double>
      value;  // in the units of the objective; a pruned trial may carry its last one
  std::vector<ParamValue> params = {};
  std::vector<StepValue> intermediate = {};  // in ascending order of step
  std::string reason = {};                   // in words: why it was pruned, or why it failed
  double seconds = 0;
  bool is_default = false;  // the configuration one would have used without tuning
};

// One epoch of the final training. A value that was not measured is empty.
struct EpochRow {
  int epoch = 0;  // counted from 1
  double loss = 0;
  double accuracy = 0;  // 0..1
  std::optional<double> val_loss = {};
  std::optional<double> val_accuracy = {};
  std::optional<double> learning_rate = {};  // the rate this epoch was trained with
};

struct PictureCell {
  std::vector<std::uint8_t> png = {};  // a whole PNG file, at most 256 KiB
  std::string truth = {};
  std::string predicted = {};  // empty: not shown
  double confidence = 0;       // 0..1, of the predicted class; shown with `predicted`
};

struct LayerRow {
  std::string name = {};
  std::string output_shape = {};
  std::uint64_t parameters = 0;
  std::uint64_t flops = 0;             // of one forward pass of one image
  std::uint64_t activation_bytes = 0;  // kept for the backward pass, one image
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

  // The objective.
  Direction direction = Direction::maximize;
  std::string value_name = "validation accuracy";
  bool value_is_fraction = true;  // shown as a percentage
  std::string step_name = "epoch";

  // What was found.
  std::optional<std::int64_t> best_trial = {};
  std::optional<Measured> best_value = {};
  std::optional<double> default_value = {};
  std::optional<double> startup_median_value = {};
  std::vector<NamedText> best_params = {};
  std::vector<NamedValue> importances = {};  // shares of 0..1 per parameter
  std::optional<Measured> test_accuracy = {};
  std::optional<double> test_loss = {};
  std::uint64_t test_images = 0;

  // What it cost. 0 means not measured.
  double search_seconds = 0;
  double retraining_seconds = 0;
  double images_per_second = 0;

  // What it was found from. The counts of finished, pruned and failed trials come from `trials`.
  std::vector<TrialRow> trials = {};
  std::vector<EpochRow> history = {};

  // How the final network does on the test images. `confusion` is square: rows are the truth,
  // columns the prediction, one class name per row.
  std::vector<std::string> class_names = {};
  std::vector<std::vector<std::uint64_t>> confusion = {};
  std::vector<PictureCell> samples = {};
  std::vector<PictureCell> mistakes = {};
  bool pictures_light_on_black = false;  // shown as dark ink on a light page

  std::vector<LayerRow> layers = {};
};

// The whole page as UTF-8 text. Names and texts may hold anything: they are shown as text, never as
// markup. Values that are not finite are treated as missing. Throws Error(usage) that names the
// field when a picture is no PNG or too large, or when the confusion matrix is not square or does
// not match the class names.
std::string render_report(const ReportData& data);

// render_report() written to `path` atomically. Throws Error(storage) when the file cannot be
// written.
void write_report(const std::filesystem::path& path, const ReportData& data);

}  // namespace hone::report
