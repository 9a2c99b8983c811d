// What makes a data set a good one, and copying one to its device.
#include "nn/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/utf8.h"

namespace hone::nn::data {
namespace {

const char* type_of(const Tensor& tensor) { return name_of(tensor.dtype()); }

void check_samples(const Tensor& samples) {
  check(samples.defined(), "dataset: there are no samples");
  check(samples.dtype() != DType::f64,
        "dataset: the samples are {}, u8 (bytes that are normalised), f32 or i32 is needed",
        type_of(samples));
  check(samples.shape().rank() >= 2 && samples.count() > 0,
        "dataset: the samples have shape {}, [N, ...] with N > 0 is needed, as [N, H, W, C] or "
        "[N, values]",
        samples.shape().str());
  check(samples.shape()[0] <= std::numeric_limits<std::int32_t>::max(),
        "dataset: {} samples are more than an order can number", samples.shape()[0]);
}

void check_labels(const Tensor& labels, std::int64_t count, int classes) {
  check(labels.dtype() == DType::i32, "dataset: the labels are {}, i32 is needed", type_of(labels));
  check(labels.shape() == Shape{count}, "dataset: {} samples need labels of shape [{}], not {}",
        count, count, labels.shape().str());
  check(classes >= 1, "dataset: classes is {}, it must be at least 1", classes);
  const auto values = labels.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    check(values[i] >= 0 && values[i] < classes,
          "dataset: label {} of sample {} is outside 0 to {}, there are {} classes", values[i], i,
          classes - 1, classes);
}

// Reads a part at a time, so that a large data set is not held twice.
void check_finite(const Tensor& values, const std::string& what) {
  constexpr std::int64_t kPart = std::int64_t{1} << 20;
  const std::int64_t each = values.count() / values.shape()[0];
  for (std::int64_t begin = 0; begin < values.count(); begin += kPart) {
    const Shape shape{std::min(kPart, values.count() - begin)};
    const std::vector<float> part = values.part(begin, shape).to_vector();
    const auto bad =
        std::find_if(part.begin(), part.end(), [](float v) { return !std::isfinite(v); });
    check(bad == part.end(), "dataset: {} of sample {} is not finite", what,
          (begin + (bad - part.begin())) / each);
  }
}

// Of bytes.
void check_normalization(const GatherParams& params, const std::string& what) {
  check(std::isfinite(params.scale) && std::isfinite(params.offset) && params.scale >= 0,
        "dataset: the normalisation{} is byte * {} + {}; both must be finite, the scale not "
        "negative",
        what, params.scale, params.offset);
}

void check_classes(const Column& column, const std::string& what) {
  check(column.classes >= 0, "dataset: {} has {} classes", what, column.classes);
  if (column.classes == 0) return;
  const auto values = column.values.to_vector<std::int32_t>();
  const std::int64_t each = column.values.count() / column.values.shape()[0];
  for (std::size_t i = 0; i < values.size(); ++i)
    check(values[i] >= 0 && values[i] < column.classes,
          "dataset: {} of sample {} is {}, outside 0 to {}", what,
          static_cast<std::int64_t>(i) / each, values[i], column.classes - 1);
}

void check_column(const Column& column, const Tensor& samples) {
  const std::string what = fmt::format("column '{}'", printable(column.name));
  check(!column.name.empty() && column.name != "x" && column.name != "labels" &&
            column.name != "soft_labels",
        "dataset: {} must have a name, other than x, labels and soft_labels", what);
  check(column.values.defined() && column.values.dtype() != DType::f64,
        "dataset: {} is {}, f32, i32 or u8 is needed", what,
        column.values.defined() ? type_of(column.values) : "undefined");
  const Shape& shape = column.values.shape();
  check(shape.rank() >= 1 && shape[0] == samples.shape()[0] && column.values.count() > 0,
        "dataset: {} has shape {}, the samples {}; one row for each sample is needed", what,
        shape.str(), samples.shape().str());
  if (column.values.dtype() == DType::f32) check_finite(column.values, what);
  if (column.values.dtype() == DType::i32) check_classes(column, what);
  const std::string wrong = column.standardization.complaint(shape.without(0));
  check(wrong.empty(), "dataset: the standardisation of {} {}", what, wrong);
  check(std::find(column.standardization.scale.begin(), column.standardization.scale.end(), 0.0f) ==
            column.standardization.scale.end(),
        "dataset: the standardisation of {} has a scale of 0, which cannot be undone", what);
  if (column.values.dtype() == DType::u8) check_normalization(column.normalization, " of " + what);
}

void check_names(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    check(!names[i].empty() && is_utf8(names[i]),
          "dataset: the name of class {} is {}; give each one as UTF-8", i,
          names[i].empty() ? "empty" : "not UTF-8");
    check(std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) ==
              names.begin() + static_cast<std::ptrdiff_t>(i),
          "dataset: two classes have the name '{}'", printable(names[i]));
  }
}

}  // namespace

