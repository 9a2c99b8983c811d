// Numbers on the command line.
#include "apps/common/number_option.h"

#include <fmt/format.h>

#include <charconv>

#include "base/byte_size.h"

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

}  // namespace

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  return validator(fmt::format("a whole number from {} to {}", low, high),
                   [low, high](const std::string& text) {
                     std::uint64_t number = 0;
                     const bool good = reads(text, number) && number >= low && number <= high;
                     return good ? fmt::format("{}", number) : std::string();
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
