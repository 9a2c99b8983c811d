// Safetensors: named arrays in one file, safe to read from strangers.
//
// Layout: u64 little-endian length of the header; the header, a JSON object {name: {dtype, shape,
// data_offsets: [begin, end]}, "__metadata__": {text: text}}; the data. Source: the format's
// README, github.com/huggingface/safetensors.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensor/tensor.h"

namespace hone {
class InputFile;
}

namespace hone::nn::io {

inline constexpr std::uint64_t kSafetensorsHeaderLimit = 16u << 20;

// One array with its bytes, little-endian and row-major.
struct TensorData {
  std::string name;
  std::string dtype;  // "F32", "F64", "I32", "U8", ...
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;
};

// Between tensors and bytes. upload() throws Error(data) that begins with `where` when type or
// shape differ. Both refuse to run inside a StepGraph step.
TensorData download(const std::string& name, const Tensor& tensor);
void upload(const TensorData& data, const Tensor& tensor, const std::string& where);

using TensorMetadata = std::map<std::string, std::string>;

// The bytes of a file. Throws Error(usage) for a name given twice, a size that does not fit its
// shape, text that is not UTF-8, and a header above the limit. The data start at a multiple of 8
// bytes, wider types first.
std::vector<std::uint8_t> write_safetensors(const std::vector<TensorData>& tensors,
                                            const TensorMetadata& metadata);

// A header that was read and checked; the arrays are read on demand.
//
// Refused, with an Error(data) that names the file and the field, before anything of the announced
// size is allocated: a header above 16 MiB or past the end of the file, JSON that is not an object,
// is nested deeper than 8 or has more than 4 million values, a key given twice, an unknown type, a
// byte range that is not product(shape) * size of the type, holes, overlaps, and bytes after the
// last array.
class SafetensorsFile {
 public:
  struct Entry {
    std::string name, dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  // bytes, from the start of the data
  };

  // Keeps the file open: all arrays come from one file, even if its name is given to another.
  static SafetensorsFile open(const std::string& path);
  // From memory, which must outlive the result; `name` stands for the file in messages.
  static SafetensorsFile parse(std::span<const std::uint8_t> bytes, const std::string& name);

  const std::vector<Entry>& entries() const { return entries_; }  // in the order of their data
  const TensorMetadata& metadata() const { return metadata_; }
  const std::string& name() const { return name_; }
  bool has(const std::string& tensor) const;
  // Throws Error(data) when there is no such tensor.
  const Entry& entry(const std::string& tensor) const;
  TensorData read(const Entry& entry) const;

 private:
  void parse_header(std::string_view text, std::uint64_t data_bytes);

  std::string name_;
  std::shared_ptr<const InputFile> file_;  // or
  std::span<const std::uint8_t> memory_;   // the whole file
  std::uint64_t data_start_ = 0;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> by_name_;  // index into entries_
  TensorMetadata metadata_;
};

}  // namespace hone::nn::io
