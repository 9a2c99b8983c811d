// Whether 32-bit numbers, which a network computes with, hold the values of a column.
#pragma once

#include <limits>
#include <string>

namespace hone::app {

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void add(double value);  // a missing one, NaN, does nothing

  // Differences so small that f32 has no inverse of them, or so large that it has none.
  bool is_narrow() const;
  bool is_wide() const;
  // Differences that are lost beside the size of the values.
  bool is_blurred() const;
  // "goes from 1e-40 to 9e-40, ...", with what to do; empty: none of these holds.
  std::string complaint() const;
};

}  // namespace hone::app
