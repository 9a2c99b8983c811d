// The IDX reader: header first, then exactly as many values as it announces.
#include "nn/data/idx.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "nn/data/gzip.h"

namespace hone::nn::data {
namespace {

constexpr std::size_t kMaxRank = 4;
constexpr std::size_t kMaxHeader = 4 + 4 * kMaxRank;
constexpr std::uint64_t kMostBytes = std::uint64_t{1}
                                     << 62;  // so that sizes fit 64 bits with a sign

std::uint32_t big_endian(std::span<const std::uint8_t> four) {
  return std::uint32_t{four[0]} << 24 | std::uint32_t{four[1]} << 16 | std::uint32_t{four[2]} << 8 |
         four[3];
}

// Unpacks `skip` bytes of header and then `count` values. The output grows with the data that
// really arrive, so a header that lies about a small file costs little.
std::vector<std::uint8_t> unpack_values(GzipReader& reader, std::size_t skip, std::size_t count,
                                        const std::string& name) {
  std::array<std::uint8_t, kMaxHeader> header;
  reader.read({header.data(), skip});
  std::vector<std::uint8_t> out;
  while (out.size() < count) {
    const std::size_t before = out.size();
    const std::size_t piece = std::min(count - before, std::max<std::size_t>(before, 1u << 20));
    out.resize(before + piece);
    const std::size_t got = reader.read({out.data() + before, piece});
    if (got < piece)
      fail(ErrorKind::data, "{}: the header announces {} values, the file holds {}", name, count,
           before + got);
  }
  reader.finish();
  return out;
}

}  // namespace

IdxFile::IdxFile(std::vector<std::uint8_t> bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)), packed_(is_gzip(bytes_)) {}

IdxFile IdxFile::open(const std::string& path, std::uint64_t byte_limit) {
  // Room for the header, and for gzip's own bytes when the values do not compress.
  byte_limit = std::min(byte_limit, kMostBytes);
  const std::uint64_t file_limit = byte_limit + byte_limit / 1000 + 4096;
  return parse(read_file(path, file_limit), printable(path), byte_limit);
}

IdxFile IdxFile::parse(std::vector<std::uint8_t> bytes, std::string name,
                       std::uint64_t byte_limit) {
  IdxFile file(std::move(bytes), std::move(name));
  byte_limit = std::min(byte_limit, kMostBytes);
  if (file.bytes_.empty()) fail(ErrorKind::data, "{}: is empty", file.name_);
  if (!file.packed_) {
    const std::span<const std::uint8_t> all(file.bytes_);
    file.parse_header(all.first(std::min(all.size(), kMaxHeader)), byte_limit);
    return file;
  }
  std::array<std::uint8_t, kMaxHeader> head;
  GzipReader reader(file.bytes_, file.name_);
  const std::size_t got = reader.read(head);
  file.parse_header({head.data(), got}, byte_limit);
  return file;
}

void IdxFile::parse_header(std::span<const std::uint8_t> head, std::uint64_t byte_limit) {
  if (head.size() < 4)
    fail(ErrorKind::data, "{}: {} bytes are too few for an IDX header", name_, head.size());
  if (head[0] != 0 || head[1] != 0)
    fail(ErrorKind::data,
         "{}: magic: begins with {:02x} {:02x}, an IDX file begins with 00 00 (or is gzip)", name_,
         head[0], head[1]);
  if (head[2] != 0x08)
    fail(ErrorKind::data, "{}: type: code 0x{:02x}, only 0x08 (unsigned bytes) is read", name_,
         head[2]);
  const std::size_t rank = head[3];
  if (rank < 1 || rank > kMaxRank)
    fail(ErrorKind::data, "{}: rank: is {}, must be 1 to {}", name_, rank, kMaxRank);
  if (head.size() < 4 + 4 * rank)
    fail(ErrorKind::data,
         "{}: is truncated inside the header, rank {} needs {} bytes and {} are there", name_, rank,
         4 + 4 * rank, head.size());
  std::uint64_t count = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::uint32_t size = big_endian(head.subspan(4 + 4 * axis, 4));
    if (size == 0) fail(ErrorKind::data, "{}: size {} is 0", name_, axis);
    shape_.push_back(size);
    if (__builtin_mul_overflow(count, std::uint64_t{size}, &count) || count > byte_limit)
      fail(ErrorKind::data, "{}: sizes: [{}] go past the limit of {} bytes", name_,
           fmt::join(shape_, ", "), byte_limit);
  }
  value_count_ = static_cast<std::int64_t>(count);
  const std::uint64_t file_size = bytes_.size();
  if (packed_ && count > gzip_largest_output(file_size))
    fail(ErrorKind::data, "{}: sizes: [{}] announce {} bytes, more than {} bytes of gzip can hold",
         name_, fmt::join(shape_, ", "), count, file_size);
  if (!packed_ && file_size != header_bytes() + count)
    fail(ErrorKind::data, "{}: sizes: [{}] need a file of {} bytes, it has {}", name_,
         fmt::join(shape_, ", "), header_bytes() + count, file_size);
}

std::vector<std::uint8_t> IdxFile::values() const {
  if (!packed_) return {bytes_.begin() + static_cast<std::ptrdiff_t>(header_bytes()), bytes_.end()};
  GzipReader reader(bytes_, name_);
  return unpack_values(reader, header_bytes(), static_cast<std::size_t>(value_count_), name_);
}

ImageSet load_idx(const std::string& images_path, const std::string& labels_path,
                  const IdxOptions& options) {
  check(options.classes >= 1 && options.classes <= 256, "load_idx: classes is {}, must be 1 to 256",
        options.classes);
  const IdxFile images = IdxFile::open(images_path, options.byte_limit);
  if (images.shape().size() < 3)
    fail(ErrorKind::data,
         "{}: rank: is {}, images have 3 or 4; are image and label files exchanged?", images.name(),
         images.shape().size());
  // Labels become 4 bytes each in memory.
  const IdxFile labels = IdxFile::open(labels_path, options.byte_limit / sizeof(std::int32_t));
  if (labels.shape().size() != 1)
    fail(ErrorKind::data, "{}: rank: is {}, labels have 1; are image and label files exchanged?",
         labels.name(), labels.shape().size());
  if (images.shape()[0] != labels.shape()[0])
    fail(ErrorKind::data,
         "{}: size 0: {} images, but {} has {} labels; take both files from one data set",
         images.name(), images.shape()[0], labels.name(), labels.shape()[0]);

  ImageSet set;
  set.count = images.shape()[0];
  set.height = images.shape()[1];
  set.width = images.shape()[2];
  set.channels = images.shape().size() == 4 ? images.shape()[3] : 1;
  const std::vector<std::uint8_t> small = labels.values();
  for (std::size_t i = 0; i < small.size(); ++i)
    if (small[i] >= options.classes)
      fail(ErrorKind::data, "{}: label {} is {}, must be 0 to {}", labels.name(), i, small[i],
           options.classes - 1);
  set.labels.assign(small.begin(), small.end());
  set.pixels = images.values();
  return set;
}

}  // namespace hone::nn::data
