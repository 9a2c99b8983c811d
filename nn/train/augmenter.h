// What augmentations do, on the device: the tables of an epoch and the verbs that read them.
// Internal to nn/train.
#pragma once

#include <span>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/train/augmentation.h"
#include "tensor/tensor.h"

namespace hone::nn::train {

// Which samples a batch holds: order[cursor + i].
struct Place {
  Tensor order, cursor;
};

class Augmenter {
 public:
  // Throws Error(usage) where a kind does not fit the samples. Needs a BackendScope.
  Augmenter(const std::vector<Augmentation>& kinds, const data::Dataset& data, std::uint64_t seed);

  // Draws what happens to every sample in this epoch and uploads it. Gives the samples that are
  // mixed in, by place in the order; none unless mixes(). Needs a BackendScope.
  std::vector<std::int32_t> begin(std::int64_t epoch, std::span<const std::int32_t> order);

  // Geometry and values of x [N, ...sample], whose rows are the samples at `place`.
  Tensor changed(const Tensor& x, const Place& place) const;
  bool mixes() const { return (changes_ & kMixing) != 0; }
  // i32 [samples]: by the place in the epoch's order, the sample that is mixed in there.
  const Tensor& partners() const { return partners_; }
  // x of the samples at `place` with that of their partners.
  Tensor mixed(const Tensor& x, const Tensor& partner, const Place& place) const;
  // The same of other values, by the shares alone; of labels (i32 [N]), [N, classes].
  Tensor mixed_values(const Tensor& values, const Tensor& partner, const Place& place) const;
  Tensor soft_labels(const Tensor& labels, const Tensor& partner, const Place& place) const;
  // The kinds' own functions.
  Tensor finished(const Tensor& x, const Place& place) const;

 private:
  SampleChange draw(std::int64_t epoch, std::int64_t sample) const;

  std::vector<Augmentation> kinds_;
  unsigned changes_ = 0;
  SampleOf of_;
  std::int64_t shard_rows_;  // only samples of one shard are mixed
  std::uint64_t seed_;
  // By sample; undefined where nothing needs them.
  Tensor maps_, values_, mixing_, shares_, own_;
  Tensor partners_;
  Tensor classes_;  // f32 [classes, classes], the identity; undefined without labels to mix
  Tensor start_;    // i32 [1], 0
};

}  // namespace hone::nn::train
