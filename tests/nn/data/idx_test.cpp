// The IDX reader: good files in both forms, and hostile ones that must cost nothing.
#include "nn/data/idx.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>

#include "nn/data/gzip.h"
#include "tests/nn/data/data_test.h"

using namespace data_test;
using hone::nn::data::IdxFile;
using hone::nn::data::IdxOptions;
using hone::nn::data::ImageSet;
using hone::nn::data::load_idx;

namespace {
std::atomic<std::size_t> largest_allocation{0};

// Every allocation of this program goes through here, so that "before any large allocation" is
// measured; under a sanitizer, which has its own, it is not.
[[maybe_unused]] void* counted(std::size_t size) {
  std::size_t seen = largest_allocation.load();
  while (size > seen && !largest_allocation.compare_exchange_weak(seen, size)) {
  }
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
}  // namespace

#ifndef HONE_SANITIZED
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
#endif

namespace {

struct Pair {
  TemporaryFolder folder;
  std::filesystem::path images = folder.path / "images", labels = folder.path / "labels";
  Pair(const Bytes& image_bytes, const Bytes& label_bytes) {
    hone::write_file_atomic(images, image_bytes);
    hone::write_file_atomic(labels, label_bytes);
  }
  ImageSet load(const IdxOptions& options = {}) const { return load_idx(images, labels, options); }
};

// A valid gzip file of `head` and then `mebibytes` MiB of zeros, made in no time: one deflated MiB
// that ends on a byte boundary is repeated, and the checksum is combined.
Bytes zeros_behind(const Bytes& head, int mebibytes) {
  const Bytes zeros(1u << 20);
  const auto flush = [](const Bytes& plain) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    Bytes out(deflateBound(&stream, plain.size()) + 64);
    stream.next_in = const_cast<Bytef*>(plain.data());
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FULL_FLUSH) == Z_OK);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  };
  const Bytes first = flush(head), block = flush(zeros);
  Bytes out = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  out.insert(out.end(), first.begin(), first.end());
  uLong crc = crc32(0, head.data(), static_cast<uInt>(head.size()));
  const uLong block_crc = crc32(0, zeros.data(), static_cast<uInt>(zeros.size()));
  for (int i = 0; i < mebibytes; ++i) {
    out.insert(out.end(), block.begin(), block.end());
    crc = crc32_combine(crc, block_crc, 1 << 20);
  }
  out.insert(out.end(), {3, 0});  // an empty last block
  const auto total =
      static_cast<std::uint32_t>(head.size() + (static_cast<std::size_t>(mebibytes) << 20));
  for (const std::uint32_t value : {static_cast<std::uint32_t>(crc), total})
    for (const int shift : {0, 8, 16, 24}) out.push_back(static_cast<std::uint8_t>(value >> shift));
  return out;
}

std::size_t largest_during(const std::function<void()>& call) {
  largest_allocation = 0;
  call();
  return largest_allocation;
}

}  // namespace

TEST_CASE("IDX images and labels are read, plain or packed, in any mixture") {
  const Bytes images = idx({3, 4, 5}, ramp(60)), labels = idx({3}, {9, 0, 4});
  for (const bool pack_images : {false, true})
    for (const bool pack_labels : {false, true}) {
      const Pair files(pack_images ? gzip(images) : images, pack_labels ? gzip(labels) : labels);
      const ImageSet set = files.load();
      set.validate();
      CHECK(set.count == 3);
      CHECK(set.height == 4);
      CHECK(set.width == 5);
      CHECK(set.channels == 1);
      CHECK(set.pixels == ramp(60));
      CHECK(set.labels == std::vector<std::int32_t>{9, 0, 4});
    }
}

TEST_CASE("IDX images of rank 4 have channels last") {
  const ImageSet set = Pair(idx({2, 3, 4, 2}, ramp(48)), idx({2}, {1, 0})).load();
  CHECK(set.channels == 2);
  CHECK(set.image_bytes() == 24);
  CHECK(set.pixels == ramp(48));
}

