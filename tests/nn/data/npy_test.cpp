// Arrays that NumPy wrote (fuzz/seeds/npy, made by NumPy 2), and what is refused.
#include "nn/data/npy.h"

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
