// The losses that come with hone.
#include "nn/train/loss.h"

#include <algorithm>

#include "base/error.h"
#include "nn/train/target.h"
#include "tensor/ops.h"

namespace hone::nn::train {

void check_target(const char* who, const std::string& name, const Shape& output,
                  const data::Dataset& data) {
  const data::Column& column = data.column(name, who);
  const Shape& shape = column.values.shape();
  check(column.values.dtype() != DType::i32,
        "{}: the column '{}' holds i32, numbers (f32, or bytes) are needed", who, printable(name));
  check(shape.rank() == output.rank() && shape.without(0) == output.without(0),
        "{}: the model gives shape {} for a batch, the column '{}' has shape {}; one value of the "
        "field for each of the output is needed",
        who, output.str(), printable(name), shape.str());
}

std::vector<double> target_values(const std::string& name, const char* who,
                                  const data::Dataset& data) {
  const data::Column& column = data.column(name, who);
  std::vector<double> values = column.values.to_vector<double>();
  if (column.values.dtype() == DType::u8)
    for (double& value : values)
      value = static_cast<double>(static_cast<float>(value) * column.normalization.scale +
                                  column.normalization.offset);
  return values;
}

const Tensor& Batch::operator[](std::string_view name) const {
  std::string known;
  for (const auto& [key, tensor] : tensors_) {
    if (key == name) return tensor;
    known += (known.empty() ? "" : ", ") + key;
  }
  fail(ErrorKind::usage, "batch: there is no tensor '{}', it has {}", printable(std::string(name)),
       printable(known));
}

Batch Batch::with(std::string_view name, const Tensor& tensor) const {
  Batch changed = *this;
  for (auto& [key, held] : changed.tensors_)
    if (key == name) held = tensor;
  return changed;
}

bool Batch::has(std::string_view name) const {
  return std::any_of(tensors_.begin(), tensors_.end(),
                     [&](const auto& entry) { return entry.first == name; });
}

Loss::Loss() : Loss(CrossEntropy{}) {}

namespace {

Tensor weights_of(const std::string& weight, const Batch& batch) {
  return weight.empty() ? Tensor() : batch[weight];
}

// A name with what is not the default.
std::string described(std::string name, const std::string& weight, double smoothing = 0) {
  if (smoothing != 0) name += fmt::format(" smoothing {}", smoothing);
  return weight.empty() ? name : name + " weight " + weight;
}

void check_weight(const char* who, const std::string& weight, const data::Dataset& data) {
  if (weight.empty()) return;
  const Tensor& values = data.column(weight, who).values;
  check(values.dtype() == DType::f32 && values.shape().rank() == 1,
        "{}: the weights '{}' are {} {}, f32 [N] is needed", who, printable(weight),
        hone::name_of(values.dtype()), values.shape().str());
}

void check_smoothing(const char* who, double smoothing) {
  check(smoothing >= 0 && smoothing < 1, "{}: label_smoothing is {}, it must be 0 or more, below 1",
        who, smoothing);
}

}  // namespace

Tensor CrossEntropy::operator()(const Tensor& output, const Batch& batch) const {
  const Tensor weights = weights_of(weight, batch);
  if (batch.has("soft_labels")) {
    Tensor soft = batch["soft_labels"];
    if (label_smoothing > 0)
      soft = ops::shift(ops::scale(soft, 1 - label_smoothing),
                        label_smoothing / static_cast<double>(soft.shape()[1]));
    return ops::soft_cross_entropy(output, soft, weights);
  }
  return ops::cross_entropy(output, batch["labels"],
                            {.label_smoothing = label_smoothing, .weights = weights});
}

std::string CrossEntropy::text() const {
  return described("cross_entropy", weight, label_smoothing);
}

void CrossEntropy::check(const Shape& output, const data::Dataset& data) const {
  hone::check(data.has_labels(), "cross_entropy: the data set has no labels");
  hone::check(output.rank() == 2 && output[1] >= data.classes(),
              "cross_entropy: the model gives shape {} for a batch of {}, [{}, {}] is needed: one "
              "logit for each of the {} classes",
              output.str(), output.rank() > 0 ? output[0] : 0, output.rank() > 0 ? output[0] : 0,
              data.classes(), data.classes());
  check_smoothing("cross_entropy", label_smoothing);
  check_weight("cross_entropy", weight, data);
}

Tensor BinaryCrossEntropy::operator()(const Tensor& output, const Batch& batch) const {
  return ops::binary_cross_entropy(
      output, batch[target],
      {.label_smoothing = label_smoothing, .weights = weights_of(weight, batch)});
}

std::string BinaryCrossEntropy::text() const {
  return described("binary_cross_entropy " + target, weight, label_smoothing);
}

void BinaryCrossEntropy::check(const Shape& output, const data::Dataset& data) const {
  check_target("binary_cross_entropy", target, output, data);
  check_smoothing("binary_cross_entropy", label_smoothing);
  check_weight("binary_cross_entropy", weight, data);
  hone::check(data.column(target, "binary_cross_entropy").standardization.empty(),
              "binary_cross_entropy: the column '{}' is standardised; zeros and ones are not",
              printable(target));
}

Tensor MeanSquaredError::operator()(const Tensor& output, const Batch& batch) const {
  return ops::mse(output, batch[target], weights_of(weight, batch));
}

std::string MeanSquaredError::text() const {
  return described("mean_squared_error " + target, weight);
}

void MeanSquaredError::check(const Shape& output, const data::Dataset& data) const {
  check_target("mean_squared_error", target, output, data);
  check_weight("mean_squared_error", weight, data);
}

Tensor MeanAbsoluteError::operator()(const Tensor& output, const Batch& batch) const {
  return ops::mae(output, batch[target], weights_of(weight, batch));
}

std::string MeanAbsoluteError::text() const {
  return described("mean_absolute_error " + target, weight);
}

void MeanAbsoluteError::check(const Shape& output, const data::Dataset& data) const {
  check_target("mae", target, output, data);
  check_weight("mae", weight, data);
}

Tensor Huber::operator()(const Tensor& output, const Batch& batch) const {
  return ops::huber(output, batch[target], delta, weights_of(weight, batch));
}

std::string Huber::text() const {
  return described(fmt::format("huber {} {}", target, delta), weight);
}

void Huber::check(const Shape& output, const data::Dataset& data) const {
  check_target("huber", target, output, data);
  check_weight("huber", weight, data);
  hone::check(delta > 0, "huber: delta is {}, it must be above 0", delta);
}

Loss make_loss(const std::string& name) {
  if (name == "cross_entropy") return CrossEntropy{};
  if (name == "binary_cross_entropy") return BinaryCrossEntropy{};
  if (name == "mse") return MeanSquaredError{};
  if (name == "mae") return MeanAbsoluteError{};
  if (name == "huber") return Huber{};
  fail(ErrorKind::usage,
       "there is no loss '{}'; there are: cross_entropy, binary_cross_entropy, mse, mae, huber",
       printable(name));
}

}  // namespace hone::nn::train
