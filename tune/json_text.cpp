// Checks of names and attribute values.
#include "tune/json_text.h"

#include "base/json.h"
#include "base/utf8.h"

namespace hone::tune {

Value value_of(const JsonNode& node) {
  if (node.is_null()) return std::monostate{};
  if (const auto* flag = node.json().get_if<bool>()) return *flag;
  if (const auto* whole = node.json().get_if<std::int64_t>()) return *whole;
  if (const auto* number = node.json().get_if<double>()) return *number;
  if (const auto* text = node.json().get_if<std::string>()) return *text;
  node.fail("cannot be the value of a parameter: it is a list, an object or beyond 64 bits");
}

Json json_of(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

void check_json(const std::string& key, const std::string& json) {
  const JsonDocument document(json, fmt::format("attribute {}: its value", printable(key)),
                              ErrorKind::usage);
}

long utf8_length(std::string_view text) {
  long count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const CodePoint point = decode_utf8(text, at);
    if (!point.valid || point.value == 0) return -1;
    at += point.bytes;
  }
  return count;
}

void check_name(const char* what, std::string_view name) {
  const long length = utf8_length(name);
  check(length >= 0, "{}: must be valid UTF-8 without NUL", what);
  check(length >= 1 && length <= 512, "{}: has {} characters, allowed are 1 to 512", what, length);
}

}  // namespace hone::tune
