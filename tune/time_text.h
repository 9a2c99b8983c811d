// Times of trials: microseconds since 1970 in memory, Optuna's text in files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hone::tune {

// Now, in microseconds since 1970-01-01 UTC.
std::int64_t now_microseconds();
// "2026-01-31 12:00:00.000000", UTC; empty for 0, which stands for "not known".
std::string time_text(std::int64_t microseconds);
// Reads such a text, with or without a fraction of up to six digits (what follows them is left
// out); an empty text is 0. Nothing when it is not a time of the years 1 to 9999.
std::optional<std::int64_t> time_from_text(std::string_view text);

}  // namespace hone::tune
