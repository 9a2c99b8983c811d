// .npz: a zip archive of arrays (PKWARE's APPNOTE; the parts that NumPy writes).
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "nn/data/npy.h"

namespace hone::nn::data {
namespace {

constexpr std::size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kCommentLimit = 65535;
constexpr std::uint32_t kEndMark = 0x06054b50, kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;

// One file of the archive, by its central directory.
struct Entry {
  std::string name;
  unsigned method = 0;  // 0 stored, 8 deflated
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0, offset = 0;
};

// Little-endian numbers at any place; what lies behind the end is refused.
class Zip {
 public:
  Zip(std::span<const std::uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::vector<Entry> entries() const {
    const std::size_t end = find_end();
    const std::size_t count = number(end + 10, 2);
    std::size_t at = number(end + 16, 4);
    if (number(end + 4, 2) != 0 || number(end + 6, 2) != 0 || number(end + 8, 2) != count)
      refuse("is a part of an archive in several parts");
    if (count == 0xffff || at == 0xffffffff) refuse("is an archive of the large kind (zip64)");
    std::vector<Entry> list;
    for (std::size_t i = 0; i < count; ++i) {
      if (number(at, 4) != kEntryMark) refuse("has a damaged directory");
      Entry entry;
      if ((number(at + 8, 2) & 1) != 0) refuse("is encrypted");
      entry.method = static_cast<unsigned>(number(at + 10, 2));
      entry.crc = static_cast<std::uint32_t>(number(at + 16, 4));
      entry.packed = number(at + 20, 4);
      entry.size = number(at + 24, 4);
      const std::size_t name = number(at + 28, 2);
      entry.offset = number(at + 42, 4);
      const std::size_t rest = number(at + 30, 2) + number(at + 32, 2);
      const auto text = part(at + kEntryBytes, name);
      entry.name.assign(reinterpret_cast<const char*>(text.data()), text.size());
      if (entry.packed == 0xffffffff || entry.size == 0xffffffff || entry.offset == 0xffffffff)
        refuse("is an archive of the large kind (zip64)");
      at += kEntryBytes + name + rest;
      list.push_back(std::move(entry));
    }
    return list;
  }

  // The file's bytes as they are in the archive.
  std::span<const std::uint8_t> packed(const Entry& entry) const {
    const std::size_t at = entry.offset;
    if (number(at, 4) != kLocalMark) refuse("has no file where its directory says");
    return part(at + kLocalBytes + number(at + 26, 2) + number(at + 28, 2), entry.packed);
  }

  [[noreturn]] void refuse(const char* what) const { fail(ErrorKind::data, "{}: {}", name_, what); }

 private:
  std::span<const std::uint8_t> part(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) refuse("ends too early");
    return bytes_.subspan(at, size);
  }
  std::size_t number(std::size_t at, std::size_t size) const {
    const auto bytes = part(at, size);
    std::size_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
    return value;
  }
  // The last end record whose comment ends with the file.
  std::size_t find_end() const {
    if (bytes_.size() >= kEndBytes) {
      const std::size_t last = bytes_.size() - kEndBytes;
      const std::size_t first = last > kCommentLimit ? last - kCommentLimit : 0;
      for (std::size_t at = last + 1; at-- > first;)
        if (number(at, 4) == kEndMark && number(at + 20, 2) == last - at) return at;
    }
    refuse("is not a zip archive (.npz), or is cut off");
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
};

// Raw deflate of a size that is known; false when it is anything else.
bool inflate_all(std::span<const std::uint8_t> packed, std::vector<std::uint8_t>& out) {
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();
  stream.next_in = const_cast<Bytef*>(packed.data());
  std::size_t in_left = packed.size(), out_left = out.size();
  constexpr std::size_t kPart = std::size_t{1} << 30;
  std::uint8_t end = 0;  // so that there is a place for a byte too many
  stream.next_out = out.empty() ? &end : out.data();
  int code = Z_OK;
  while (code == Z_OK) {
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::min(in_left, kPart));
      in_left -= stream.avail_in;
    }
    if (stream.avail_out == 0) {
      stream.avail_out = static_cast<uInt>(std::min(out_left, kPart));
      out_left -= stream.avail_out;
    }
    code = inflate(&stream, Z_NO_FLUSH);
  }
  const bool whole = code == Z_STREAM_END && stream.avail_in == 0 && in_left == 0 &&
                     stream.avail_out == 0 && out_left == 0;
  inflateEnd(&stream);
  return whole;
}

std::vector<std::uint8_t> unpacked(const Zip& zip, const Entry& entry, const std::string& name) {
  const auto packed = zip.packed(entry);
  std::vector<std::uint8_t> bytes;
  if (entry.method == 0) {
    bytes.assign(packed.begin(), packed.end());
  } else if (entry.method == 8) {
    // Deflate never exceeds 1032 to 1, so a small file asks for little memory.
    if (entry.size / 1032 > entry.packed + 1)
      fail(ErrorKind::data, "{}: announces {} bytes, {} cannot hold them", name, entry.size,
           entry.packed);
    bytes.resize(entry.size);
    if (!inflate_all(packed, bytes)) fail(ErrorKind::data, "{}: is damaged", name);
  } else {
    fail(ErrorKind::data, "{}: is packed by method {}, stored and deflated can be read", name,
         entry.method);
  }
  if (bytes.size() != entry.size || crc32_z(0, bytes.data(), bytes.size()) != entry.crc)
    fail(ErrorKind::data, "{}: is damaged (wrong checksum)", name);
  return bytes;
}

constexpr std::string_view kEnding = ".npy";

bool is_array(const Entry& entry) { return entry.name.ends_with(kEnding) && is_utf8(entry.name); }

std::string key_of(const Entry& entry) {
  return entry.name.substr(0, entry.name.size() - kEnding.size());
}

}  // namespace

