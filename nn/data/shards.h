// Sets of shards: a data set cut into files of equally many samples, for training on more than
// memory holds.
//
// Layout of the folder: shards.json says what the set is (counts, fields, classes, normalisation,
// standardisation, the digest of each shard); shard-00000.safetensors and so on hold `rows` samples
// each, the last one what is left: the arrays "x", "labels" and "column NAME".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/io/safetensors.h"

namespace hone {
class JsonNode;
}

namespace hone::nn::data {

// Writes a set, a part at a time, so that it may be larger than memory. Holds one shard.
class ShardWriter {
 public:
  // Makes the folder where there is none. `rows`: samples in a shard; while training, memory holds
  // up to four shards. Throws Error(usage) for rows below 1 and a folder that has a set already,
  // Error(storage) when it cannot be written.
  ShardWriter(const std::string& folder, std::int64_t rows);
  // The samples of `part` come next. All parts must agree in fields, classes and how samples are
  // preprocessed: Error(usage) says where they do not.
  void append(const Dataset& part);
  // Writes the last shard, and shards.json: without it the folder is no set.
  void finish();

 private:
  void write_shard();

  std::string folder_;
  std::int64_t rows_;
  std::string about_;                   // JSON, of the first part
  std::vector<io::TensorData> fields_;  // the samples of the shard that is not full yet
  std::int64_t held_ = 0, count_ = 0;
  std::vector<std::string> digests_;
};

// All of a data set that is in memory.
void write_shards(const std::string& folder, const Dataset& data, std::int64_t rows);

// A set that was written, for reading. Any thread.
class ShardFolder {
 public:
  // Throws Error(data) that names the file and the field.
  explicit ShardFolder(const std::string& folder);

  std::int64_t count() const { return count_; }
  std::int64_t rows() const { return rows_; }  // of every shard but the last
  std::int64_t shards() const { return (count_ + rows_ - 1) / rows_; }
  std::int64_t rows_of(std::int64_t shard) const;
  // Of everything in the set.
  const std::string& digest() const { return digest_; }

  // The arrays of a shard, in the order "x", "labels", columns. Throws Error(data) that names the
  // file when it is missing, damaged, or of another set.
  std::vector<io::TensorData> read(std::int64_t shard) const;
  // Some rows of a shard as the parts of a data set on `device`.
  DatasetParts parts(Device& device, std::int64_t shard, std::int64_t rows) const;

 private:
  struct Field {
    std::string name, dtype;
    std::vector<std::int64_t> shape;  // of one sample
  };
  void read_about(const JsonNode& about);

  std::string folder_;
  std::int64_t count_ = 0, rows_ = 0;
  std::vector<Field> fields_;
  DatasetParts about_;  // without tensors
  std::vector<std::string> digests_;
  std::string digest_;
};

// Whether the folder holds a set of shards.
bool is_shard_folder(const std::string& folder);

// The set as a data set whose samples stay on the disk: each pass over it, in training and in
// evaluation, has two buffers of one shard each on the device and a thread that reads ahead. Throws
// as ShardFolder does.
Dataset open_shards(Device& device, const std::string& folder);

// The same in memory. Training gives the same bits either way.
Dataset load_shards(Device& device, const std::string& folder);

}  // namespace hone::nn::data
