// The evolution, replayed from the history.
#include "tune/samplers/cma_es_sampler.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "tune/samplers/conditional_space.h"
#include "tune/samplers/draw.h"
#include "tune/samplers/propose.h"
#include "tune/samplers/split.h"
#include "tune/samplers/truncated_normal.h"

namespace hone::tune {
namespace {

using Vector = std::vector<double>;
constexpr double kConverged = 1e-7;  // of the range, the longest axis times sigma

// Eigenvectors (columns of `axes`) and eigenvalues of a symmetric matrix, by Jacobi's rotations in
// cyclic order. a: [d, d], destroyed.
void eigen(Vector& a, std::size_t d, Vector& axes, Vector& values) {
  axes.assign(d * d, 0);
  for (std::size_t i = 0; i < d; ++i) axes[i * d + i] = 1;
  for (int sweep = 0; sweep < 30; ++sweep) {
    double off = 0, diagonal = 0;
    for (std::size_t i = 0; i < d; ++i) {
      diagonal += a[i * d + i] * a[i * d + i];
      for (std::size_t j = 0; j < i; ++j) off += a[i * d + j] * a[i * d + j];
    }
    if (off <= 1e-26 * diagonal) break;
    for (std::size_t p = 0; p + 1 < d; ++p)
      for (std::size_t q = p + 1; q < d; ++q) {
        const double apq = a[p * d + q];
        if (apq == 0) continue;
        const double theta = (a[q * d + q] - a[p * d + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < d; ++k) {
          const double u = a[k * d + p], v = a[k * d + q];
          a[k * d + p] = c * u - s * v;
          a[k * d + q] = s * u + c * v;
        }
        for (std::size_t k = 0; k < d; ++k) {
          const double u = a[p * d + k], v = a[q * d + k];
          a[p * d + k] = c * u - s * v;
          a[q * d + k] = s * u + c * v;
        }
        for (std::size_t k = 0; k < d; ++k) {
          const double u = axes[k * d + p], v = axes[k * d + q];
          axes[k * d + p] = c * u - s * v;
          axes[k * d + q] = s * u + c * v;
        }
      }
  }
  values.resize(d);
  for (std::size_t i = 0; i < d; ++i) values[i] = a[i * d + i];
}

struct Member {
  double worth;
  Vector x;
};

// What follows from the dimensions n and the members mu that are chosen, by the tutorial's names.
struct Rates {
  Vector w;
  double mu_eff = 0, c_sigma = 0, d_sigma = 0, c_c = 0, c_1 = 0, c_mu = 0, chi = 0;

  Rates(double n, std::size_t mu) : w(mu) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < mu; ++i)
      sum += w[i] = std::log(static_cast<double>(mu) + 0.5) - std::log(static_cast<double>(i + 1));
    for (double& v : w) {
      v /= sum;
      squares += v * v;
    }
    mu_eff = 1 / squares;
    c_sigma = (mu_eff + 2) / (n + mu_eff + 5);
    d_sigma = 1 + 2 * std::max(0.0, std::sqrt((mu_eff - 1) / (n + 1)) - 1) + c_sigma;
    c_c = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n);
    c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);
    c_mu = std::min(1 - c_1, 2 * (mu_eff - 2 + 1 / mu_eff) / ((n + 2) * (n + 2) + mu_eff));
    chi = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  }
};

}  // namespace

// All in coordinates of [0, 1].
struct CmaEsSampler::State {
  std::vector<std::string> names;    // the dimensions
  std::size_t seen = 0;              // trials of the view
  std::vector<Member> members;       // of the generation under way
  std::size_t population = 0;        // 0: still in start-up
  int restarts = 0, generation = 0;  // generations since the restart
  double sigma = 0;
  Vector mean, path_sigma, path_c;  // [d]
  Vector covariance, axes, roots;   // [d, d], eigenvectors in columns [d, d], roots of values [d]
  bool named = false;               // the names are known
  bool broken = false;              // a trial lacks one of the names
};

struct CmaEsSampler::CmaPlan : Plan {
  using Plan::Plan;
  bool startup = false;
  std::shared_ptr<const TrialSplit> split;  // of what is drawn alone
};

OptionList CmaEsOptions::list() {
  return {{"startup_trials", startup_trials, 1, INT_MAX, "even draws before the first generation"},
          {"population", population, 0, 100000, "points of the first generations; 0: by the space"},
          {"sigma", sigma, 1e-6, 1, "the first step size, as a share of each range"}};
}

CmaEsSampler::CmaEsSampler(const CmaEsOptions& options) : options_(options) {
  check_options(kName, options_.list());
}

std::string CmaEsSampler::options_json() const {
  CmaEsOptions options = options_;
  return tune::options_json(options.list());
}