std::map<std::string, NpyArray> decode_npz(std::span<const std::uint8_t> bytes,
                                           const std::string& name, std::uint64_t byte_limit) {
  const Zip zip(bytes, name);
  std::map<std::string, NpyArray> arrays;
  std::uint64_t total = 0;
  for (const Entry& entry : zip.entries()) {
    const std::string where = fmt::format("{}: {}", name, printable(entry.name));
    if (!is_array(entry)) fail(ErrorKind::data, "{}: is not an array of NumPy (.npy)", where);
    total += entry.size;
    if (total > byte_limit)
      fail(ErrorKind::data, "{}: the arrays have more than {} bytes", name, byte_limit);
    NpyArray array = decode_npy(unpacked(zip, entry, where), where, byte_limit);
    if (!arrays.emplace(key_of(entry), std::move(array)).second)
      fail(ErrorKind::data, "{}: is there twice", where);
  }
  return arrays;
}

std::map<std::string, NpyArray> read_npz(const std::string& path, std::uint64_t byte_limit) {
  return decode_npz(read_file(path, byte_limit), printable(path), byte_limit);
}

NpzFile::NpzFile(const std::string& path, std::uint64_t byte_limit)
    : name_(printable(path)), byte_limit_(byte_limit), bytes_(read_file(path, byte_limit)) {
  for (const Entry& entry : Zip(bytes_, name_).entries())
    if (is_array(entry)) names_.push_back(key_of(entry));
  std::sort(names_.begin(), names_.end());
  const auto twice = std::adjacent_find(names_.begin(), names_.end());
  if (twice != names_.end())
    fail(ErrorKind::data, "{}: {} is there twice", name_, printable(*twice));
}

bool NpzFile::has(const std::string& array) const {
  return std::binary_search(names_.begin(), names_.end(), array);
}

NpyArray NpzFile::read(const std::string& array) const {
  const Zip zip(bytes_, name_);
  for (const Entry& entry : zip.entries()) {
    if (!is_array(entry) || key_of(entry) != array) continue;
    const std::string where = fmt::format("{}: {}", name_, printable(entry.name));
    if (entry.size > byte_limit_)
      fail(ErrorKind::data, "{}: the array has more than {} bytes", where, byte_limit_);
    return decode_npy(unpacked(zip, entry, where), where, byte_limit_);
  }
  fail(ErrorKind::data, "{}: has no array '{}'; there are: {}", name_, printable(array),
       names_.empty() ? "none" : printable(fmt::format("{}", fmt::join(names_, ", "))));
}

}  // namespace hone::nn::data
