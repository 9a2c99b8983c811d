// Sizes in bytes for people, the same in every message, report and command line: MiB are 1024^2
// bytes, MB are 1000^2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

// "0 B", "1023 B", "1.5 KiB", "61.2 KiB", "2 GiB": three digits, in the largest unit of B, KiB,
// MiB, GiB and TiB of which it has one.
std::string bytes_text(std::uint64_t bytes);

// A decimal number with KiB, MiB, GiB, TiB, kB, MB, GB, TB or B behind it, or alone ("1.5GiB",
// "2 MB", "4096", "1e6"); large and small letters are alike. Nothing when it is anything else, no
// whole number of bytes where no unit is given, negative, less than a byte but not 0, or more than
// 2^62. A fraction of a byte is left off.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace hone
