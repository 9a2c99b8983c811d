// The JSON of values, and what names, attribute keys and attribute values of the tuner may be.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "tune/distribution.h"

namespace hone::tune {

// The value of a parameter. Throws the document's error for what none can be: a list, an object, an
// integer beyond 64 bits.
Value value_of(const JsonNode& node);
Json json_of(const Value& value);

// Throws Error(usage) that names the attribute unless `json` is JSON.
void check_json(const std::string& key, const std::string& json);

// The number of characters of a UTF-8 text; -1 when it is not valid UTF-8 or holds a NUL.
long utf8_length(std::string_view text);
// Throws Error(usage) unless 1 to 512 characters of UTF-8 without NUL: what names and attribute
// keys may be.
void check_name(const char* what, std::string_view name);

}  // namespace hone::tune
