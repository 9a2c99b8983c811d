// A mixture whose components are points of a conditional space, in coordinates of [0, 1].
#pragma once

#include <span>
#include <vector>

#include "base/philox.h"
#include "tune/samplers/conditional_space.h"

namespace hone::tune {

// A point of a space as a component of densities: what does not depend on the other points.
struct TreePoint {
  TreePoint() = default;
  TreePoint(const ConditionalSpace& space, std::span<const Parameter> params);

  ConditionalSpace::Values values;
  // [dimensions, 3]: the coordinate; of a number that it has also 1 / (width sqrt 2) and ln of the
  // height of its narrowest kernel, else 0.
  std::vector<double> kernels;
};

// Components are the points, in equal parts, and the prior: uniform. A number has a normal kernel
// cut off at the ends of the line, its width the larger gap to its neighbours and 0.05 at least (of
// more than 64 points: 0.05), a half step at least on a grid; a category one that favours its own
// level. A parameter that a component lacks has the prior. Immutable after construction.
class TreeDensity {
 public:
  // Space and points must outlive it.
  TreeDensity(const ConditionalSpace& space, std::span<const TreePoint* const> points);

  ConditionalSpace::Values sample(PhiloxStream& random, const ConditionalSpace::Fixed& fixed) const;
  // ln of the density at each of the points, over the parameters it has.
  std::vector<double> log_pdf(std::span<const ConditionalSpace::Values> points) const;

 private:
  struct Masses {
    double hit = 0, miss = 0;  // of categories: ln of the masses relative to the prior
  };
  std::vector<double> gap_widths(std::size_t j, std::span<const TreePoint* const> points) const;
  void widen(std::size_t j, std::span<const TreePoint* const> points);

  const ConditionalSpace& space_;
  std::size_t count_;
  std::vector<double> own_;          // [count, dimensions, 3] where some kernels are wider
  std::vector<const double*> rows_;  // [count], each [dimensions, 3], as TreePoint::kernels
  std::vector<Masses> masses_;       // [dimensions]
  double smoothing_;                 // of categories: the prior's share of each
};

}  // namespace hone::tune
