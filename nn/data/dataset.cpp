// What makes a data set a good one, and copying one to its device.
#include "nn/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace hone::nn::data {
namespace {

const char* type_of(const Tensor& tensor) { return name_of(tensor.dtype()); }

void check_samples(const Tensor& samples) {
  check(samples.defined(), "dataset: there are no samples");
  check(samples.dtype() == DType::u8 || samples.dtype() == DType::f32,
        "dataset: the samples are {}, u8 (bytes that are normalised) or f32 is needed",
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

void check_column(const Column& column, const Tensor& samples) {
  const std::string what = fmt::format("column '{}'", printable(column.name));
  check(!column.name.empty() && column.name != "x" && column.name != "labels",
        "dataset: {} must have a name, other than x and labels", what);
  check(column.values.defined() && column.values.dtype() == DType::f32,
        "dataset: {} is {}, f32 is needed", what,
        column.values.defined() ? type_of(column.values) : "undefined");
  const Shape& shape = column.values.shape();
  check(shape.rank() >= 1 && shape[0] == samples.shape()[0] && column.values.count() > 0,
        "dataset: {} has shape {}, the samples {}; one row for each sample is needed", what,
        shape.str(), samples.shape().str());
  check_finite(column.values, what);
}

}  // namespace

Dataset::Dataset(DatasetParts parts) : parts_(std::move(parts)) {
  const Tensor& samples = parts_.samples;
  check_samples(samples);
  const auto check_device = [&](const Tensor& tensor, const std::string& what) {
    check(&tensor.device() == &samples.device(),
          "dataset: the samples are on device {}, {} on {}; one device is needed",
          samples.device().name(), what, tensor.device().name());
  };
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
  const GatherParams& normalization = parts_.normalization;
  check(std::isfinite(normalization.scale) && std::isfinite(normalization.offset) &&
            normalization.scale >= 0,
        "dataset: the normalisation is byte * {} + {}; both must be finite, the scale not negative",
        normalization.scale, normalization.offset);
  if (samples.dtype() == DType::f32) check_finite(samples, "a value");
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
       .normalization = normalization});
}

}  // namespace hone::nn::data