void CmaEsSampler::begin(State& state, Vector mean) const {
  const std::size_t d = state.names.size();
  const double by_space = 4 + std::floor(3 * std::log(static_cast<double>(d)));
  const double first = options_.population > 0 ? std::max(4, options_.population) : by_space;
  state.population = static_cast<std::size_t>(first * std::pow(2.0, std::min(state.restarts, 9)));
  state.sigma = options_.sigma;
  state.mean = std::move(mean);
  state.generation = 0;
  state.path_sigma.assign(d, 0);
  state.path_c.assign(d, 0);
  state.covariance.assign(d * d, 0);
  for (std::size_t i = 0; i < d; ++i) state.covariance[i * d + i] = 1;
  state.axes = state.covariance;
  state.roots.assign(d, 1);
  state.members.clear();
}

// One generation; the names are the tutorial's.
void CmaEsSampler::step(State& state) {
  const std::size_t d = state.names.size(), mu = state.population / 2;
  std::stable_sort(state.members.begin(), state.members.end(),
                   [](const Member& a, const Member& b) { return a.worth < b.worth; });
  const double n = static_cast<double>(d);
  const Rates rates(n, mu);
  const auto& [w, mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi] = rates;
  Vector y(d, 0);
  for (std::size_t i = 0; i < mu; ++i)
    for (std::size_t j = 0; j < d; ++j)
      y[j] += w[i] * (state.members[i].x[j] - state.mean[j]) / state.sigma;
  double length = 0;
  Vector along(d, 0);  // B^T y / D
  for (std::size_t k = 0; k < d; ++k) {
    for (std::size_t j = 0; j < d; ++j) along[k] += state.axes[j * d + k] * y[j];
    along[k] /= state.roots[k];
  }
  for (std::size_t j = 0; j < d; ++j) {
    double whitened = 0;
    for (std::size_t k = 0; k < d; ++k) whitened += state.axes[j * d + k] * along[k];
    double& p = state.path_sigma[j];
    p = (1 - c_sigma) * p + std::sqrt(c_sigma * (2 - c_sigma) * mu_eff) * whitened;
    length += p * p;
  }
  length = std::sqrt(length);
  ++state.generation;
  const double expected = std::sqrt(1 - std::pow(1 - c_sigma, 2.0 * state.generation)) * chi;
  const double h = length < (1.4 + 2 / (n + 1)) * expected ? 1 : 0;
  for (std::size_t j = 0; j < d; ++j)
    state.path_c[j] = (1 - c_c) * state.path_c[j] + h * std::sqrt(c_c * (2 - c_c) * mu_eff) * y[j];
  const double keep = 1 - c_1 - c_mu + c_1 * (1 - h) * c_c * (2 - c_c);
  for (std::size_t a = 0; a < d; ++a)
    for (std::size_t b = 0; b < d; ++b) {
      double rank_mu = 0;
      for (std::size_t i = 0; i < mu; ++i)
        rank_mu += w[i] * (state.members[i].x[a] - state.mean[a]) *
                   (state.members[i].x[b] - state.mean[b]);
      double& c = state.covariance[a * d + b];
      c = keep * c + c_1 * state.path_c[a] * state.path_c[b] +
          c_mu * rank_mu / (state.sigma * state.sigma);
    }
  for (std::size_t j = 0; j < d; ++j) state.mean[j] += state.sigma * y[j];
  state.sigma *= std::exp(std::min(1.0, c_sigma / d_sigma * (length / chi - 1)));
  Vector copy = state.covariance;
  eigen(copy, d, state.axes, state.roots);
  for (double& v : state.roots) v = std::sqrt(std::max(v, 1e-20));
  state.members.clear();
}

// Brings the state up to the view.
void CmaEsSampler::evolve(State& state, const HistoryView& view) const {
  const ConditionalSpace space(view.tree());
  const double sign = view.direction() == Direction::minimize ? 1 : -1;
  for (; state.seen < view.size(); ++state.seen) {
    const TrialRecord& trial = view[state.seen];
    if (trial.state != TrialState::complete || !trial.value() || std::isnan(*trial.value()))
      continue;
    const ConditionalSpace::Values values = space.values_of(trial.params);
    if (!std::exchange(state.named, true))
      for (std::size_t j = 0; j < space.size(); ++j)
        if (!space[j].category && ConditionalSpace::active(values[j]))
          state.names.push_back(space[j].name);
    Member member{sign * *trial.value(), {}};
    for (const std::string& name : state.names) {
      const int j = space.index_of(name);
      if (j < 0 || !ConditionalSpace::active(values[static_cast<std::size_t>(j)])) {
        state.broken = true;
        state.names.erase(std::find(state.names.begin(), state.names.end(), name));
        return;
      }
      member.x.push_back(
          space[static_cast<std::size_t>(j)].unit(values[static_cast<std::size_t>(j)]));
    }
    if (state.names.empty()) continue;
    state.members.push_back(std::move(member));
    if (state.population == 0) {
      if (state.members.size() < static_cast<std::size_t>(options_.startup_trials)) continue;
      const auto best =
          std::min_element(state.members.begin(), state.members.end(),
                           [](const Member& a, const Member& b) { return a.worth < b.worth; });
      begin(state, Vector(best->x));
    } else if (state.members.size() >= state.population) {
      step(state);
      const double longest = *std::max_element(state.roots.begin(), state.roots.end());
      if (state.sigma * longest > kConverged && std::isfinite(state.sigma)) continue;
      ++state.restarts;
      Vector mean;
      PhiloxStream random(static_cast<std::uint64_t>(state.restarts), 11);
      for (std::size_t j = 0; j < state.names.size(); ++j) mean.push_back(random.uniform());
      begin(state, std::move(mean));
    }
  }
}

