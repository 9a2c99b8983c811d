// The metrics that come with hone, besides accuracy, which every loss that classifies has.
//
// MeanSquaredError and MeanAbsoluteError are losses, too (nn/train/loss.h), and additive. All
// others are worked out on the host, in double, from the outputs of a whole data set, so that they
// depend neither on batches nor on their order; see KeptOutputs. Of a class that the data do not
// have, and of one that is never predicted, a share that would be 0 / 0 is 0.
#pragma once

#include <string>
#include <vector>

#include "nn/train/loss.h"

namespace hone::nn::train {

// The metric of this name with its options as they are: "top_5" (any number), "precision",
// "recall", "f1", "auc", "calibration_error", "binary_accuracy", "mae", "median_ae", "rmse", "r2".
// Throws Error(usage) that lists them for another name.
Metric make_metric(const std::string& name);

// --- of a classification: output [N, C] are logits of the labels ---

// The share of samples whose label is among the k largest outputs; of equal ones the first wins.
// "top_5".
struct TopK {
  int k = 5;
  static constexpr bool kLowerIsBetter = false;
  std::string name() const;
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// Of what was predicted as a class, the share that is of it. Without `of` the mean over all classes
// (macro). "precision", "precision_2".
struct Precision {
  int of = -1;  // a class; -1: all
  static constexpr bool kLowerIsBetter = false;
  std::string name() const;
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// Of what is of a class, the share that was predicted as it. "recall".
struct Recall {
  int of = -1;
  static constexpr bool kLowerIsBetter = false;
  std::string name() const;
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// 2 / (1 / precision + 1 / recall). "f1".
struct F1 {
  int of = -1;
  static constexpr bool kLowerIsBetter = false;
  std::string name() const;
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// How far the probability of the predicted class is from the share of right predictions, in `bins`
// equal bins of that probability, weighted by their samples. Source: Guo et al., arXiv 1706.04599.
// "calibration_error".
struct CalibrationError {
  int bins = 15;
  static constexpr bool kLowerIsBetter = true;
  std::string name() const { return "calibration_error"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// The probability that a sample of a class has a higher score for it than one that is not; equal
// scores count half. Without `target` the output [N, C] are logits of the labels: for two classes
// that of class 1, for more the mean over the classes that the data have, each against the others.
// With `target` the output are logits of that column's zeros and ones, and it is the mean over the
// outputs. NaN where a class is all or nothing. "auc".
struct Auc {
  std::string target = {};
  static constexpr bool kLowerIsBetter = false;
  std::string name() const { return "auc"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// Of zeros and ones in a column, the share that the sign of the logit names. "binary_accuracy".
struct BinaryAccuracy {
  std::string target = "target";
  static constexpr bool kLowerIsBetter = false;
  std::string name() const { return "binary_accuracy"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// --- of a regression: output and the column `target` have one shape ---

// The median of |output - target| over all values, the mean of the two middle ones when their
// number is even. "median_ae".
struct MedianAbsoluteError {
  static constexpr bool kLowerIsBetter = true;
  std::string target = "target";
  std::string name() const { return "median_ae"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// sqrt(mean((output - target)^2)). "rmse".
struct RootMeanSquaredError {
  static constexpr bool kLowerIsBetter = true;
  std::string target = "target";
  std::string name() const { return "rmse"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// 1 - sum((output - target)^2) / sum((target - mean)^2), the mean over the values of a sample: 1 is
// perfect, 0 is as good as the mean. A target that never varies counts as 0. "r2".
struct R2 {
  static constexpr bool kLowerIsBetter = false;
  std::string target = "target";
  std::string name() const { return "r2"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

}  // namespace hone::nn::train
