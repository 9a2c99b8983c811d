// Safetensors files: what is accepted is written again and read as the same.
#include "nn/io/safetensors.h"

#include <vector>

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::io;
  fuzz::refusing({hone::ErrorKind::data}, "input.safetensors", [&] {
    const SafetensorsFile file = SafetensorsFile::parse({data, size}, "input.safetensors");
    std::vector<TensorData> tensors;
    std::uint64_t end = 0;
    for (const SafetensorsFile::Entry& entry : file.entries()) {
      fuzz::require(entry.begin == end, "arrays lie side by side");
      end = entry.end;
      tensors.push_back(file.read(entry));
      fuzz::require(&file.entry(entry.name) == &entry, "entry() finds every entry");
    }
    const std::vector<std::uint8_t> again = write_safetensors(tensors, file.metadata());
    const SafetensorsFile copy = SafetensorsFile::parse(again, "copy");
    fuzz::require(copy.metadata() == file.metadata(), "the metadata come back");
    for (const TensorData& tensor : tensors) {
      const TensorData back = copy.read(copy.entry(tensor.name));
      fuzz::require(
          back.dtype == tensor.dtype && back.shape == tensor.shape && back.bytes == tensor.bytes,
          "the arrays come back");
    }
  });
  return 0;
}
