// std::from_chars, which no locale changes.
#include "base/numbers.h"

#include <charconv>

namespace hone {
namespace {

template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

// The power of ten of the first digit that is not 0, for the text of a finite decimal number;
// nothing for 0.
std::optional<std::int64_t> magnitude(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  std::int64_t power = 0;
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const bool negative = digits.starts_with('-');
    power = parse<std::int64_t>(digits).value_or(negative ? -1'000'000'000 : 1'000'000'000);
    text = text.substr(0, e);
  }
  const std::size_t first = text.find_first_of("123456789");
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t point = text.find('.') == std::string_view::npos ? text.size() : text.find('.');
  const auto distance = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  return power + (first < point ? distance - 1 : distance);
}

}  // namespace

std::optional<std::int64_t> parse_int(std::string_view text) { return parse<std::int64_t>(text); }
std::optional<std::uint64_t> parse_uint(std::string_view text) {
  return parse<std::uint64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (at != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc()) return value;
  // Out of range does not say on which side.
  const std::optional<std::int64_t> power = magnitude(text);
  if (power && *power > 0) return std::nullopt;
  return text.starts_with('-') ? -0.0 : 0.0;
}

}  // namespace hone
