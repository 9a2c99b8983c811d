// A mixture whose components are points of a conditional space, in coordinates of [0, 1].
#pragma once

#include <span>
#include <vector>

#include "base/philox.h"
#include "tune/samplers/conditional_space.h"

namespace hone::tune {

// Components are the points, in equal parts, and the prior: uniform. A number has a normal kernel
// cut off at the ends of the line, its width the larger gap to its neighbours and 0.05 at least (of
// more than 64 points: 0.05), a half step at least on a grid; a category one that favours its own
// level. A parameter that a component lacks has the prior. Immutable after construction.
class TreeDensity {
 public:
  // values: of each point; x: their coordinates.
  TreeDensity(const ConditionalSpace& space,
              std::span<const ConditionalSpace::Values* const> values,
              std::span<const double* const> x);

  ConditionalSpace::Values sample(PhiloxStream& random, const ConditionalSpace::Fixed& fixed) const;
  // ln of the density at a point, over the parameters it has.
  double log_pdf(const ConditionalSpace::Values& values, const double* x) const;

 private:
  struct Kernels {
    std::vector<double> centre, scale, base;  // numbers; scale 0 and base 0: the component lacks it
    double hit = 0, miss = 0;                 // categories: ln of the masses relative to the prior
  };
  void gap_widths(std::size_t j, std::span<const ConditionalSpace::Values* const> values,
                  std::vector<double>& width) const;
  void add_number(std::size_t j, std::span<const ConditionalSpace::Values* const> values);

  const ConditionalSpace& space_;
  std::size_t count_;
  std::vector<Kernels> kernels_;  // [dimensions]
  double smoothing_;              // of categories: the prior's share of each
};

}  // namespace hone::tune
