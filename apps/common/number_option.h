// Numbers on the command line: decimal, whole, and within their range.
#pragma once

#include <cstdint>

namespace CLI {
class Validator;
}

namespace hone::app {

// For CLI::Option::transform. Decimal digits alone (so 010 is ten, and 0x10, +1 and 1e3 are
// refused) and a value of low .. high; leading zeros are taken away, which CLI11 would read as
// octal.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);

// A whole number of low .. high in any decimal form that is one exactly: "500000", "1e6", "2.5e9".
CLI::Validator whole_amount(std::uint64_t low, std::uint64_t high);

// A size in bytes as parse_bytes() (base/byte_size.h) reads it: "1.5GiB", "512 MB", "1e6".
CLI::Validator byte_size();

// A decimal number of low .. high, as 0.5 or 1e-3; never NaN, and independent of the locale.
CLI::Validator real_number(double low, double high);

}  // namespace hone::app
