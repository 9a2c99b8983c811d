// Arrays that NumPy wrote (fuzz/seeds/npy, made by NumPy 2), and what is refused.
#include "nn/data/npy.h"

#include <cmath>
#include <cstring>
#include <filesystem>

#include "tests/nn/data/data_test.h"
#include "tests/test_paths.h"

using namespace data_test;
using namespace hone;
using namespace hone::nn::data;

namespace {

std::filesystem::path seed(const std::string& name) {
  return std::filesystem::path(test::source_dir()) / "fuzz/seeds" / "npy" / name;
}

NpyArray array(const std::string& name) { return read_npy(seed(name)); }

std::string refusal(const std::string& name) {
  return data_error([&] { array(name); });
}

}  // namespace

TEST_CASE("arrays of every type and order become row-major numbers") {
  CHECK(array("f4").shape == std::vector<std::int64_t>{2, 3});
  CHECK(array("f4").floats("a") == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(array("f8_fortran").shape == std::vector<std::int64_t>{2, 3});
  CHECK(array("f8_fortran").floats("a") == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(array("i8_big").integers("a") == std::vector<std::int32_t>{-1, 2, 300});
  CHECK(array("u1").octets("a") == Bytes{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(array("bool").octets("a") == Bytes{1, 0});
  CHECK(array("half").floats("a") == std::vector<float>{0.5f, -2, 0x1p-24f});
  CHECK(array("scalar").shape.empty());
  CHECK(array("scalar").integers("a") == std::vector<std::int32_t>{3});
  CHECK(array("empty").shape == std::vector<std::int64_t>{0, 3});
  CHECK(array("empty").count() == 0);
  CHECK(array("version2").integers("a") == std::vector<std::int32_t>{0, 1, 2});
}

TEST_CASE("archives of arrays are read, stored and packed") {
  const auto two = read_npz(seed("two.npz"));
  REQUIRE(two.size() == 2);
  CHECK(two.at("x").floats("x") == std::vector<float>{0, 1, 2, 3});
  CHECK(two.at("y").octets("y") == Bytes{1, 0});
  const auto packed = read_npz(seed("packed.npz"));
  CHECK(packed.at("x").floats("x") == std::vector<float>(300));
  CHECK(packed.at("y").integers("y") == std::vector<std::int32_t>{1, 0});
  CHECK(contains(data_error([] { read_npz(seed("packed.npz"), 1000); }), "more than 1000 bytes"));
  CHECK(contains(data_error([] { read_npz(seed("other.zip")); }), "x.txt: is not an array"));
  CHECK(contains(data_error([] { read_npz(seed("f4")); }), "f4: is not a zip archive"));

  // Any byte of an archive changed or cut off is seen, but for those that nobody reads.
  const Bytes whole = read_file(seed("two.npz"), 1 << 20);
  for (std::size_t size = 0; size < whole.size(); size += 7)
    CHECK(contains(data_error([&] { decode_npz(std::span(whole).first(size), "a.npz"); }),
                   "a.npz: "));
  Bytes changed = whole;
  changed[changed.size() / 4] ^= 1;
  CHECK(contains(data_error([&] { decode_npz(changed, "a.npz"); }), "a.npz: "));
}

TEST_CASE("of an archive only the arrays that are asked for are read") {
  const NpzFile two(seed("two.npz"));
  CHECK(two.names() == std::vector<std::string>{"x", "y"});
  CHECK(two.has("x"));
  CHECK_FALSE(two.has("X"));
  CHECK(two.read("y").octets("y") == Bytes{1, 0});
  CHECK(NpzFile(seed("packed.npz")).read("x").floats("x") == std::vector<float>(300));
  CHECK(contains(data_error([&] { two.read("z"); }), "has no array 'z'; there are: x, y"));
  CHECK(NpzFile(seed("other.zip")).names().empty());
  CHECK(contains(data_error([] { NpzFile(seed("f4")); }), "f4: is not a zip archive"));
  CHECK(contains(data_error([] { NpzFile(seed("packed.npz"), 1000).read("x"); }),
                 "more than 1000 bytes"));

  // A damaged one, or one of texts, is in nobody's way until it is asked for.
  Bytes changed = read_file(seed("two.npz"), 1 << 20);
  const std::string_view all(reinterpret_cast<const char*>(changed.data()), changed.size());
  changed[all.find("descr")] ^= 1;  // of x, which comes first
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path / "half.npz";
  write_file_atomic(path, changed);
  const NpzFile half(path);
  CHECK(half.read("y").octets("y") == Bytes{1, 0});
  CHECK(contains(data_error([&] { half.read("x"); }), "half.npz: x.npy: is damaged"));
}

TEST_CASE("the range of each value of a row is known before it is rounded") {
  NpyArray array{.type = "f8", .shape = {3, 2}, .bytes = Bytes(48)};
  const double values[] = {1e-60, NAN, 3e-60, NAN, 2e-60, NAN};
  std::memcpy(array.bytes.data(), values, sizeof values);
  const auto ranges = array.ranges();
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0] == std::pair(1e-60, 3e-60));
  CHECK(ranges[1] == std::pair<double, double>(INFINITY, -INFINITY));
  CHECK(array.floats("a")[0] == 0);
  NpyArray whole{.type = "i8", .shape = {2}, .bytes = Bytes(16)};
  const std::int64_t numbers[] = {1'700'000'000, 1'700'000'001};
  std::memcpy(whole.bytes.data(), numbers, sizeof numbers);
  CHECK(whole.ranges()[0] == std::pair(1.7e9, 1.7e9 + 1));
}

TEST_CASE("arrays that hold no numbers, lie about their size or do not fit are refused") {
  CHECK(contains(refusal("objects"), "holds values of type '|O'"));
  CHECK(contains(refusal("records"), "no text where one belongs"));
  CHECK(contains(refusal("lies"), "announces 36 bytes of values, there are 24"));
  CHECK(contains(refusal("two.npz"), "is not an array of NumPy"));
  CHECK(contains(data_error([] { read_npy(seed("f4"), 16); }), "f4: "));
  CHECK(contains(data_error([] { array("i8_big").octets("labels"); }),
                 "labels: row 1 is -1, a whole number 0 to 255 is needed"));
  CHECK(contains(data_error([] { array("half").integers("labels"); }), "labels: row 1 is 0.5"));
  const Bytes whole = read_file(seed("f4"), 1 << 20);
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(contains(data_error([&] { decode_npy(std::span(whole).first(size), "a.npy"); }),
                   "a.npy: "));
  // Extents whose product overflows, before and behind a 0.
  for (const char* shape : {"(4294967296, 4294967296)", "(0, 4294967296, 4294967296)"}) {
    const std::string header =
        std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + ", }";
    const std::string file = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) +
                             std::string(1, '\0') + header;
    const Bytes bytes(file.begin(), file.end());
    CHECK(contains(data_error([&] { decode_npy(bytes, "a.npy"); }), "more than"));
  }
}
