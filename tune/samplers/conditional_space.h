// Points of a conditional space as vectors of one length.
//
// A dimension is a parameter that some trial has had. An active number is its place in [0, 1] on
// its line, an inactive one 1/2; an active category is its index, an inactive one -1, a level of
// its own.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "tune/parameter_tree.h"
#include "tune/samplers/domain.h"
#include "tune/samplers/draw.h"

namespace hone::tune {

// No parameter can be modelled whose line is too long or too short for arithmetic in double.
bool can_model(const Distribution& distribution);

class ConditionalSpace {
 public:
  struct Dimension {
    std::string name;
    Distribution distribution;
    bool category = false;
    bool branching = false;
    bool discrete = false;
    double choices = 0;    // of a category
    NumericDomain domain;  // of a number
    double unit(double value) const { return (domain.to_line(value) - domain.low) / length(); }
    double value_at(double u) const { return domain.to_value(domain.low + u * length()); }
    double length() const { return domain.high - domain.low; }
  };
  // A point: the internal value of each dimension, NaN where it is not active.
  using Values = std::vector<double>;
  static bool active(double value) { return !std::isnan(value); }

  explicit ConditionalSpace(ParameterTree tree);

  std::size_t size() const { return dimensions_.size(); }
  const Dimension& operator[](std::size_t j) const { return dimensions_[j]; }
  int index_of(const std::string& name) const;  // -1: none

  Values values_of(std::span<const Parameter> params) const;
  // Coordinates of a point, [size].
  void embed(const Values& values, double* x) const;
  std::map<std::string, double> by_name(const Values& values) const;

  // What a point is to have, whatever else is drawn.
  struct Fixed {
    int dimension = -1;  // -1: nothing
    double value = 0;
  };
  // Goes down the tree and asks `draw(dimension, distribution)` for every value; a parameter that
  // is no dimension is drawn uniformly.
  template <class Draw>
  Values walk(PhiloxStream& random, const Fixed& fixed, Draw draw) const;
  Values random_point(PhiloxStream& random, const Fixed& fixed) const;
  // Keeps most of `base`: each number moves with the probability `rate` by a normal step of
  // `spread` (of the line), each category becomes another with it; at least one does. What the new
  // branch asks for and `base` lacks is uniform.
  Values mutated(const Values& base, PhiloxStream& random, double rate, double spread,
                 const Fixed& fixed) const;

 private:
  double moved(std::size_t j, double value, PhiloxStream& random, double spread) const;

  ParameterTree tree_;
  std::vector<Dimension> dimensions_;
  std::map<std::string, int> index_;
  std::vector<int> dimension_at_;  // by place of the tree; -1: no dimension
};

template <class Draw>
ConditionalSpace::Values ConditionalSpace::walk(PhiloxStream& random, const Fixed& fixed,
                                                Draw draw) const {
  Values values(size(), std::numeric_limits<double>::quiet_NaN());
  ParameterTree::Walk walk(tree_);
  while (const NamedDistribution* parameter = walk.next()) {
    const int j = dimension_at_[walk.place()];
    if (j < 0) {
      walk.choose(draw_uniform(random, parameter->distribution));
      continue;
    }
    const double value = j == fixed.dimension && contains(parameter->distribution, fixed.value)
                             ? fixed.value
                             : draw(static_cast<std::size_t>(j), parameter->distribution);
    values[static_cast<std::size_t>(j)] = value;
    walk.choose(value);
  }
  return values;
}

}  // namespace hone::tune
