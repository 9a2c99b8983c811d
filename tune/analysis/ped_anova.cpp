// PED-ANOVA: one-dimensional densities of the best trials against those of all.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <set>

#include "tune/analysis/finish.h"
#include "tune/analysis/importance.h"
#include "tune/samplers/truncated_normal.h"

namespace hone::tune {
namespace {

constexpr double kTarget = 0.1;     // the share of the best trials
constexpr int kSteps = 50;          // cells of a grid, at most
constexpr std::size_t kFewest = 2;  // trials with one distribution, to be looked at

// The cells of a parameter's grid: one a choice, or evenly over the range.
struct Grid {
  int cells = 0;
  bool categorical = false, log = false;
  double low = 0, high = 0;

  explicit Grid(const Distribution& distribution) {
    if (const auto* choices = std::get_if<CategoricalDistribution>(&distribution)) {
      categorical = true;
      cells = static_cast<int>(choices->choices.size());
      return;
    }
    double steps = kSteps;
    if (const auto* whole = std::get_if<IntDistribution>(&distribution)) {
      log = whole->log;
      low = static_cast<double>(whole->low);
      high = static_cast<double>(whole->high);
      steps = log ? std::ceil(std::log(high - low + 1) / std::log(2.0)) + 1
                  : std::nearbyint((high - low) / static_cast<double>(whole->step)) + 1;
    } else {
      const auto& real = std::get<FloatDistribution>(distribution);
      log = real.log;
      low = real.low;
      high = real.high;
      if (real.step) steps = std::nearbyint((high - low) / *real.step) + 1;
    }
    cells = static_cast<int>(std::min<double>(steps, kSteps));
    if (log) low = std::log(low), high = std::log(high);
  }

