// Densities of a split, and the candidate with the largest ratio.
#include "tune/samplers/propose.h"

#include "tune/samplers/domain.h"

namespace hone::tune {
namespace {

// The density of one side of the split. A trial counts if it has all parameters of the space, in
// range.
ParzenEstimator fit(std::span<const NamedDistribution> space,
                    const std::vector<const TrialRecord*>& trials, Bandwidth bandwidth) {
  std::vector<ParzenEstimator::Dimension> dimensions(space.size());
  for (std::size_t j = 0; j < space.size(); ++j) {
    dimensions[j].distribution = &space[j].distribution;
    dimensions[j].observed.reserve(trials.size());
  }
  std::vector<std::size_t> hints(space.size(), 0);
  std::vector<double> row(space.size());
  for (const TrialRecord* trial : trials) {
    bool usable = true;
    for (std::size_t j = 0; j < space.size() && usable; ++j) {
      const Parameter* parameter = find_parameter(*trial, space[j].name, hints[j]);
      usable = parameter != nullptr &&
               parameter->distribution.index() == space[j].distribution.index() &&
               in_range(space[j].distribution, parameter->internal);
      if (usable) row[j] = parameter->internal;
    }
    if (!usable) continue;
    for (std::size_t j = 0; j < space.size(); ++j) dimensions[j].observed.push_back(row[j]);
  }
  return ParzenEstimator(std::move(dimensions), bandwidth);
}

}  // namespace

std::vector<double> propose(std::span<const NamedDistribution> space, const TrialSplit& split,
                            Bandwidth bandwidth, std::size_t count, PhiloxStream stream) {
  const ParzenEstimator below = fit(space, split.below, bandwidth);
  const ParzenEstimator above = fit(space, split.above, bandwidth);
  const std::vector<double> points = below.sample(stream, count);
  const std::vector<double> good = below.log_pdf(points), other = above.log_pdf(points);
  std::size_t best = 0;
  for (std::size_t c = 1; c < count; ++c)
    if (good[c] - other[c] > good[best] - other[best]) best = c;
  std::vector<double> point(space.size());
  for (std::size_t j = 0; j < space.size(); ++j) point[j] = points[j * count + best];
  return point;
}

double propose_alone(const TrialSplit& split, const NamedDistribution& parameter, std::size_t count,
                     const PhiloxStream& stream) {
  return propose({&parameter, 1}, split, Bandwidth::optuna_4_9, count, stream).front();
}

}  // namespace hone::tune
