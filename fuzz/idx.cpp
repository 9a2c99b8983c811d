// IDX files, plain and packed.
#include "nn/data/idx.h"

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  constexpr std::uint64_t kLimit = 1 << 20;
  fuzz::refusing({hone::ErrorKind::data}, "input.idx", [&] {
    const IdxFile file = IdxFile::parse({data, data + size}, "input.idx", kLimit);
    std::int64_t count = 1;
    for (const std::int64_t extent : file.shape()) count *= extent;
    fuzz::require(count == file.value_count() && count <= std::int64_t{kLimit},
                  "value_count() is the product of the shape, within the limit");
    fuzz::require(static_cast<std::int64_t>(file.values().size()) == count,
                  "values() has as many values as the header announces");
  });
  return 0;
}
