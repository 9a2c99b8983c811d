// Text for the page: escaping, base64, and numbers as a person would write them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace hone::report {

inline std::string escape(std::string_view text) { return escape_xml(text); }

// At most `max` code points of `text`, the last one "…" when something was cut. Not escaped.
std::string clip(std::string_view text, std::size_t max);
// Code points in `text`.
std::size_t length(std::string_view text);

std::string base64(std::span<const std::uint8_t> bytes);
// "sha256-<base64>" of a digest in hexadecimal, as a Content-Security-Policy names it.
std::string csp_hash(std::string_view hex_digest);

std::string number(double value, int significant = 4);   // "0.0635", "1.2e-5", "12,500"
std::string percent(double fraction, int decimals = 2);  // "92.31%"
std::string grouped(std::uint64_t value);                // "1,234,567"
std::string compact(double value);                       // "1.6 M"
std::string duration(double seconds);                    // "43 s", "12 min 5 s", "1 h 20 min"

}  // namespace hone::report
