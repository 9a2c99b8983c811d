// Numbers on the command line.
#include "apps/common/number_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/byte_size.h"
#include "base/numbers.h"

namespace hone::app {
namespace {

// A validator that replaces the text by `parse`'s, or refuses it where that is empty.
template <class Parse>
CLI::Validator validator(const std::string& wanted, const Parse& parse) {
  return {[wanted, parse](std::string& text) {
            const std::string number = parse(text);
            if (number.empty()) return fmt::format("{} is not {}", text, wanted);
            text = number;
            return std::string();
          },
          ""};
}

template <class Number>
bool reads(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

// The whole number that `text` spells exactly; nothing where it is none, or beyond 64 bits.
std::optional<std::uint64_t> exact_whole(const std::string& text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (e < text.size()) {
    const bool plus = e + 1 < text.size() && text[e + 1] == '+';
    if (!reads(text.substr(e + (plus ? 2 : 1)), exponent) || std::abs(exponent) > 1000)
      return std::nullopt;
  }
  std::string digits = text.substr(0, e);
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    digits.erase(point, 1);
    exponent -= static_cast<int>(digits.size() - point);
  }
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return 0;
  for (; digits.back() == '0'; digits.pop_back()) ++exponent;
  constexpr int kMostZeros = 20;  // 2^64 has 20 digits
  if (exponent < 0 || exponent > kMostZeros) return std::nullopt;
  return parse_uint(digits + std::string(static_cast<std::size_t>(exponent), '0'));
}

}  // namespace

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  return validator(fmt::format("a whole number from {} to {}", low, high),
                   [low, high](const std::string& text) {
                     std::uint64_t number = 0;
                     const bool good = reads(text, number) && number >= low && number <= high;
                     return good ? fmt::format("{}", number) : std::string();
                   });
}

CLI::Validator whole_amount(std::uint64_t low, std::uint64_t high) {
  return validator(fmt::format("a whole number from {} to {}, as in 500000 or 5e5", low, high),
                   [low, high](const std::string& text) {
                     const auto number = exact_whole(text);
                     const bool good = number && *number >= low && *number <= high;
                     return good ? fmt::format("{}", *number) : std::string();
                   });
}

CLI::Validator byte_size() {
  return validator(
      "a size in bytes of at most 4 EiB, alone or with B, KiB, MiB, GiB, TiB (1024) or kB, MB, GB, "
      "TB (1000) behind it, as in 512MiB or 1.5GiB",
      [](const std::string& text) {
        const auto bytes = parse_bytes(text);
        return bytes ? fmt::format("{}", *bytes) : std::string();
      });
}

CLI::Validator real_number(double low, double high) {
  return validator(fmt::format("a number from {} to {}", low, high),
                   [low, high](const std::string& text) {
                     double number = -1;
                     const bool good = reads(text, number) && number >= low && number <= high;
                     return good ? fmt::format("{}", number) : std::string();
                   });
}

}  // namespace hone::app
