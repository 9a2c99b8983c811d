// NumPy's header, byte orders and types.
#include "nn/data/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace hone::nn::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kHeaderLimit = 64 << 10;
constexpr std::size_t kMostAxes = 32;  // as NumPy

// What a header says.
struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// Reads the one dictionary that NumPy writes: three keys in any order, with strings in single or
// double quotes, True or False, and a tuple of whole numbers.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header read() {
    Header header;
    int seen = 0;
    expect('{');
    while (!take('}')) {
      const std::string key = text();
      expect(':');
      const int bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
      if (bit == 0 || (seen & bit) != 0) refuse("an unexpected key");
      seen |= bit;
      if (bit == 1) header.descr = text();
      if (bit == 2) header.fortran_order = truth();
      if (bit == 4) header.shape = tuple();
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (at_ != text_.size()) refuse("something behind the dictionary");
    if (seen != 7) refuse("no descr, fortran_order or shape");
    return header;
  }

 private:
  [[noreturn]] void refuse(const char* what) {
    fail(ErrorKind::data, "{}: the header of the array has {} at its byte {}", name_, what, at_);
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char wanted) {
    skip();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) refuse("something unexpected");
  }
  std::string text() {
    skip();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"'))
      refuse("no text where one belongs (an array of records or objects?)");
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) refuse("a text without an end");
    std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }
  bool truth() {
    skip();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")})
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    refuse("neither True nor False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> list;
    expect('(');
    while (!take(')')) {
      skip();
      std::int64_t extent = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0 || list.size() == kMostAxes) refuse("a bad shape");
      at_ += static_cast<std::size_t>(end - begin);
      list.push_back(extent);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return list;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

bool is_known(const std::string& type) {
  constexpr std::array<std::string_view, 12> kTypes = {"b1", "i1", "u1", "i2", "u2", "i4",
                                                       "u4", "i8", "u8", "f2", "f4", "f8"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::size_t size_of(const std::string& type) { return static_cast<std::size_t>(type[1] - '0'); }

// Elements in Fortran's order, first axis fastest, in row-major order.
std::vector<std::uint8_t> row_major(std::span<const std::uint8_t> bytes,
                                    const std::vector<std::int64_t>& shape, std::size_t size) {
  std::vector<std::uint8_t> out(bytes.size());
  std::vector<std::size_t> step(shape.size());  // of each axis in the source
  std::size_t stride = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    step[axis] = stride;
    stride *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<std::int64_t> index(shape.size());
  std::size_t from = 0;
  for (std::size_t to = 0; to < out.size(); to += size) {
    std::memcpy(&out[to], &bytes[from * size], size);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += step[axis];
      if (++index[axis] < shape[axis]) break;
      from -= step[axis] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return out;
}

template <class T>
T element(const NpyArray& array, std::int64_t i) {
  T value;
  std::memcpy(&value, array.bytes.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

// IEEE 754's 16 bits.
double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 0    ? std::ldexp(fraction, -24)
                 : exponent == 31 ? (fraction == 0 ? std::numeric_limits<double>::infinity()
                                                   : std::numeric_limits<double>::quiet_NaN())
                                  : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

// Calls use(i, value) for every element, value in a type that holds it exactly.
template <class Use>
void for_each_value(const NpyArray& a, Use use) {
  const auto all = [&]<class T>(T) {
    for (std::int64_t i = 0; i < a.count(); ++i) use(i, element<T>(a, i));
  };
  if (a.type == "b1" || a.type == "u1") return all(std::uint8_t{});
  if (a.type == "i1") return all(std::int8_t{});
  if (a.type == "i2") return all(std::int16_t{});
  if (a.type == "u2") return all(std::uint16_t{});
  if (a.type == "i4") return all(std::int32_t{});
  if (a.type == "u4") return all(std::uint32_t{});
  if (a.type == "i8") return all(std::int64_t{});
  if (a.type == "u8") return all(std::uint64_t{});
  if (a.type == "f4") return all(float{});
  if (a.type == "f8") return all(double{});
  for (std::int64_t i = 0; i < a.count(); ++i) use(i, half(element<std::uint16_t>(a, i)));
}

// The values as whole numbers within the range of T.
template <class T>
std::vector<T> whole(const NpyArray& array, const std::string& name) {
  std::vector<T> values(static_cast<std::size_t>(array.count()));
  for_each_value(array, [&](std::int64_t i, auto value) {
    using V = decltype(value);
    bool fits;
    if constexpr (std::is_floating_point_v<V>)
      fits = value == std::trunc(value) &&
             static_cast<double>(value) >= static_cast<double>(std::numeric_limits<T>::min()) &&
             static_cast<double>(value) <= static_cast<double>(std::numeric_limits<T>::max());
    else
      fits = std::in_range<T>(value);
    if (!fits)
      fail(ErrorKind::data, "{}: {} is {}, a whole number {} to {} is needed", name, array.place(i),
           value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    // int8 is a number here, never a letter. NOLINTNEXTLINE(bugprone-signed-char-misuse)
    values[static_cast<std::size_t>(i)] = static_cast<T>(value);
  });
  return values;
}

}  // namespace

std::int64_t NpyArray::count() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::string NpyArray::place(std::int64_t element) const {
  const std::int64_t rows = shape.empty() ? 1 : shape[0];
  const std::int64_t each = std::max<std::int64_t>(1, count() / std::max<std::int64_t>(1, rows));
  const std::string row = fmt::format("row {}", element / each + 1);
  return each == 1 ? row : fmt::format("{}, value {}", row, element % each + 1);
}

std::vector<std::pair<double, double>> NpyArray::ranges() const {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::int64_t rows = shape.empty() ? 1 : shape[0];
  const std::size_t width = static_cast<std::size_t>(rows == 0 ? 0 : count() / rows);
  std::vector<std::pair<double, double>> ranges(width, {kInfinite, -kInfinite});
  for_each_value(*this, [&](std::int64_t i, auto value) {
    auto& [low, high] = ranges[static_cast<std::size_t>(i) % width];
    const auto number = static_cast<double>(value);
    low = number < low ? number : low;
    high = number > high ? number : high;
  });
  return ranges;
}

std::vector<float> NpyArray::floats(const std::string& name) const {
  std::vector<float> values(static_cast<std::size_t>(count()));
  for_each_value(*this, [&](std::int64_t i, auto value) {
    const auto number = static_cast<float>(value);
    if (std::isinf(number) && std::isfinite(static_cast<double>(value)))
      fail(ErrorKind::data, "{}: {} is {}, too large for f32", name, place(i), value);
    values[static_cast<std::size_t>(i)] = number;
  });
  return values;
}

std::vector<std::int32_t> NpyArray::integers(const std::string& name) const {
  return whole<std::int32_t>(*this, name);
}

std::vector<std::uint8_t> NpyArray::octets(const std::string& name) const {
  return whole<std::uint8_t>(*this, name);
}

NpyArray decode_npy(std::span<const std::uint8_t> bytes, const std::string& name,
                    std::uint64_t byte_limit) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (bytes.size() < 10 || !all.starts_with(kMagic))
    fail(ErrorKind::data, "{}: is not an array of NumPy (.npy)", name);
  const int version = bytes[6];
  if (version < 1 || version > 3)
    fail(ErrorKind::data, "{}: is of version {}, 1 to 3 can be read", name, version);
  const std::size_t prefix = version == 1 ? 10 : 12;
  std::size_t length = 0;
  for (std::size_t i = std::min(prefix, bytes.size()); i-- > 8;) length = length << 8 | bytes[i];
  if (bytes.size() < prefix || length > kHeaderLimit || length > bytes.size() - prefix)
    fail(ErrorKind::data,
         "{}: the header of the array has {} bytes; at most {}, and those of the "
         "file, can be",
         name, length, kHeaderLimit);
  const Header header = HeaderReader(all.substr(prefix, length), name).read();

  NpyArray array;
  const char order = header.descr.empty() ? ' ' : header.descr[0];
  array.type = header.descr.substr(std::min<std::size_t>(1, header.descr.size()));
  if (!is_known(array.type) || (order != '<' && order != '>' && order != '|' && order != '='))
    fail(ErrorKind::data,
         "{}: holds values of type '{}'; numbers (b1, i1 to i8, u1 to u8, f2, f4, f8) can be read",
         name, printable(header.descr));
  array.shape = header.shape;
  const std::size_t size = size_of(array.type);
  // Of the extents that are not 0, so that a later 0 hides no overflow.
  std::uint64_t largest = size;
  for (const std::int64_t extent : array.shape)
    if (extent > 0 &&
        (__builtin_mul_overflow(largest, static_cast<std::uint64_t>(extent), &largest) ||
         largest > byte_limit))
      fail(ErrorKind::data, "{}: the array has more than {} bytes", name, byte_limit);
  const std::span<const std::uint8_t> values = bytes.subspan(prefix + length);
  const auto wanted = static_cast<std::size_t>(array.count()) * size;
  if (values.size() != wanted)
    fail(ErrorKind::data, "{}: the header announces {} bytes of values, there are {}", name, wanted,
         values.size());
  array.bytes = header.fortran_order && array.shape.size() > 1
                    ? row_major(values, array.shape, size)
                    : std::vector<std::uint8_t>(values.begin(), values.end());
  const bool big = std::endian::native == std::endian::big;
  if (size > 1 && order == (big ? '<' : '>'))
    for (std::size_t at = 0; at < array.bytes.size(); at += size)
      std::reverse(array.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   array.bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  return array;
}

NpyArray read_npy(const std::string& path, std::uint64_t byte_limit) {
  return decode_npy(read_file(path, byte_limit), printable(path), byte_limit);
}

}  // namespace hone::nn::data
