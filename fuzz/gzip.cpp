// One gzip member, read in pieces of sizes that the input chooses.
#include "nn/data/gzip.h"

#include <vector>

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} << data[0] % 16;
  const fuzz::Bytes bytes(data + 1, size - 1);
  fuzz::refusing({hone::ErrorKind::data}, "input.gz", [&] {
    GzipReader reader(bytes, "input.gz");
    std::vector<std::uint8_t> out(piece);
    std::uint64_t total = 0;
    constexpr std::uint64_t kMost = 1 << 20;
    for (std::size_t got = piece; got == piece && total < kMost; total += got)
      got = reader.read(out);
    fuzz::require(total <= gzip_largest_output(bytes.size()), "deflate never exceeds 1032 to 1");
    reader.finish();
  });
  return 0;
}
