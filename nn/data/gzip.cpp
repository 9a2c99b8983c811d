// GzipReader on zlib: window bits 15 + 16 accept gzip only, and the end of the member is always
// reached.
#include "nn/data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "base/error.h"

namespace hone::nn::data {

struct GzipReader::State {
  z_stream stream{};
  std::size_t fed = 0;  // bytes of the input handed to zlib so far
};

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

std::uint64_t gzip_largest_output(std::uint64_t compressed_size) {
  constexpr std::uint64_t kRatio = 1032;
  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max() / kRatio;
  return std::min(compressed_size, largest) * kRatio;
}

GzipReader::GzipReader(std::span<const std::uint8_t> compressed, std::string name)
    : input_(compressed), name_(std::move(name)), state_(std::make_unique<State>()) {
  if (!is_gzip(input_)) fail(ErrorKind::data, "{}: is not a gzip file", name_);
  if (inflateInit2(&state_->stream, 15 + 16) != Z_OK) throw std::bad_alloc();
}

GzipReader::~GzipReader() { inflateEnd(&state_->stream); }

void GzipReader::fail_inflate(int code) const {
  if (code == Z_MEM_ERROR) throw std::bad_alloc();
  const char* reason = state_->stream.msg != nullptr ? state_->stream.msg : "invalid gzip data";
  fail(ErrorKind::data, "{}: is corrupt near byte {} ({}); fetch the file again", name_,
       state_->fed - state_->stream.avail_in, reason);
}

// One call of inflate; false when the member has ended.
bool GzipReader::step() {
  if (ended_) return false;
  z_stream& stream = state_->stream;
  if (stream.avail_in == 0 && state_->fed < input_.size()) {
    // zlib counts in 32 bits and never writes through next_in.
    const std::size_t piece = std::min<std::size_t>(input_.size() - state_->fed, 1u << 30);
    stream.next_in = const_cast<Bytef*>(input_.data() + state_->fed);
    stream.avail_in = static_cast<uInt>(piece);
    state_->fed += piece;
  }
  const uInt in_before = stream.avail_in, out_before = stream.avail_out;
  const int code = inflate(&stream, Z_NO_FLUSH);
  if (code == Z_STREAM_END) {
    ended_ = true;
    return false;
  }
  if (code != Z_OK && code != Z_BUF_ERROR) fail_inflate(code);
  const bool stuck = stream.avail_in == in_before && stream.avail_out == out_before;
  if (stuck && stream.avail_in == 0 && state_->fed == input_.size())
    fail(ErrorKind::data,
         "{}: is truncated, the gzip data end after {} bytes; fetch the file again", name_,
         input_.size());
  if (stuck) fail_inflate(code);
  return true;
}

std::size_t GzipReader::read(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto piece = static_cast<uInt>(std::min<std::size_t>(out.size() - done, 1u << 30));
    state_->stream.next_out = out.data() + done;
    state_->stream.avail_out = piece;
    const bool more = step();
    done += piece - state_->stream.avail_out;
    if (!more) break;
  }
  return done;
}

void GzipReader::finish() {
  std::uint8_t extra = 0;
  if (read({&extra, 1}) != 0)
    fail(ErrorKind::data, "{}: holds more data than its header announces", name_);
  const std::size_t left = input_.size() - state_->fed + state_->stream.avail_in;
  if (left == 0) return;
  if (is_gzip(input_.last(left)))
    fail(ErrorKind::data, "{}: a second gzip member follows the first; pack the file again as one",
         name_);
  fail(ErrorKind::data, "{}: {} bytes follow the end of the gzip data", name_, left);
}

}  // namespace hone::nn::data
