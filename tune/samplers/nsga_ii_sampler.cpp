// Parents from the history, children from parents.
#include "tune/samplers/nsga_ii_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "tune/constraints.h"
#include "tune/pareto.h"
#include "tune/samplers/draw.h"

namespace hone::tune {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Member {
  TrialPtr trial;
  Losses losses;
  double violation = 0;
};

Member member_of(const TrialPtr& trial, const std::vector<Direction>& directions) {
  return {trial, losses_of(*trial, directions), violation(*trial)};
}

// Domination with constraints.
bool beats(const Member& a, const Member& b) {
  if (a.violation > 0 || b.violation > 0) return a.violation < b.violation;
  return dominates(a.losses, b.losses);
}

// Feasible members by non-domination, then the others, each violation a rank of its own.
std::vector<int> ranks_of(const std::vector<Member>& members) {
  std::vector<Losses> feasible, broken;
  for (const Member& member : members) {
    if (member.violation > 0)
      broken.push_back({member.violation});
    else
      feasible.push_back(member.losses);
  }
  const std::vector<int> good = nondomination_ranks(feasible), bad = nondomination_ranks(broken);
  const int behind = good.empty() ? 0 : *std::max_element(good.begin(), good.end()) + 1;
  std::vector<int> ranks;
  std::size_t g = 0, b = 0;
  for (const Member& member : members)
    ranks.push_back(member.violation > 0 ? behind + bad[b++] : good[g++]);
  return ranks;
}

// The crowding distance of each member of one rank: over the objectives the sum of the gaps between
// its neighbours, as shares of the range of finite values. At an end the gap is infinite.
std::vector<double> crowding(const std::vector<const Member*>& rank) {
  std::vector<double> distance(rank.size(), 0);
  std::vector<std::size_t> order(rank.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = 0; k < rank.front()->losses.size(); ++k) {
    const auto loss = [&](std::size_t i) { return rank[order[i]]->losses[k]; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return rank[a]->losses[k] < rank[b]->losses[k];
    });
    const std::size_t last = order.size() - 1;
    if (loss(0) == loss(last)) continue;
    double low = kInfinity, high = -kInfinity;
    for (std::size_t i = 0; i <= last; ++i)
      if (std::isfinite(loss(i))) {
        low = std::min(low, loss(i));
        high = std::max(high, loss(i));
      }
    // Halved, which is exact: no difference of two finite values is infinite.
    const double width = high > low ? high / 2 - low / 2 : 0.5;
    for (std::size_t i = 0; i <= last; ++i) {
      const double below = i == 0 ? -kInfinity : loss(i - 1);
      const double above = i == last ? kInfinity : loss(i + 1);
      if (below != above) distance[order[i]] += (above / 2 - below / 2) / width;
    }
  }
  return distance;
}

// The `count` best, whole ranks first, of the last one the least crowded.
std::vector<TrialPtr> survivors(const std::vector<TrialPtr>& pool, std::size_t count,
                                const std::vector<Direction>& directions) {
  std::vector<Member> members;
  for (const TrialPtr& trial : pool) members.push_back(member_of(trial, directions));
  const std::vector<int> ranks = ranks_of(members);
  std::vector<TrialPtr> chosen;
  for (int rank = 0; chosen.size() < std::min(count, pool.size()); ++rank) {
    std::vector<const Member*> tied;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (ranks[i] == rank) tied.push_back(&members[i]);
    std::vector<std::size_t> order(tied.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (chosen.size() + tied.size() > count) {
      const std::vector<double> distance = crowding(tied);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return distance[a] > distance[b]; });
      order.resize(count - chosen.size());
    }
    for (const std::size_t i : order) chosen.push_back(tied[i]->trial);
  }
  return chosen;
}

// Of two drawn ones the first if it beats the second.
std::size_t choose_parent(const std::vector<Member>& members, PhiloxStream& random) {
  const std::size_t a = random.below(members.size()), b = random.below(members.size());
  return beats(members[a], members[b]) ? a : b;
}

}  // namespace

struct NsgaIiSampler::NsgaPlan : Plan {
  using Plan::Plan;
  bool startup = false;
};

