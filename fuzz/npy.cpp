// Arrays of NumPy, alone and in archives. Checksums of archives are made right first.
#include "nn/data/npy.h"

#include <zlib.h>

#include <vector>

#include "fuzz/target.h"

namespace {

using hone::nn::data::NpyArray;

constexpr std::uint64_t kLimit = 1 << 20;

void check(const NpyArray& array, const char* name) {
  fuzz::require(array.bytes.size() <= kLimit, "no more than the limit");
  fuzz::require(array.bytes.size() == static_cast<std::size_t>(array.count()) *
                                          static_cast<std::size_t>(array.type[1] - '0'),
                "as many bytes as the shape says");
  fuzz::refusing({hone::ErrorKind::data}, name, [&] { array.floats(name); });
  fuzz::refusing({hone::ErrorKind::data}, name, [&] { array.integers(name); });
  fuzz::refusing({hone::ErrorKind::data}, name, [&] { array.octets(name); });
}

std::uint32_t number(const std::vector<std::uint8_t>& file, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | file[at + i];
  return value;
}

// The checksum of every stored entry in the directory, so that damage behind it is reached.
void mend_checksums(std::vector<std::uint8_t>& file) {
  for (std::size_t at = 0; at + 46 <= file.size(); ++at) {
    if (number(file, at, 4) != 0x02014b50 || number(file, at + 10, 2) != 0) continue;
    const std::size_t size = number(file, at + 20, 4), local = number(file, at + 42, 4);
    if (local + 30 > file.size()) continue;
    const std::size_t begin =
        local + 30 + number(file, local + 26, 2) + number(file, local + 28, 2);
    if (begin > file.size() || size > file.size() - begin) continue;
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, file.data() + begin, size));
    for (std::size_t i = 0; i < 4; ++i)
      file[at + 16 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  fuzz::refusing({hone::ErrorKind::data}, "input.npy", [&] {
    check(decode_npy({data, size}, "input.npy", kLimit), "input.npy");
  });
  std::vector<std::uint8_t> file(data, data + size);
  mend_checksums(file);
  fuzz::refusing({hone::ErrorKind::data}, "input.npz", [&] {
    std::uint64_t total = 0;
    for (const auto& [name, array] : decode_npz(file, "input.npz", kLimit)) {
      total += array.bytes.size();
      check(array, "input.npz");
    }
    fuzz::require(total <= kLimit, "all arrays together within the limit");
  });
  return 0;
}
