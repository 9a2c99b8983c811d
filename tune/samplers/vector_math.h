// What the loops of samplers need in every lane: functions that compilers turn into SIMD, and the
// mark of a loop that is compiled for several instruction sets.
//
// Results do not depend on the instruction set: nothing is contracted (cmake/hone_library.cmake),
// every element is computed alone, sums have a fixed order.
#pragma once

#include <bit>
#include <cstdint>

// GCC compiles such a function once for each set and picks at load time. Sanitizers and clang take
// the plain one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define HONE_LOOP __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HONE_LOOP
#endif

namespace hone::tune {

// e^x for -50 <= x <= 0: x = k ln 2 + r with |r| <= ln 2 / 2, Taylor's polynomial of degree 12 in r
// (rest 2e-16), times 2^k through the exponent bits.
[[gnu::always_inline]] inline double exp_of(double x) {
  constexpr double kLog2E = 1.44269504088896340736;
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  constexpr double kShift = 0x1.8p52;
  const double shifted = x * kLog2E + kShift;
  const double k = shifted - kShift;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double p = 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
  return p * std::bit_cast<double>(power);
}

// ln x for positive normal x: x = 2^e m with sqrt(1/2) <= m < sqrt(2), ln m by the series of atanh
// in (m - 1) / (m + 1). Error 1e-15.
[[gnu::always_inline]] inline double log_of(double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  // The exponent's bits below those of 2^52 are a double that is 2^52 too large.
  double e = std::bit_cast<double>((bits >> 52) | 0x4330000000000000ull) - 0x1p52 - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
  const bool high = m > 1.4142135623730951;
  m = high ? 0.5 * m : m;
  e = high ? e + 1 : e;
  const double s = (m - 1) / (m + 1), q = s * s;
  double p = 1.0 / 17;
  p = p * q + 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  p = p * q + 1;
  return e * 0.69314718055994530942 + 2 * s * p;
}

}  // namespace hone::tune
