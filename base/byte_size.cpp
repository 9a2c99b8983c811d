// Sizes in bytes as text.
#include "base/byte_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/numbers.h"

namespace hone {
namespace {

struct Unit {
  const char* name;
  double bytes;
};
constexpr double kKi = 1024, kK = 1000;
constexpr Unit kUnits[] = {
    {"KiB", kKi}, {"MiB", kKi* kKi}, {"GiB", kKi* kKi* kKi}, {"TiB", kKi* kKi* kKi* kKi},
    {"kB", kK},   {"MB", kK* kK},    {"GB", kK* kK* kK},     {"TB", kK* kK* kK* kK},
    {"B", 1}};

bool same_letters(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return small(x) == small(y); });
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  const auto size = static_cast<double>(bytes);
  int unit = 0;
  // What three digits would round up to a thousand and more of a unit has one of the next.
  while (unit < 3 && size / kUnits[unit].bytes >= 1023.5) ++unit;
  const double count = size / kUnits[unit].bytes;
  // {:.3g} of 1000 to 1023 would be 1e+03.
  return count >= 999.5 ? fmt::format("{:.0f} {}", count, kUnits[unit].name)
                        : fmt::format("{:.3g} {}", count, kUnits[unit].name);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  // The unit: the letters at the end, but not the e of 1e6, which has a digit behind it.
  std::size_t end = text.size();
  while (end > 0 && !(text[end - 1] >= '0' && text[end - 1] <= '9') && text[end - 1] != '.') --end;
  std::string_view unit = text.substr(end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [&](const Unit& u) { return same_letters(u.name, unit); });
  if (!unit.empty() && found == std::end(kUnits)) return std::nullopt;
  if (const auto whole = parse_uint(text))
    return *whole <= std::uint64_t{1} << 62 ? whole : std::nullopt;
  const std::optional<double> number = parse_double(text.substr(0, end));
  if (!number || !(*number >= 0)) return std::nullopt;
  const double bytes = *number * (unit.empty() ? 1 : found->bytes);
  if (*number > 0 && bytes < 1) return std::nullopt;
  if (!(bytes <= 0x1p62) || (unit.empty() && bytes != std::floor(bytes))) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace hone
