// Dimensions, coordinates, and points drawn by walks down the tree.
#include "tune/samplers/conditional_space.h"

#include <algorithm>

#include "tune/samplers/draw.h"

namespace hone::tune {

bool can_model(const Distribution& distribution) {
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution))
    return !choice->choices.empty();
  return !numeric_domain(distribution).degenerate();
}

ConditionalSpace::ConditionalSpace(ParameterTree tree) : tree_(std::move(tree)) {
  for (const NamedDistribution& p : tree_.parameters()) {
    if (is_single(p.distribution) || !can_model(p.distribution)) continue;
    Dimension d;
    d.name = p.name;
    d.distribution = p.distribution;
    d.branching = tree_.is_branching(p.name);
    if (const auto* choice = std::get_if<CategoricalDistribution>(&p.distribution)) {
      d.category = d.discrete = true;
      d.choices = static_cast<double>(choice->choices.size());
    } else {
      d.domain = numeric_domain(p.distribution);
      d.discrete = d.domain.step > 0;
    }
    index_.emplace(p.name, static_cast<int>(dimensions_.size()));
    dimensions_.push_back(std::move(d));
  }
  dimension_at_.assign(tree_.places(), -1);
  for (std::size_t place = 1; place < tree_.places(); ++place)
    dimension_at_[place] = index_of(tree_.at(place).name);
}

int ConditionalSpace::index_of(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? -1 : found->second;
}

ConditionalSpace::Values ConditionalSpace::values_of(std::span<const Parameter> params) const {
  Values values(size(), std::numeric_limits<double>::quiet_NaN());
  for (const Parameter& p : params) {
    const int j = index_of(p.name);
    if (j < 0) continue;
    const Dimension& d = dimensions_[static_cast<std::size_t>(j)];
    // A damaged database may have another kind under the name.
    if (d.distribution.index() != p.distribution.index() ||
        !(d.category || std::isfinite(d.unit(p.internal))))
      continue;
    values[static_cast<std::size_t>(j)] = p.internal;
  }
  return values;
}

void ConditionalSpace::embed(const Values& values, double* x) const {
  for (std::size_t j = 0; j < size(); ++j) {
    const Dimension& d = dimensions_[j];
    if (!active(values[j]))
      x[j] = d.category ? -1 : 0.5;
    else
      x[j] = d.category ? values[j] : d.unit(values[j]);
  }
}

std::map<std::string, double> ConditionalSpace::by_name(const Values& values) const {
  std::map<std::string, double> named;
  for (std::size_t j = 0; j < size(); ++j)
    if (active(values[j])) named.emplace(dimensions_[j].name, values[j]);
  return named;
}

ConditionalSpace::Values ConditionalSpace::random_point(PhiloxStream& random,
                                                        const Fixed& fixed) const {
  return walk(random, fixed, [&](std::size_t, const Distribution& distribution) {
    return draw_uniform(random, distribution);
  });
}

double ConditionalSpace::moved(std::size_t j, double value, PhiloxStream& random,
                               double spread) const {
  const Dimension& d = dimensions_[j];
  if (d.category) {
    const double other =
        static_cast<double>(random.below(static_cast<std::uint64_t>(std::max(1.0, d.choices - 1))));
    return other < value ? other : std::min(other + 1, d.choices - 1);
  }
  double u = d.unit(value) + spread * random.normal();
  // Reflected once at the ends, so that points do not crowd there.
  u = u < 0 ? -u : u > 1 ? 2 - u : u;
  double next = d.value_at(std::clamp(u, 0.0, 1.0));
  if (d.discrete && next == value)
    next = std::clamp(value + (random.below(2) == 0 ? -1.0 : 1.0) * d.domain.step, d.domain.first,
                      d.domain.last);
  return next;
}

ConditionalSpace::Values ConditionalSpace::mutated(const Values& base, PhiloxStream& random,
                                                   double rate, double spread,
                                                   const Fixed& fixed) const {
  std::size_t have = 0;
  for (const double v : base) have += active(v) ? 1 : 0;
  // The one that moves in any case.
  std::size_t sure = have > 0 ? static_cast<std::size_t>(random.below(have)) : 0;
  return walk(random, fixed, [&](std::size_t j, const Distribution& distribution) {
    if (!active(base[j])) return draw_uniform(random, distribution);
    const bool moves = random.uniform() < rate || sure == 0;
    --sure;
    const double value = moves ? moved(j, base[j], random, spread) : base[j];
    return contains(distribution, value) ? value : draw_uniform(random, distribution);
  });
}

}  // namespace hone::tune
