// The losses and metrics that come with hone.
#include "nn/train/loss.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/ops.h"

namespace hone::nn::train {
namespace {

// The field `name` of the data set, whose rows must look like the output's.
const data::Column& target_of(const char* who, const std::string& name, const Shape& output,
                              const data::Dataset& data) {
  std::string known;
  for (const data::Column& column : data.columns()) {
    known += (known.empty() ? "" : ", ") + column.name;
    if (column.name != name) continue;
    const Shape& shape = column.values.shape();
    check(
        shape.rank() == output.rank() && shape.without(0) == output.without(0),
        "{}: the model gives shape {} for a batch, the column '{}' has shape {}; one value of the "
        "field for each of the output is needed",
        who, output.str(), printable(name), shape.str());
    return column;
  }
  fail(ErrorKind::usage, "{}: the data set has no column '{}'; its columns: {}", who,
       printable(name), known.empty() ? "none" : printable(known));
}

}  // namespace

const Tensor& Batch::operator[](std::string_view name) const {
  std::string known;
  for (const auto& [key, tensor] : tensors_) {
    if (key == name) return tensor;
    known += (known.empty() ? "" : ", ") + key;
  }
  fail(ErrorKind::usage, "batch: there is no tensor '{}', it has {}", printable(std::string(name)),
       printable(known));
}

bool Batch::has(std::string_view name) const {
  return std::any_of(tensors_.begin(), tensors_.end(),
                     [&](const auto& entry) { return entry.first == name; });
}

Loss::Loss() : Loss(CrossEntropy{}) {}

Tensor CrossEntropy::operator()(const Tensor& output, const Batch& batch) const {
  return ops::softmax_cross_entropy(output, batch["labels"]);
}

void CrossEntropy::check(const Shape& output, const data::Dataset& data) const {
  hone::check(data.labels().defined(), "cross_entropy: the data set has no labels");
  hone::check(output.rank() == 2 && output[1] >= data.classes(),
              "cross_entropy: the model gives shape {} for a batch of {}, [{}, {}] is needed: one "
              "logit for each of the {} classes",
              output.str(), output.rank() > 0 ? output[0] : 0, output.rank() > 0 ? output[0] : 0,
              data.classes(), data.classes());
}

Tensor MeanSquaredError::operator()(const Tensor& output, const Batch& batch) const {
  return ops::mean(ops::square(output - batch[target]));
}

void MeanSquaredError::check(const Shape& output, const data::Dataset& data) const {
  target_of("mean_squared_error", target, output, data);
}

Tensor MeanAbsoluteError::operator()(const Tensor& output, const Batch& batch) const {
  return ops::mean(ops::abs(output - batch[target]));
}

void MeanAbsoluteError::check(const Shape& output, const data::Dataset& data) const {
  target_of("mae", target, output, data);
}

void MedianAbsoluteError::check(const Shape& output, const data::Dataset& data) const {
  target_of("median_ae", target, output, data);
}

double MedianAbsoluteError::operator()(const KeptOutputs& outputs) const {
  std::vector<float> errors;
  for (const data::Column& column : outputs.data.columns())
    if (column.name == target) errors = column.values.to_vector();
  hone::check(errors.size() == outputs.values.size() && !errors.empty(),
              "median_ae: the column '{}' has {} values, the outputs {}", printable(target),
              errors.size(), outputs.values.size());
  for (std::size_t i = 0; i < errors.size(); ++i)
    errors[i] = std::fabs(outputs.values[i] - errors[i]);
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::nth_element(errors.begin(), middle, errors.end());
  const double upper = *middle;
  if (errors.size() % 2 == 1) return upper;
  return (upper + *std::max_element(errors.begin(), middle)) / 2;
}

}  // namespace hone::nn::train
