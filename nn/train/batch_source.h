// Batches of a data set, made on its device. Internal to nn/train.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nn/model.h"
#include "nn/preprocess.h"
#include "nn/train/augmenter.h"
#include "nn/train/loss.h"
#include "nn/train/shard_stream.h"

namespace hone::nn::train {

// 0, 1, ... count - 1.
std::vector<std::int32_t> in_order(std::int64_t count);
// Throws Error(usage) that begins with `who` unless the model can take the samples.
void check_data(const Model& model, const data::Dataset& data, const char* who);

// The order of a pass, the cursor, and what is read at it: bytes become floats, samples are
// standardised. All addresses stay, so that a recorded step goes on from the cursor.
//
// Of a set that stays on disk two shards are on the device, one in either half of the buffers; the
// order that verbs read by then counts rows of the buffers. A shard is brought before the first
// batch that reads it, when no batch reads the one it replaces any more.
class BatchSource {
 public:
  // Needs a BackendScope of the backend that it reads with, for as many models as batches have.
  BatchSource(Backend& backend, const data::Dataset& data);

  // From here on batches are augmented.
  void augment(const std::vector<Augmentation>& kinds, std::uint64_t seed);

  // The order and the place of one member of a model that has several; they do not augment, and all
  // samples are on the device.
  void begin_member(int member, std::span<const std::int32_t> order, std::int64_t first);
  // Starts over in this order at row `first`; `epoch` is a key of the augmentation.
  void begin(std::span<const std::int32_t> order, std::int64_t first, std::int64_t epoch);
  // Starts over in the order that was.
  void rewind();
  // Before the verbs of a batch that ends before row `end` of the order are given. Throws
  // Error(data) where a shard cannot be read.
  void bring(std::int64_t end);
  // Whether bring() may have something to do.
  bool streams() const { return stream_ != nullptr; }
  // The next `rows` samples with all that belongs to them; advance() moves on.
  Batch gather(int rows) const;
  void advance(int rows) const;

 private:
  // A batch as it is read, with the samples before they are standardised.
  struct Rows {
    Tensor x, labels, soft_labels;
    std::vector<Tensor> columns;  // those of the data set
  };
  // The rows of the order that one shard fills; they begin at `begin`.
  struct Visit {
    std::int64_t shard = 0, begin = 0;
  };
  Rows read(const Tensor& order, int rows) const;
  void augment(Rows& batch, int rows) const;
  void make_buffers();
  void plan(std::span<const std::int32_t> order);
  void start(std::int64_t first);
  // Where the samples of the list, each in the shard that its place in the order reads, are in the
  // buffers.
  std::vector<std::int32_t> places(std::span<const std::int32_t> samples) const;

  Backend& backend_;
  data::Dataset data_;        // handles; keeps the samples alive
  data::DatasetParts parts_;  // what is read from: all of the data, or the buffers
  Standardizer standardize_;
  Tensor order_, cursor_;  // of the samples
  Tensor rows_;            // the same by rows of parts_
  Tensor partner_rows_;    // of the samples that are mixed in
  std::optional<Augmenter> augmenter_;
  std::vector<Visit> visits_;
  std::size_t next_visit_ = 0;           // the first that is not there
  std::unique_ptr<ShardStream> stream_;  // null: all samples are on the device
};

}  // namespace hone::nn::train
