// Lines of numeric parameters.
#include "tune/samplers/domain.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace hone::tune {

double NumericDomain::to_line(double value) const { return log ? std::log(value) : value; }

double NumericDomain::to_value(double position) const {
  double value = log ? std::exp(position) : position;
  // nearbyint rounds ties to even, as Python's round does.
  if (step > 0) value = first + std::nearbyint((value - first) / step) * step;
  return std::clamp(value, first, last);
}

bool NumericDomain::degenerate() const {
  // Kernels are a ten-thousandth of the line wide at least, and are divided by.
  const double narrow = (high - low) * 1e-4;
  const double cells = step > 0 ? (last - first) / step : 1;
  return !(narrow > 0) || !std::isnormal(narrow) || !std::isfinite(cells);
}

NumericDomain numeric_domain(const Distribution& distribution) {
  NumericDomain domain;
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) {
    domain.first = range->low;
    domain.last = range->high;
    domain.step = range->step.value_or(0);
    domain.log = range->log;
  } else {
    const auto* integers = std::get_if<IntDistribution>(&distribution);
    check(integers != nullptr, "numeric_domain: a categorical distribution has no line");
    domain.first = static_cast<double>(integers->low);
    domain.last = static_cast<double>(integers->high);
    domain.step = static_cast<double>(integers->step);
    domain.log = integers->log;
  }
  if (domain.step > 0) {
    // 1e-8 of a step forgives a quotient such as 0.3 / 0.1 that rounds below its integer.
    const double cells = std::floor((domain.last - domain.first) / domain.step + 1e-8);
    domain.last = std::min(domain.last, domain.first + cells * domain.step);
  }
  domain.low = domain.to_line(domain.first - 0.5 * domain.step);
  domain.high = domain.to_line(domain.last + 0.5 * domain.step);
  return domain;
}

bool in_range(const Distribution& distribution, double internal) {
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution))
    return internal >= 0 && internal < static_cast<double>(choice->choices.size()) &&
           internal == std::floor(internal);
  if (const auto* range = std::get_if<FloatDistribution>(&distribution))
    return internal >= range->low && internal <= range->high;
  const auto& integers = std::get<IntDistribution>(distribution);
  return internal >= static_cast<double>(integers.low) &&
         internal <= static_cast<double>(integers.high);
}

}  // namespace hone::tune
