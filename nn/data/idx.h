// Reading IDX files (the format of MNIST and Fashion-MNIST), plain or packed with gzip.
//
// Format: two zero bytes, a type code, the rank, one big-endian 32-bit size per dimension, then the
// values, last dimension fastest (Y. LeCun, "The MNIST database"). Only unsigned bytes (type 0x08)
// are read here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/data/image_set.h"

namespace hone::nn::data {

inline constexpr std::uint64_t kIdxByteLimit = std::uint64_t{1} << 30;

struct IdxOptions {
  std::int32_t classes = 10;                 // labels must be 0 .. classes-1
  std::uint64_t byte_limit = kIdxByteLimit;  // most bytes that one array may have, and one file
};

// One IDX file whose header has been read and checked; the values are unpacked on demand.
//
// The header decides how much is ever unpacked. It is refused, before anything is allocated for the
// values, when it announces more than `byte_limit` or more than the size of the file can hold.
// Every refusal is an Error(data) that names the file and the field.
class IdxFile {
 public:
  // Whether a file is gzip is seen from its bytes, not from its name.
  static IdxFile open(const std::string& path, std::uint64_t byte_limit = kIdxByteLimit);
  // From bytes in memory; `name` stands for the file in messages.
  static IdxFile parse(std::vector<std::uint8_t> bytes, std::string name,
                       std::uint64_t byte_limit = kIdxByteLimit);

  const std::string& name() const { return name_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }  // rank 1..4, every size > 0
  std::int64_t value_count() const { return value_count_; }

  // All values. Throws unless the file holds exactly what the header announces.
  std::vector<std::uint8_t> values() const;

 private:
  IdxFile(std::vector<std::uint8_t> bytes, std::string name);
  void parse_header(std::span<const std::uint8_t> head, std::uint64_t byte_limit);
  std::size_t header_bytes() const { return 4 + 4 * shape_.size(); }

  std::vector<std::uint8_t> bytes_;  // the file as it is on disk
  std::string name_;
  bool packed_ = false;
  std::vector<std::int64_t> shape_;
  std::int64_t value_count_ = 0;
};

// An image file [count, height, width] (one channel) or [count, height, width, channels], and its
// label file [count]. Throws Error(data) when either file is bad, the counts differ, or a label is
// not in 0..classes-1, and Error(usage) for classes outside 1..256; both headers are checked before
// any pixel is unpacked.
ImageSet load_idx(const std::string& images_path, const std::string& labels_path,
                  const IdxOptions& options = {});

}  // namespace hone::nn::data
