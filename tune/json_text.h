// Small JSON helpers of the tuner. Attributes travel as JSON text; Python writes bare NaN and
// Infinity into it, so reading is a little wider than the standard.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace hone::tune {

// "text" with quotes and escapes, ASCII only. Throws Error(usage) when the text is not valid UTF-8.
std::string json_string(const std::string& text);
// The same for text that may hold anything: invalid bytes become U+FFFD.
std::string json_text(const std::string& text);
// Throws Error(usage) that names the attribute unless `json` is JSON.
void check_json(const std::string& key, const std::string& json);
// Shortest text that reads back as the same double and as a float ("1.0", "1e-05"); NaN, Infinity.
std::string json_number(double value);

// Parses JSON that may hold bare NaN, Infinity and -Infinity: they become the strings "NaN",
// "Infinity" and
// "-Infinity". Throws Error(storage) that names `what` when the text is not JSON or is nested
// deeper than 64.
nlohmann::ordered_json parse_json(std::string_view text, const std::string& what);
// A number, or one of the three strings above, as a double. Throws Error(storage) that names
// `what`.
double json_to_double(const nlohmann::ordered_json& json, const std::string& what);

// The number of characters of a UTF-8 text; -1 when it is not valid UTF-8 or holds a NUL.
long utf8_length(std::string_view text);
// Throws Error(usage) unless 1 to 512 characters of UTF-8 without NUL: what names and attribute
// keys may be.
void check_name(const char* what, std::string_view name);

}  // namespace hone::tune