Dataset::Dataset(DatasetParts parts) : parts_(std::move(parts)) {
  const Tensor& samples = parts_.samples;
  check_samples(samples);
  count_ = samples.shape()[0];
  check(parts_.shard_rows >= 0, "dataset: shard_rows is {}, it must not be negative",
        parts_.shard_rows);
  const auto check_device = [&](const Tensor& tensor, const std::string& what) {
    check(&tensor.device() == &samples.device(),
          "dataset: the samples are on device {}, {} on {}; one device is needed",
          samples.device().name(), what, tensor.device().name());
  };
  check_names(parts_.class_names);
  if (!parts_.class_names.empty()) parts_.classes = static_cast<int>(parts_.class_names.size());
  if (parts_.labels.defined()) {
    check_device(parts_.labels, "the labels");
    check_labels(parts_.labels, samples.shape()[0], parts_.classes);
  } else {
    parts_.classes = 0;
  }
  for (std::size_t i = 0; i < parts_.columns.size(); ++i) {
    const Column& column = parts_.columns[i];
    check_column(column, samples);
    check_device(column.values, fmt::format("column '{}'", printable(column.name)));
    for (std::size_t k = 0; k < i; ++k)
      check(parts_.columns[k].name != column.name, "dataset: column '{}' is there twice",
            printable(column.name));
  }
  check_normalization(parts_.normalization, "");
  const std::string wrong = parts_.standardization.complaint(shape());
  check(wrong.empty(), "dataset: the standardisation {}", wrong);
  check(parts_.standardization.empty() || samples.dtype() != DType::i32,
        "dataset: samples of i32 cannot be standardised");
  if (samples.dtype() == DType::f32) check_finite(samples, "a value");
}

void Dataset::check_resident(const char* what) const {
  check(shards_ == nullptr, "dataset: {} of a set of shards stay on disk", what);
}

const Tensor& Dataset::samples() const {
  check_resident("the samples");
  return parts_.samples;
}

const Tensor& Dataset::labels() const {
  check_resident("the labels");
  return parts_.labels;
}

const std::vector<Column>& Dataset::columns() const {
  check_resident("the columns");
  return parts_.columns;
}

const Column& Dataset::column(const std::string& name, const std::string& who) const {
  std::string known;
  for (const Column& column : parts_.columns) {
    if (column.name == name) return column;
    known += (known.empty() ? "" : ", ") + column.name;
  }
  fail(ErrorKind::usage, "{}: the data set has no column '{}'; its columns: {}", who,
       printable(name), known.empty() ? "none" : printable(known));
}

Dataset upload(Device& device, const ImageSet& set, int classes,
               const GatherParams& normalization) {
  set.validate();
  check(set.count > 0, "dataset: it is empty");
  return Dataset(
      {.samples = Tensor::from(device, std::span<const std::uint8_t>(set.pixels),
                               Shape{set.count, set.height, set.width, set.channels}),
       .labels = Tensor::from(device, std::span<const std::int32_t>(set.labels), Shape{set.count}),
       .classes = classes,
       .normalization = normalization,
       .class_names = set.class_names});
}

}  // namespace hone::nn::data
