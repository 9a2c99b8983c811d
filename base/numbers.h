// Numbers from text, whatever the locale of the process is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hone {

// The number that the whole of `text` spells: decimal, no spaces, "-" but no "+" in front, no octal
// or hexadecimal forms. Nothing when it is anything else, or too large for the type.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);
// As above, with "1e-3", "inf", "-inf" and "nan" (in any case). The nearest double; a value too
// small for one is 0, one too large for one is nothing.
std::optional<double> parse_double(std::string_view text);

}  // namespace hone