  std::size_t cell(double internal) const {
    double at = internal;
    // Halfway between two cells belongs to the lower one.
    if (!categorical)
      at = std::ceil(((log ? std::log(internal) : internal) - low) / ((high - low) / (cells - 1)) -
                     0.5);
    return static_cast<std::size_t>(std::clamp(at, 0.0, cells - 1.0));
  }
};

// Occupied cells with their counts.
using Counts = std::vector<std::pair<int, int>>;

// Scott's rule, with at least half a cell at 90%.
double bandwidth(const Counts& counts) {
  double sum = 0, mean = 0, variance = 0;
  for (const auto& [cell, count] : counts) sum += count, mean += double{1} * cell * count;
  mean /= sum;
  for (const auto& [cell, count] : counts) variance += (cell - mean) * (cell - mean) * count;
  const double sigma = std::sqrt(variance / std::max(1.0, sum - 1));
  // The cells at which the cumulated count reaches a quarter, and passes three quarters.
  const auto total = static_cast<int>(sum);
  int first = counts.back().first, third = counts.back().first, cumulated = 0;
  bool has_first = false, has_third = false;
  for (const auto& [cell, count] : counts) {
    cumulated += count;
    if (!has_first && cumulated >= total / 4) first = cell, has_first = true;
    if (!has_third && cumulated > total * 3 / 4) third = cell, has_third = true;
  }
  const double spread = std::min((third - first) / 1.34, sigma);
  return std::max(1.059 * spread * std::pow(sum, -0.2), 0.5 / 1.64);
}

// The density at each cell: a kernel a cell that is occupied, and one for the prior.
std::vector<double> density(const Grid& grid, const std::vector<double>& values) {
  std::vector<int> tally(static_cast<std::size_t>(grid.cells));
  for (const double value : values) ++tally[grid.cell(value)];
  Counts counts;
  for (int cell = 0; cell < grid.cells; ++cell)
    if (const int count = tally[static_cast<std::size_t>(cell)]; count > 0)
      counts.emplace_back(cell, count);
  const double total = static_cast<double>(values.size()) + 1;
  std::vector<double> sums(static_cast<std::size_t>(grid.cells));
  if (grid.categorical) {
    const double kernels = static_cast<double>(counts.size()) + 1, share = 1 / kernels;
    const double row = grid.cells * share + 1;
    for (int cell = 0; cell < grid.cells; ++cell) {
      double& sum = sums[static_cast<std::size_t>(cell)];
      for (const auto& [other, count] : counts)
        sum += count / total * (share + (other == cell ? 1 : 0)) / row;
      sum += 1 / total / grid.cells;
    }
    return sums;
  }
  const double high = grid.cells - 1, sigma = bandwidth(counts);
  const auto add = [&](double mean, double width, double weight) {
    const double whole = log_normal_mass((-0.5 - mean) / width, (high + 0.5 - mean) / width);
    for (int cell = 0; cell < grid.cells; ++cell)
      sums[static_cast<std::size_t>(cell)] +=
          weight *
          std::exp(log_normal_mass((cell - 0.5 - mean) / width, (cell + 0.5 - mean) / width) -
                   whole);
  };
  for (const auto& [cell, count] : counts) add(cell, sigma, count / total);
  add(high / 2, high + 1, 1 / total);
  return sums;
}

double divergence(const Grid& grid, const std::vector<double>& best,
                  const std::vector<double>& all) {
  const std::vector<double> top = density(grid, best), local = density(grid, all);
  double sum = 0;
  for (std::size_t cell = 0; cell < top.size(); ++cell) {
    const double p = local[cell] + 1e-12, ratio = (top[cell] + 1e-12) / p - 1;
    sum += p * ratio * ratio;
  }
  return sum;
}

// The trials in which a parameter has one distribution.
struct Regime {
  std::vector<double> all, best;  // its values
};

}  // namespace

bool values_differ(const std::vector<TrialRecord>& trials) {
  std::optional<double> first;
  for (const TrialRecord& trial : trials) {
    if (trial.state != TrialState::complete || !trial.value() || !std::isfinite(*trial.value()))
      continue;
    if (first && *first != *trial.value()) return true;
    first = trial.value();
  }
  return false;
}

std::vector<Importance> ped_anova(const std::vector<TrialRecord>& trials, Direction direction) {
  std::set<std::string> names;
  std::vector<const TrialRecord*> region;
  for (const TrialRecord& trial : trials) {
    if (trial.state != TrialState::complete) continue;
    for (const Parameter& parameter : trial.params) names.insert(parameter.name);
    if (std::all_of(trial.values.begin(), trial.values.end(),
                    [](double value) { return std::isfinite(value); }) &&
        !trial.values.empty())
      region.push_back(&trial);
  }
  std::vector<Importance> list;
  for (const std::string& name : names) list.push_back({name, 0});
  if (region.size() <= 1) return normalized(std::move(list));

  const double sign = direction == Direction::minimize ? 1 : -1;
  std::vector<double> losses;
  for (const TrialRecord* trial : region) losses.push_back(sign * *trial->value());
  const auto cut =
      static_cast<std::size_t>(std::ceil(kTarget * static_cast<double>(losses.size())) - 1);
  std::vector<double> sorted = losses;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(cut), sorted.end());
  const double bar = sorted[cut];
  const auto targets = static_cast<double>(
      std::count_if(losses.begin(), losses.end(), [&](double loss) { return loss <= bar; }));
  const auto count = static_cast<double>(region.size());

  for (Importance& importance : list) {
    std::map<std::string, Regime> regimes;  // by the text of the distribution
    std::map<std::string, Distribution> distributions;
    for (std::size_t i = 0; i < region.size(); ++i) {
      const Parameter* parameter = region[i]->find(importance.parameter);
      if (parameter == nullptr) continue;
      const std::string text = to_json(parameter->distribution);
      distributions.emplace(text, parameter->distribution);
      Regime& regime = regimes[text];
      regime.all.push_back(parameter->internal);
      if (losses[i] <= bar) regime.best.push_back(parameter->internal);
    }
    for (const auto& [text, regime] : regimes) {
      const Distribution& distribution = distributions.at(text);
      if (regime.all.size() < kFewest || regime.best.empty() || is_single(distribution)) continue;
      const double alpha = static_cast<double>(regime.best.size()) / targets;
      const double beta = static_cast<double>(regime.all.size()) / count;
      importance.value +=
          alpha * alpha / beta * divergence(Grid(distribution), regime.best, regime.all);
    }
    importance.value *= targets / count * (targets / count);
  }
  return normalized(std::move(list));
}

}  // namespace hone::tune