OptionList NsgaIiOptions::list() {
  return {{"population", population, 2, 1000000, "trials of a generation"},
          {"crossover", crossover, 0, 1, "the probability of two parents"},
          {"swapping", swapping, 0, 1, "the probability that a value is the second parent's"},
          {"mutation", mutation, 0, 1,
           "the probability that a value is drawn anew; 0: 1 / parameters"}};
}

NsgaIiSampler::NsgaIiSampler(const NsgaIiOptions& options) : options_(options) {
  check_options(kName, options_.list());
}

std::string NsgaIiSampler::options_json() const {
  NsgaIiOptions options = options_;
  return tune::options_json(options.list());
}

void NsgaIiSampler::evolve(State& state, const HistoryView& view) const {
  const std::size_t population = static_cast<std::size_t>(options_.population);
  for (; state.seen < view.size(); ++state.seen) {
    const TrialPtr& trial = view.trial(state.seen);
    if (trial->state != TrialState::complete) continue;
    state.children.push_back(trial);
    if (state.children.size() < population) continue;
    std::vector<TrialPtr> pool = std::move(state.children);
    state.children.clear();
    pool.insert(pool.end(), state.parents.begin(), state.parents.end());
    state.parents = survivors(pool, population, view.directions());
    ++state.generations;
  }
}

std::shared_ptr<const NsgaIiSampler::State> NsgaIiSampler::state_of(const HistoryView& view) const {
  std::shared_ptr<const State> known = known_.find(view).value;
  if (!known) known = std::make_shared<const State>();
  if (known->seen < view.log_count()) {
    const HistoryView first = view.prefix(view.log_count());
    auto grown = std::make_shared<State>(*known);
    evolve(*grown, first);
    known = std::move(grown);
    known_.keep(first, known);
  }
  if (view.size() == view.log_count()) return known;
  auto grown = std::make_shared<State>(*known);
  evolve(*grown, view);
  return grown;
}

PlanPtr NsgaIiSampler::plan(const HistoryView& view, const DrawKey& key) const {
  auto plan = std::make_shared<NsgaPlan>(view, key);
  const std::shared_ptr<const State> state = state_of(view);
  if (state->generations == 0) {
    plan->startup = true;
    plan->why = "even draws: the first generation";
    return plan;
  }
  PhiloxStream random = joint_draw_stream(key);
  std::vector<Member> members;
  for (const TrialPtr& trial : state->parents)
    members.push_back(member_of(trial, view.directions()));
  const bool crossed = random.uniform() < options_.crossover;
  const std::size_t one = crossed ? choose_parent(members, random) : random.below(members.size());
  const TrialPtr first = members[one].trial;
  TrialPtr second = first;
  if (crossed) {
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(one));
    second = members[choose_parent(members, random)].trial;
  }
  const double mutation = options_.mutation > 0
                              ? options_.mutation
                              : 1 / std::max(1.0, static_cast<double>(first->params.size()));
  const auto give = [&](const Parameter& own, const TrialRecord& other, double share) {
    PhiloxStream stream = draw_stream(key, own.name + "/child");
    const Parameter* swapped = other.find(own.name);
    const bool swap = stream.uniform() < share && swapped != nullptr;
    if (stream.uniform() >= mutation)
      plan->values.emplace(own.name, swap ? swapped->internal : own.internal);
  };
  for (const Parameter& own : first->params) give(own, *second, options_.swapping);
  for (const Parameter& own : second->params)
    if (first->find(own.name) == nullptr) give(own, *first, 0);
  plan->why = fmt::format("generation {}, {} trial{} {}", state->generations,
                          crossed ? "child of" : "changed copy of", crossed ? "s" : "",
                          crossed ? fmt::format("{} and {}", first->number, second->number)
                                  : fmt::format("{}", first->number));
  return plan;
}

double NsgaIiSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                           const Distribution& distribution) const {
  if (const auto planned = plan.planned(name, distribution)) return *planned;
  if (static_cast<const NsgaPlan&>(plan).startup)
    return draw_stratified(plan.key, name, distribution, options_.population);
  PhiloxStream stream = draw_stream(plan.key, name);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