std::shared_ptr<const CmaEsSampler::State> CmaEsSampler::state_of(const HistoryView& view) const {
  std::shared_ptr<const State> known = known_.find(view).value;
  const auto brought_to = [&](const HistoryView& to) {
    auto state = known ? std::make_shared<State>(*known) : std::make_shared<State>();
    evolve(*state, to);
    while (state->broken) {  // once more, without the name that not every trial has
      auto again = std::make_shared<State>();
      again->names = state->names;
      again->named = true;
      state = again;
      evolve(*state, to);
    }
    return state;
  };
  if (!known || known->seen < view.log_count()) {
    const HistoryView first = view.prefix(view.log_count());
    known = brought_to(first);
    known_.keep(first, known);
  }
  if (view.size() > view.log_count()) known = brought_to(view);
  return known;
}

PlanPtr CmaEsSampler::plan(const HistoryView& view, const DrawKey& key) const {
  auto plan = std::make_shared<CmaPlan>(view, key);
  const std::shared_ptr<const State> state = state_of(view);
  if (state->population == 0) {
    plan->startup = true;
    plan->why = "even draws before the first generation";
    return plan;
  }
  const ConditionalSpace space(view.tree());
  const std::size_t d = state->names.size();
  PhiloxStream random = joint_draw_stream(key);
  Vector x(d);
  for (int tries = 0; tries < 10; ++tries) {
    Vector z(d);
    for (double& v : z) v = random.normal();
    bool inside = true;
    for (std::size_t j = 0; j < d; ++j) {
      double sum = 0, variance = 0;
      for (std::size_t k = 0; k < d; ++k) {
        const double axis = state->axes[j * d + k] * state->roots[k];
        sum += axis * z[k];
        variance += axis * axis;
      }
      x[j] = state->mean[j] + state->sigma * sum * margin(space, *state, j, std::sqrt(variance));
      inside = inside && x[j] >= 0 && x[j] <= 1;
    }
    if (inside) break;
  }
  for (std::size_t j = 0; j < d; ++j) {
    const int at = space.index_of(state->names[j]);
    if (at < 0) continue;
    plan->values.emplace(state->names[j],
                         space[static_cast<std::size_t>(at)].value_at(std::clamp(x[j], 0.0, 1.0)));
  }
  if (space.size() > d) plan->split = std::make_shared<const TrialSplit>(split_trials(view));
  plan->why = fmt::format("generation {}, step size {:.3g}{}", state->generation, state->sigma,
                          state->restarts > 0 ? fmt::format(", restart {}", state->restarts) : "");
  return plan;
}

// How much wider a grid's dimension is drawn, so that another value than the mean's keeps a
// probability of 1 / (d population) at least.
double CmaEsSampler::margin(const ConditionalSpace& space, const State& state, std::size_t j,
                            double deviation) {
  const int at = space.index_of(state.names[j]);
  if (at < 0 || !space[static_cast<std::size_t>(at)].discrete) return 1;
  const ConditionalSpace::Dimension& dim = space[static_cast<std::size_t>(at)];
  const double share = 1 / static_cast<double>(state.names.size() * state.population);
  const double value = dim.value_at(std::clamp(state.mean[j], 0.0, 1.0));
  const double low = (dim.domain.cell_low(value) - dim.domain.low) / dim.length();
  const double high = (dim.domain.cell_high(value) - dim.domain.low) / dim.length();
  // The nearer end of the cell that is not an end of the range.
  double reach = 1;
  if (low > 1e-9) reach = std::min(reach, std::abs(state.mean[j] - low));
  if (high < 1 - 1e-9) reach = std::min(reach, std::abs(high - state.mean[j]));
  const double quantile = -truncated_normal_quantile(share, -40, 40);
  const double wanted = reach / std::max(quantile, 1e-3);
  return std::max(1.0, wanted / std::max(state.sigma * deviation, 1e-300));
}

double CmaEsSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                          const Distribution& distribution) const {
  const auto& own = static_cast<const CmaPlan&>(plan);
  if (const auto planned = plan.planned(name, distribution)) return *planned;
  if (own.startup) return draw_stratified(plan.key, name, distribution, options_.startup_trials);
  PhiloxStream stream = draw_stream(plan.key, name);
  if (own.split && can_model(distribution) && !is_single(distribution))
    return propose_alone(*own.split, {name, distribution}, 24, stream);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
