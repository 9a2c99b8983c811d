// The gzip reader takes one whole, undamaged member and nothing else.
#include "nn/data/gzip.h"

#include <random>

#include "tests/nn/data/data_test.h"

using namespace data_test;
using hone::nn::data::GzipReader;

namespace {

// Everything in the file, read in pieces of `piece` bytes.
Bytes unpack(const Bytes& file, std::size_t piece) {
  GzipReader reader(file, "a.gz");
  Bytes out, part(piece);
  for (;;) {
    const std::size_t got = reader.read(part);
    out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    if (got < piece) break;
  }
  reader.finish();
  return out;
}

}  // namespace

TEST_CASE("the gzip reader gives back what was packed, for any size of piece") {
  for (const std::size_t size : {0, 1, 2, 1000, 100000}) {
    const Bytes plain = ramp(size), packed = gzip(plain);
    for (const std::size_t piece : {1, 3, 4096, 1000000}) CHECK(unpack(packed, piece) == plain);
  }
}

TEST_CASE("the gzip reader refuses a file that is cut at any byte") {
  const Bytes packed = gzip(ramp(300));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const Bytes cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string message = data_error([&] { unpack(cut, 64); });
    CHECK_MESSAGE(contains(message, size < 2 ? "is not a gzip file" : "is truncated"), message);
    CHECK(contains(message, "a.gz"));
  }
}

TEST_CASE("a flipped bit in a gzip file is an error or changes nothing") {
  // Time, flags such as "text" and the name are not covered by the CRC: there a flip leaves the
  // data whole.
  const Bytes plain = ramp(300), packed = gzip(plain);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1u << bit % 8));
    try {
      const Bytes out = unpack(damaged, 64);
      CHECK(out == plain);
      const bool uncovered = bit / 8 >= 3 && bit / 8 < 10;
      const bool padding = bit / 8 == packed.size() - 9;  // unused bits of the last deflate byte
      CHECK_MESSAGE((uncovered || padding), "bit ", bit, " of ", 8 * packed.size());
    } catch (const hone::Error& error) {
      CHECK(error.kind() == hone::ErrorKind::data);
      ++refused;
    }
  }
  CHECK(refused >= 8 * (packed.size() - 9));
}

TEST_CASE("the gzip reader refuses whatever follows the member") {
  const Bytes packed = gzip(ramp(300));
  Bytes longer = packed;
  longer.push_back(0);
  CHECK(contains(data_error([&] { unpack(longer, 64); }), "1 bytes follow the end"));
  Bytes twice = packed;
  twice.insert(twice.end(), packed.begin(), packed.end());
  CHECK(contains(data_error([&] { unpack(twice, 64); }), "a second gzip member"));
}

TEST_CASE("the gzip reader refuses plain files, zlib streams and noise") {
  CHECK(contains(data_error([] { unpack(ramp(100), 64); }), "is not a gzip file"));
  CHECK(
      contains(data_error([] { unpack(deflate_bytes(ramp(100), 15), 64); }), "is not a gzip file"));
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    Bytes noise = {0x1f, 0x8b, 8, 0};
    for (int i = 0; i < 100; ++i) noise.push_back(static_cast<std::uint8_t>(random()));
    data_error([&] { unpack(noise, 64); });
  }
}

TEST_CASE("finish says when the member holds more than was read") {
  const Bytes packed = gzip(ramp(300));
  GzipReader reader(packed, "a.gz");
  Bytes part(299);
  CHECK(reader.read(part) == 299);
  CHECK(contains(data_error([&] { reader.finish(); }), "more data than its header announces"));
}
