// Batches of a data set, made on its device. Internal to nn/train.
#pragma once

#include <optional>
#include <span>

#include "nn/model.h"
#include "nn/preprocess.h"
#include "nn/train/augmenter.h"
#include "nn/train/loss.h"

namespace hone::nn::train {

// The order of a pass, the cursor, and what is read at it: bytes become floats, samples are
// standardised. All addresses stay, so that a recorded step goes on from the cursor.
class BatchSource {
 public:
  // Needs a BackendScope of the backend that it reads with.
  BatchSource(Backend& backend, const data::Dataset& data);

  // From here on batches are augmented.
  void augment(const std::vector<Augmentation>& kinds, std::uint64_t seed);

  // Starts over in this order at row `first`; `epoch` is a key of the augmentation.
  void begin(std::span<const std::int32_t> order, std::int64_t first, std::int64_t epoch);
  // Starts over in the order that was.
  void rewind();
  // The next `rows` samples with all that belongs to them; advance() moves on.
  Batch gather(int rows) const;
  void advance(int rows) const;

 private:
  // A batch as it is read, with the samples before they are standardised.
  struct Rows {
    Tensor x, labels, soft_labels;
    std::vector<Tensor> columns;  // those of the data set
  };
  Rows read(const Tensor& order, int rows) const;
  void augment(Rows& batch, int rows) const;

  Backend& backend_;
  data::Dataset data_;  // handles; keeps the samples alive
  Standardizer standardize_;
  Tensor order_, cursor_;
  std::optional<Augmenter> augmenter_;
};

}  // namespace hone::nn::train