TEST_CASE("hostile IDX headers are refused by field, packed or plain, without a large allocation") {
  struct Case {
    const char* expected;
    Bytes bytes;
  };
  constexpr std::uint32_t kMax = 0xffffffff;
  const std::vector<Case> cases = {
      {"too few for an IDX header", {0}},
      {"too few for an IDX header", {0, 0, 8}},
      {"magic", {1, 0, 8, 1, 0, 0, 0, 1, 5}},
      {"magic", {0, 1, 8, 1, 0, 0, 0, 1, 5}},
      {"magic", {'P', 'K', 3, 4, 0, 0, 0, 1, 5}},
      {"type", idx({1}, {5}, 0x00)},
      {"type", idx({1}, {5}, 0x09)},
      {"type", idx({1}, {5}, 0x0b)},
      {"type", idx({1}, {5}, 0x0d)},
      {"type", idx({1}, {5}, 0xff)},
      {"rank", idx({}, {5})},
      {"rank", idx({1, 1, 1, 1, 1}, {5})},
      {"rank", Bytes{0, 0, 8, 255, 0, 0, 0, 1}},
      {"truncated inside the header", Bytes{0, 0, 8, 1}},
      {"truncated inside the header", Bytes{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}},
      {"size 0 is 0", idx({0}, {})},
      {"size 0 is 0", idx({0, 28, 28}, {})},
      {"size 1 is 0", idx({60000, 0, 28}, {})},
      {"size 2 is 0", idx({1, 28, 0}, {})},
      {"go past the limit", idx({kMax}, {5})},
      {"go past the limit", idx({kMax, kMax}, {5})},
      {"go past the limit", idx({kMax, kMax, kMax, kMax}, {5})},
      {"go past the limit",
       idx({1u << 16, 1u << 16, 1u << 16, 1u << 16}, {5})},  // 2^64 is 0 in 64 bits
      {"go past the limit", idx({1u << 31, 2, 1u << 31, 2}, {5})},
      {"go past the limit", idx({(1u << 30) + 1}, {5})},
      {"sizes", idx({1u << 30}, {5})},
      {"sizes", idx({60000, 28, 28}, ramp(100))},
  };
  for (const Case& bad : cases)
    for (const bool packed : {false, true}) {
      const Bytes file = packed ? gzip(bad.bytes) : bad.bytes;
      std::string message;
      const std::size_t largest = largest_during(
          [&] { message = data_error([&] { IdxFile::parse(file, "the_file").values(); }); });
      CHECK_MESSAGE(contains(message, bad.expected), message);
      CHECK(contains(message, "the_file"));
      CHECK(largest < 100000);
    }
  CHECK(contains(data_error([] { IdxFile::parse({}, "f"); }), "is empty"));
}

TEST_CASE("an IDX file that is shorter or longer than its header says is refused") {
  for (const int difference : {-3, -1, 1, 3}) {
    const Bytes bytes = idx({3, 4, 5}, ramp(static_cast<std::size_t>(60 + difference)));
    CHECK(contains(data_error([&] { IdxFile::parse(bytes, "f").values(); }),
                   "need a file of 76 bytes"));
    const std::string message = data_error([&] { IdxFile::parse(gzip(bytes), "f").values(); });
    CHECK_MESSAGE(contains(message, difference < 0 ? "the file holds" : "more data than"), message);
  }
}

TEST_CASE("an IDX file cut at any byte is refused") {
  const Bytes plain = idx({3, 4, 5}, ramp(60));
  for (const Bytes& whole : {plain, gzip(plain)})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(contains(data_error([&] { IdxFile::parse(cut, "cut_file").values(); }), "cut_file"));
    }
}

TEST_CASE("a flipped bit in a packed IDX file is an error or changes nothing") {
  const Bytes packed = gzip(idx({3, 4, 5}, ramp(60)));
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1u << bit % 8));
    try {
      const IdxFile file = IdxFile::parse(damaged, "f");
      const Bytes values = file.values();
      CHECK(file.shape() == std::vector<std::int64_t>{3, 4, 5});
      CHECK(values == ramp(60));
    } catch (const hone::Error&) {
      ++refused;
    }
  }
  CHECK(refused > 7 * static_cast<int>(packed.size()));
}

