// Dataset: samples with their labels or targets, resident on a device, shared by every trial.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/data/image_set.h"
#include "nn/data/standardization.h"
#include "tensor/tensor.h"

namespace hone::nn::data {

// A named field beside the samples: one value, or one array of values, for each of them. What a
// regression should give, a weight, several labels at once, a second picture.
struct Column {
  std::string name;  // not "x", "labels" or "soft_labels"
  // [N] or [N, ...]. f32: numbers. i32: classes, indices. u8: bytes, which batches have as f32.
  Tensor values;
  GatherParams normalization = {.scale = 1};  // of bytes: byte * scale + offset
  int classes = 0;                            // of i32: each in 0 .. classes - 1; 0: not checked
  // Of what a loss compares with: the loss sees (value - mean) * scale, so that a model learns
  // numbers of about 1 whatever the units; metrics and predictions are in the column's own.
  Standardization standardization = {};
};

// What a data set is made of. Give labels, columns, or both; samples alone can be predicted.
struct DatasetParts {
  Tensor samples;      // u8 [N, ...]: bytes; f32 and i32 [N, ...]: numbers taken as they are
  Tensor labels = {};  // i32 [N], each in 0 .. classes - 1
  int classes = 10;    // looked at with labels and without class_names only
  GatherParams normalization = {};  // of bytes: x = byte * scale + offset
  std::vector<Column> columns = {};
  // Then x = (x - mean) * scale, on the device, in every batch; not of i32.
  Standardization standardization = {};
  std::vector<std::string> class_names = {};  // in the order of the labels; empty: not known
  // Above 0, the shuffled order of an epoch is one of shards of so many samples, then one within
  // each of them, as for a set of shards on disk; and only samples of one shard are mixed.
  std::int64_t shard_rows = 0;
};

class ShardFolder;  // nn/data/shards.h

// Read-only once made, so threads may share it. All its tensors are on one device. Bytes become
// floats in gather_batch alone, by the normalisation; it, the standardisation and the names of the
// classes go along with a model that is trained on the data, and into its file.
class Dataset {
 public:
  Dataset() = default;  // empty: training, evaluation and prediction refuse it
  // Checks types, shapes and devices, and reads every number once: a label outside its range, a
  // sample or column that is not finite, a normalisation that is not finite or has a scale below 0,
  // a standardisation that does not fit, and names of classes that are empty or there twice throw
  // Error(usage) that says where.
  explicit Dataset(DatasetParts parts);

  // These three throw Error(usage) for a set that stays on disk.
  const Tensor& samples() const;
  const Tensor& labels() const;  // undefined without labels
  const std::vector<Column>& columns() const;
  int classes() const { return parts_.classes; }  // 0 without labels
  const GatherParams& normalization() const { return parts_.normalization; }
  const Standardization& standardization() const { return parts_.standardization; }
  const std::vector<std::string>& class_names() const { return parts_.class_names; }
  // The column of this name, with values as in example(); throws Error(usage) that begins with
  // `who` and lists the columns.
  const Column& column(const std::string& name, const std::string& who) const;

  bool empty() const { return !parts_.samples.defined(); }
  std::int64_t count() const { return count_; }
  bool has_labels() const { return parts_.labels.defined(); }
  DType dtype() const { return parts_.samples.dtype(); }  // of the samples
  Device& device() const { return parts_.samples.device(); }
  // Samples of a shard; 0: the set is not in shards.
  std::int64_t shard_rows() const { return parts_.shard_rows; }
  // Where the samples are when they stay on disk, else null.
  const std::shared_ptr<const ShardFolder>& shards() const { return shards_; }
  // All about the data, with tensors that hold all samples, or, of a set that stays on disk, the
  // first one alone.
  const DatasetParts& example() const { return parts_; }
  // Of one sample, [H, W, C] for images.
  Shape shape() const { return parts_.samples.shape().without(0); }

 private:
  friend Dataset open_shards(Device& device, const std::string& folder);
  void check_resident(const char* what) const;

  DatasetParts parts_;
  std::int64_t count_ = 0;
  std::shared_ptr<const ShardFolder> shards_;
};

// Copies `set` to the device. The default normalisation is x / 255. `classes` counts only for a set
// without names of the classes.
Dataset upload(Device& device, const ImageSet& set, int classes = 10,
               const GatherParams& normalization = {});

}  // namespace hone::nn::data
