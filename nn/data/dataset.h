// Dataset: samples with their labels or targets, resident on a device, shared by every trial.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/data/image_set.h"
#include "tensor/tensor.h"

namespace hone::nn::data {

// One value, or one array of values, for each sample: what a regression should give, a weight.
struct Column {
  std::string name;  // not "x" and not "labels"
  Tensor values;     // f32 [N] or [N, ...]
};

// What a data set is made of. Give labels, columns, or both; samples alone can be predicted.
struct DatasetParts {
  Tensor samples;      // u8 [N, ...]: bytes; f32 [N, ...]: numbers that are taken as they are
  Tensor labels = {};  // i32 [N], each in 0 .. classes - 1
  int classes = 10;    // looked at with labels only
  GatherParams normalization = {};  // of bytes: x = byte * scale + offset
  std::vector<Column> columns = {};
};

// Read-only once made, so threads may share it. All its tensors are on one device. Bytes become
// floats in gather_batch alone, by the normalisation, which model files carry along.
class Dataset {
 public:
  Dataset() = default;  // empty: training, evaluation and prediction refuse it
  // Checks types, shapes and devices, and reads every number once: a label outside its range, a
  // sample or column that is not finite, and a normalisation that is not finite or has a scale
  // below 0 throw Error(usage) that says where.
  explicit Dataset(DatasetParts parts);

  const Tensor& samples() const { return parts_.samples; }
  const Tensor& labels() const { return parts_.labels; }  // undefined without labels
  int classes() const { return parts_.classes; }          // 0 without labels
  const GatherParams& normalization() const { return parts_.normalization; }
  const std::vector<Column>& columns() const { return parts_.columns; }

  bool empty() const { return !parts_.samples.defined(); }
  std::int64_t count() const { return empty() ? 0 : parts_.samples.shape()[0]; }
  // Of one sample, [H, W, C] for images.
  Shape shape() const { return parts_.samples.shape().without(0); }

 private:
  DatasetParts parts_;
};

// Copies `set` to the device. The default normalisation is x / 255.
Dataset upload(Device& device, const ImageSet& set, int classes = 10,
               const GatherParams& normalization = {});

}  // namespace hone::nn::data
