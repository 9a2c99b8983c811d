// Helpers that build small gzip and IDX files for the tests of nn/data.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace data_test {

using Bytes = std::vector<std::uint8_t>;

// A folder of its own per test case, removed at the end.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hone_data_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

inline void append_big_endian(Bytes& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// zlib's deflate with the given window bits (31: gzip, 15: zlib, -15: raw).
inline Bytes deflate_bytes(const Bytes& plain, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, plain.size()) + 64);
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline Bytes gzip(const Bytes& plain) { return deflate_bytes(plain, 31); }

// An IDX header of unsigned bytes, then `values`.
inline Bytes idx(const std::vector<std::uint32_t>& sizes, const Bytes& values,
                 std::uint8_t type = 0x08) {
  Bytes out = {0, 0, type, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes) append_big_endian(out, size);
  out.insert(out.end(), values.begin(), values.end());
  return out;
}

// Values 0, 7, 14, ... modulo 251.
inline Bytes ramp(std::size_t count) {
  Bytes out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(7 * i % 251);
  return out;
}

// The message of the Error(data) that `call` throws; fails the test when there is none.
template <class Call>
std::string data_error(Call&& call) {
  try {
    call();
  } catch (const hone::Error& error) {
    CHECK(error.kind() == hone::ErrorKind::data);
    return error.what();
  }
  FAIL_CHECK("no error was thrown");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace data_test
