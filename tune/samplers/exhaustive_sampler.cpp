// The tree of what is done, and the values that lead out of it.
#include "tune/samplers/exhaustive_sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "tune/samplers/domain.h"
#include "tune/samplers/draw.h"

namespace hone::tune {
namespace {

constexpr double kMostValues = 1e6;

// Of these values, those that are least often in `taken`.
void keep_least_taken(std::vector<double>& values, const std::vector<double>& taken) {
  const auto times = [&](double v) { return std::count(taken.begin(), taken.end(), v); };
  auto least = times(values[0]);
  for (const double v : values) least = std::min(least, times(v));
  std::erase_if(values, [&](double v) { return times(v) > least; });
}

double draw_one(const std::vector<double>& values, const DrawKey& key, const std::string& name) {
  PhiloxStream stream = draw_stream(key, name);
  return values[stream.below(values.size())];
}

}  // namespace

// What trials have done, value by value. A node without children is the end of one.
struct ExhaustiveSampler::DonePlan : Plan {
  struct Node {
    std::map<double, int> child;
    std::size_t values = 0;  // how many there are; 0: the end of a trial
    bool done = false;
  };

  DonePlan(const HistoryView& view_in, const DrawKey& key_in, const ExhaustiveSampler& sampler)
      : Plan(view_in, key_in), nodes(1) {
    for (const TrialRecord& trial : view.finished()) add(trial, sampler);
    for (const TrialPtr& trial : view.pending()) {
      if (trial->params.empty() && trial->number < key.trial_number)
        unplanned.push_back(trial->number);
      else
        add(*trial, sampler);
    }
    std::sort(unplanned.begin(), unplanned.end());
    // Children lie behind their parents.
    for (std::size_t i = nodes.size(); i-- > 1;) {
      Node& node = nodes[i];
      node.done = node.values == 0 ||
                  (node.child.size() >= node.values &&
                   std::all_of(node.child.begin(), node.child.end(), [&](const auto& c) {
                     return nodes[static_cast<std::size_t>(c.second)].done;
                   }));
    }
  }

  // The node that these values lead to; null: nobody was there.
  const Node* find(std::span<const Parameter> chosen) const {
    const Node* node = &nodes[0];
    for (const Parameter& p : chosen) {
      if (is_single(p.distribution)) continue;
      const auto next = node->child.find(p.internal);
      if (next == node->child.end()) return nullptr;
      node = &nodes[static_cast<std::size_t>(next->second)];
    }
    return node;
  }

  // Of these values, those that lead to something new; all of them when all is done.
  std::vector<double> open(const std::vector<double>& all,
                           std::span<const Parameter> chosen) const {
    std::vector<double> left = all;
    if (const Node* node = find(chosen)) {
      std::erase_if(left, [&](double v) {
        const auto child = node->child.find(v);
        return child != node->child.end() && nodes[static_cast<std::size_t>(child->second)].done;
      });
    }
    return left.empty() ? all : left;
  }

  std::vector<Node> nodes;
  // Pending trials before this one of whose points nothing is known, because no trial had ended
  // for them that would show the space; in order.
  std::vector<int> unplanned;

 private:
  void add(const TrialRecord& trial, const ExhaustiveSampler& sampler) {
    if (trial.params.empty()) return;
    std::size_t at = 0;
    for (const Parameter& p : trial.params) {
      if (is_single(p.distribution)) continue;
      if (nodes[at].values == 0)
        nodes[at].values = sampler.values_of(p.name, p.distribution).size();
      const auto [known, added] =
          nodes[at].child.emplace(p.internal, static_cast<int>(nodes.size()));
      at = static_cast<std::size_t>(known->second);
      if (added) nodes.emplace_back();
    }
  }
};

std::vector<double> ExhaustiveSampler::values_of(const std::string& name,
                                                 const Distribution& distribution) const {
  std::vector<double> values;
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution)) {
    for (std::size_t i = 0; i < choice->choices.size(); ++i)
      values.push_back(static_cast<double>(i));
    return values;
  }
  const NumericDomain domain = numeric_domain(distribution);
  const double count =
      domain.step > 0 ? std::floor((domain.last - domain.first) / domain.step + 1.5) : 0;
  if (points_ == 0) {
    check(domain.step > 0, "brute_force: parameter {} is continuous; give it a step or use grid",
          printable(name));
    check(count <= kMostValues, "brute_force: parameter {} has more than a million values",
          printable(name));
  }
  if (domain.step > 0 && (points_ == 0 || count <= points_)) {
    for (double i = 0; i < count; ++i)
      values.push_back(std::min(domain.first + i * domain.step, domain.last));
    return values;
  }
  const double low = domain.to_line(domain.first), high = domain.to_line(domain.last);
  for (int i = 0; i < points_; ++i) {
    const double share = static_cast<double>(i) / (points_ - 1);
    // The ends are what they are, not what a logarithm and its inverse make of them.
    values.push_back(i == 0             ? domain.first
                     : i + 1 == points_ ? domain.last
                                        : domain.to_value((1 - share) * low + share * high));
  }
  std::erase_if(values, [&](double v) { return !contains(distribution, v); });
  if (values.empty()) values.push_back(domain.first);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

PlanPtr ExhaustiveSampler::plan(const HistoryView& view, const DrawKey& key) const {
  return std::make_shared<const DonePlan>(view, key, *this);
}

// A trial without a tree draws of all values those that fewest trials before it have drawn behind
// the same beginning; so it can be drawn here what it has drawn.
std::vector<double> ExhaustiveSampler::taken(const DonePlan& plan,
                                             std::span<const Parameter> chosen,
                                             const std::string& name,
                                             const std::vector<double>& last) const {
  std::vector<std::vector<double>> seen(chosen.size() + 1), values(chosen.size() + 1);
  for (std::size_t at = 0; at < chosen.size(); ++at)
    if (!is_single(chosen[at].distribution))
      values[at] = values_of(chosen[at].name, chosen[at].distribution);
  values.back() = last;
  const auto follow = [&](const auto& drawn_at) {
    for (std::size_t at = 0; at < values.size(); ++at) {
      if (values[at].empty()) continue;
      const std::optional<double> drawn = drawn_at(at);
      if (!drawn) return;
      seen[at].push_back(*drawn);
      if (at < chosen.size() && *drawn != chosen[at].internal) return;
    }
  };
  std::size_t ended = 0;
  for (const int number : plan.unplanned) {
    for (; ended < plan.view.size() && plan.view[ended].number < number; ++ended)
      follow([&](std::size_t at) -> std::optional<double> {
        const auto& params = plan.view[ended].params;
        return at < params.size() ? std::optional(params[at].internal) : std::nullopt;
      });
    DrawKey key = plan.key;
    key.trial_number = number;
    follow([&](std::size_t at) -> std::optional<double> {
      std::vector<double> open = values[at];
      keep_least_taken(open, seen[at]);
      return draw_one(open, key, at < chosen.size() ? chosen[at].name : name);
    });
  }
  return seen.back();
}

double ExhaustiveSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                               const std::string& name, const Distribution& distribution) const {
  const auto& own = static_cast<const DonePlan&>(plan);
  const std::vector<double> values = values_of(name, distribution);
  std::vector<double> open = own.open(values, chosen);
  if (!own.unplanned.empty()) keep_least_taken(open, taken(own, chosen, name, values));
  return draw_one(open, plan.key, name);
}

}  // namespace hone::tune
