// Strict reading of one gzip member held in memory (RFC 1952), by zlib's inflate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hone::nn::data {

// Whether the bytes begin like a gzip file (1f 8b); no IDX file does.
bool is_gzip(std::span<const std::uint8_t> bytes);

// Unpacks a little at a time, so that the caller decides how much may come out. The whole file must
// be one complete gzip member with the right CRC and length; truncation, a flipped bit that
// matters, a second member and bytes after the end are all an Error(data) that begins with `name`.
// (zlib's gzread lets most of these pass.) Keeps a view of `compressed`; use from one thread at a
// time.
class GzipReader {
 public:
  GzipReader(std::span<const std::uint8_t> compressed, std::string name);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  // Fills `out` with the next bytes and returns how many there were: fewer than asked for only when
  // the member has ended, and then its CRC and length have been checked.
  std::size_t read(std::span<std::uint8_t> out);

  // Checks that nothing is left: no more data, CRC and length right, no byte behind the member.
  void finish();

 private:
  struct State;
  [[noreturn]] void fail_inflate(int code) const;
  bool step();

  std::span<const std::uint8_t> input_;
  std::string name_;
  bool ended_ = false;
  std::unique_ptr<State> state_;
};

// The most that `compressed_size` bytes of gzip can unpack to: deflate never exceeds 1032 to 1.
std::uint64_t gzip_largest_output(std::uint64_t compressed_size);

}  // namespace hone::nn::data
