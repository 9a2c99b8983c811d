// Writing and lenient reading of JSON text.
#include "tune/json_text.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace hone::tune {
namespace {

constexpr int kMaxDepth = 64;

// Copies `text`, with bare NaN, Infinity and -Infinity outside of strings put into quotes.
std::string quote_special_numbers(std::string_view text, const std::string& what) {
  std::string out;
  out.reserve(text.size() + 16);
  bool in_string = false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
      continue;
    }
    std::size_t special = 0;
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"})
      if (text.substr(i, word.size()) == word) special = word.size();
    if (special > 0) {
      out += '"';
      out += text.substr(i, special);
      out += '"';
      i += special - 1;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxDepth)
      fail(ErrorKind::storage, "{}: the JSON is nested deeper than {}", what, kMaxDepth);
    out += c;
  }
  return out;
}

}  // namespace

std::string json_string(const std::string& text) {
  try {
    return nlohmann::json(text).dump(-1, ' ', true);
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::usage, "the text {} is not valid UTF-8", json_text(text));
  }
}

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void check_json(const std::string& key, const std::string& json) {
  try {
    parse_json(json, "its value");
  } catch (const Error& error) {
    fail(ErrorKind::usage, "attribute {}: {}", printable(key), error.what());
  }
}

std::string json_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

nlohmann::ordered_json parse_json(std::string_view text, const std::string& what) {
  auto json = nlohmann::ordered_json::parse(quote_special_numbers(text, what), nullptr, false);
  if (json.is_discarded()) fail(ErrorKind::storage, "{}: is not valid JSON", what);
  return json;
}

double json_to_double(const nlohmann::ordered_json& json, const std::string& what) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  fail(ErrorKind::storage, "{}: is not a number", what);
}

long utf8_length(std::string_view text) {
  long count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : (lead & 0xF0) == 0xE0       ? 3
                                                           : 4;
    if (lead == 0 || (lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + size > text.size())
      return -1;
    unsigned long code = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return -1;
      code = (code << 6) | (next & 0x3F);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return -1;
    i += size;
  }
  return count;
}

void check_name(const char* what, std::string_view name) {
  const long length = utf8_length(name);
  check(length >= 0, "{}: must be valid UTF-8 without NUL", what);
  check(length >= 1 && length <= 512, "{}: has {} characters, allowed are 1 to 512", what, length);
}

}  // namespace hone::tune