TEST_CASE("a gzip bomb is unpacked no further than its header announces") {
  const Bytes bomb = zeros_behind(idx({2, 2, 2}, {}), 1024);
  CHECK(bomb.size() < (2u << 20));
  std::string message;
  const std::size_t largest =
      largest_during([&] { message = data_error([&] { IdxFile::parse(bomb, "bomb").values(); }); });
  CHECK_MESSAGE(contains(message, "more data than its header announces"), message);
  CHECK(largest < (2u << 20));
}

TEST_CASE("a header that promises more than the gzip file holds costs what the file holds") {
  // 8 MiB of zeros with a header of 8 GiB, of 1 GiB + 1, and of the most that the file's size
  // allows.
  const Bytes small = zeros_behind(idx({1u << 30}, {}), 8);
  CHECK(contains(data_error([&] { IdxFile::parse(small, "f"); }), "more than"));
  const auto most =
      static_cast<std::uint32_t>(hone::nn::data::gzip_largest_output(small.size() - 100));
  const Bytes lie = zeros_behind(idx({most}, {}), 8);
  std::string message;
  const std::size_t largest =
      largest_during([&] { message = data_error([&] { IdxFile::parse(lie, "f").values(); }); });
  CHECK_MESSAGE(contains(message, "the file holds 8388608"), message);
  CHECK(largest <= (16u << 20));
}

TEST_CASE("the byte limit bounds values and file") {
  CHECK(IdxFile::parse(idx({3}, ramp(3)), "f", UINT64_MAX).value_count() == 3);
  const Bytes plain = idx({10, 10, 10}, ramp(1000));
  CHECK(IdxFile::parse(plain, "f", 1000).value_count() == 1000);
  CHECK(contains(data_error([&] { IdxFile::parse(plain, "f", 999); }), "limit of 999 bytes"));
  const Pair files(idx({100, 20, 20}, ramp(40000)), idx({100}, Bytes(100)));
  CHECK(contains(data_error([&] { files.load({.byte_limit = 1000}); }), "the limit here is"));
}

TEST_CASE(
    "image and label files that do not belong together are refused before pixels are unpacked") {
  const Bytes images = idx({3, 4, 5}, ramp(60));
  CHECK(contains(data_error([&] { Pair(images, idx({2}, {1, 2})).load(); }), "3 images"));
  CHECK(contains(data_error([&] { Pair(images, images).load(); }), "exchanged"));
  CHECK(contains(data_error([&] {
                   Pair(idx({3}, {1, 2, 3}), idx({3}, {1, 2, 3})).load();
                 }),
                 "exchanged"));
  CHECK(contains(data_error([&] {
                   Pair(idx({3, 4}, ramp(12)), idx({3}, {1, 2, 3})).load();
                 }),
                 "rank"));
}

TEST_CASE("labels must be below the number of classes") {
  const Pair files(idx({3, 2, 2}, ramp(12)), idx({3}, {1, 10, 3}));
  const std::string message = data_error([&] { files.load(); });
  CHECK_MESSAGE(contains(message, "label 1 is 10, must be 0 to 9"), message);
  CHECK(contains(message, files.labels.string()));
  CHECK(files.load({.classes = 11}).labels[1] == 10);
  CHECK_THROWS_WITH_AS(files.load({.classes = 0}), doctest::Contains("classes is 0"), hone::Error);
}

TEST_CASE("missing files, folders and pipes are refused by name") {
  const Pair files(idx({3, 2, 2}, ramp(12)), idx({3}, {1, 2, 3}));
  CHECK(contains(data_error([&] { load_idx(files.folder.path / "none", files.labels); }),
                 "none: cannot be opened"));
  CHECK(contains(data_error([&] { load_idx(files.images, files.folder.path); }), "regular file"));
  REQUIRE(::mkfifo((files.folder.path / "pipe").c_str(), 0600) == 0);
  CHECK(contains(data_error([&] { load_idx(files.folder.path / "pipe", files.labels); }),
                 "pipe: is not a regular file"));
}
