// The line on which a numeric parameter is modelled, and how its points become values.
//
// A continuous parameter lives on [low, high], a gridded one on [first - step / 2, last + step / 2]
// so that every grid value owns a cell of equal width; with `log` the ends are logarithms of these.
#pragma once

#include "tune/distribution.h"

namespace hone::tune {

struct NumericDomain {
  double low = 0, high = 1;    // ends of the line, logarithms if `log`
  double first = 0, last = 1;  // smallest and largest value
  double step = 0;             // 0: continuous
  bool log = false;

  // Position of a value on the line.
  double to_line(double value) const;
  // The value at a position: on the grid, within [first, last]; the even multiple at a tie.
  double to_value(double position) const;
  // Ends of the cell of a grid value on the line (step > 0).
  double cell_low(double value) const { return to_line(value - 0.5 * step); }
  double cell_high(double value) const { return to_line(value + 0.5 * step); }
  // The line is too long or too short for arithmetic in double: only uniform draws are possible.
  bool degenerate() const;
};

// The distribution must be a float or an integer one and must have passed check_distribution.
NumericDomain numeric_domain(const Distribution& distribution);

// The value lies in the range of the distribution (for choices: is an index); grids are not looked
// at.
bool in_range(const Distribution& distribution, double internal);

}  // namespace hone::tune
