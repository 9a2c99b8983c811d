// From a history to the next point.
#include "tune/samplers/tpe_sampler.h"

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tune/samplers/domain.h"
#include "tune/samplers/draw.h"
#include "tune/samplers/parzen.h"
#include "tune/samplers/split.h"

namespace hone::tune {
namespace {

bool can_model(const Distribution& distribution) {
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution))
    return !choice->choices.empty();
  return !numeric_domain(distribution).degenerate();
}

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

// The best of `count` points drawn from the good density.
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

}  // namespace

OptionList TpeOptions::list() {
  using F = Form;
  return {{"startup_trials", startup_trials, 0, INT_MAX,
           "uniform draws until so many trials are complete or pruned"},
          {"candidates", candidates, 1, 1000, "points that are compared for each suggestion"},
          {"form",
           form,
           {{F::automatic, "automatic"}, {F::independent, "independent"}, {F::joint, "joint"}},
           "parameters one by one, all together, or together until trials differ in theirs"}};
}

TpeSampler::TpeSampler(const TpeOptions& options) : options_(options) {
  check_options(kName, options_.list());
}

std::string TpeSampler::options_json() const {
  TpeOptions options = options_;
  return tune::options_json(options.list());
}

std::shared_ptr<const TpeSampler::Prepared> TpeSampler::prepare(const HistoryView& history) const {
  return memo_.get(history, [](const HistoryView& view) {
    return Prepared{split_trials(view), is_conditional(view)};
  });
}

std::map<std::string, double> TpeSampler::sample_jointly(const HistoryView& history,
                                                         const DrawKey& key) const {
  if (options_.form == TpeOptions::Form::independent) return {};
  const auto prepared = prepare(history);
  if (prepared->split.observed < options_.startup_trials) return {};
  if (options_.form == TpeOptions::Form::automatic && prepared->conditional) return {};
  std::vector<NamedDistribution> space = intersection_space(history);
  std::erase_if(space, [](const NamedDistribution& p) { return !can_model(p.distribution); });
  if (space.empty()) return {};
  const std::vector<double> point =
      propose(space, prepared->split, Bandwidth::hone,
              static_cast<std::size_t>(options_.candidates), joint_draw_stream(key));
  std::map<std::string, double> values;
  for (std::size_t j = 0; j < space.size(); ++j) values.emplace(space[j].name, point[j]);
  return values;
}

double TpeSampler::sample(const HistoryView& history, const DrawKey& key,
                          const std::string& parameter, const Distribution& distribution) const {
  PhiloxStream stream = draw_stream(key, parameter);
  if (is_single(distribution) || !can_model(distribution))
    return draw_uniform(stream, distribution);
  const auto prepared = prepare(history);
  if (prepared->split.observed < options_.startup_trials) return draw_uniform(stream, distribution);
  const NamedDistribution space{parameter, distribution};
  return propose({&space, 1}, prepared->split, Bandwidth::optuna_4_9,
                 static_cast<std::size_t>(options_.candidates), stream)
      .front();
}

}  // namespace hone::tune
