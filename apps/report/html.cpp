// Escaping, base64 and number texts of the report.
#include "apps/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/utf8.h"

namespace hone::report {

namespace {

constexpr std::string_view kMinus = "\xE2\x88\x92";

// Cuts zeros behind the decimal point: "0.2500" is "0.25".
std::string trim_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::size_t length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += decode_utf8(text, at).bytes;
  return count;
}

std::string clip(std::string_view text, std::size_t max) {
  std::size_t count = 0;
  std::size_t cut = 0;  // the byte where the last kept code point ends if one more must be dropped
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (count + 1 == max) cut = at;
    if (count == max) return std::string(text.substr(0, cut)) + "…";
    at += decode_utf8(text, at).bytes;
  }
  return std::string(text);
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t b = (std::uint32_t{bytes[i]} << 16) |
                            (left > 1 ? std::uint32_t{bytes[i + 1]} << 8 : 0u) |
                            (left > 2 ? std::uint32_t{bytes[i + 2]} : 0u);
    out += kDigits[(b >> 18) & 63];
    out += kDigits[(b >> 12) & 63];
    out += left > 1 ? kDigits[(b >> 6) & 63] : '=';
    out += left > 2 ? kDigits[b & 63] : '=';
  }
  return out;
}

std::string csp_hash(std::string_view hex_digest) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::uint8_t> raw;
  for (std::size_t i = 0; i + 1 < hex_digest.size(); i += 2) {
    raw.push_back(static_cast<std::uint8_t>(digit(hex_digest[i]) * 16 + digit(hex_digest[i + 1])));
  }
  return "sha256-" + base64(raw);
}

std::string number(double value, int significant) {
  if (!std::isfinite(value)) return "–";
  if (value == 0) return "0";
  const double size = std::abs(value);
  std::string text;
  if (size >= 1e9 || size < 1e-4) {
    text = fmt::format("{:.{}e}", size, significant - 1);
    const std::size_t e = text.find('e');
    // fmt writes e-05 and e+12: the sign + and leading zeros go.
    std::string exponent = text.substr(e + 1);
    const std::string sign = exponent[0] == '-' ? "-" : "";
    exponent.erase(0, std::min(exponent.find_first_not_of("+-0"), exponent.size() - 1));
    text = trim_zeros(text.substr(0, e)) + "e" + sign + exponent;
  } else if (size >= 10000) {
    text = grouped(static_cast<std::uint64_t>(std::llround(size)));
  } else {
    const int digits = significant - 1 - static_cast<int>(std::floor(std::log10(size)));
    text = trim_zeros(fmt::format("{:.{}f}", size, digits > 0 ? digits : 0));
  }
  return value < 0 ? std::string(kMinus) + text : text;
}

std::string percent(double fraction, int decimals) {
  if (!std::isfinite(fraction)) return "–";
  if (std::abs(fraction) >= 100) return number(fraction * 100) + "%";
  const std::string text = fmt::format("{:.{}f}%", std::abs(fraction) * 100, decimals);
  return fraction < 0 ? std::string(kMinus) + text : text;
}

std::string grouped(std::uint64_t value) {
  std::string text = fmt::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string compact(double value) {
  if (value < 10000) return grouped(static_cast<std::uint64_t>(std::llround(value)));
  if (value < 1e6) return number(value / 1e3, 3) + " k";
  if (value < 1e9) return number(value / 1e6, 3) + " M";
  return number(value / 1e9, 3) + " G";
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return "–";
  if (seconds < 10) return number(seconds, 2) + " s";
  const std::uint64_t s = static_cast<std::uint64_t>(std::llround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600)
    return s % 60 ? fmt::format("{} min {} s", s / 60, s % 60) : fmt::format("{} min", s / 60);
  return fmt::format("{} h {} min", grouped(s / 3600), s % 3600 / 60);
}

}  // namespace hone::report
