// The tree of what is done, and the values that lead out of it.
#include "tune/samplers/exhaustive_sampler.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "tune/samplers/domain.h"
#include "tune/samplers/draw.h"

namespace hone::tune {
namespace {

constexpr double kMostValues = 1e6;

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
    for (const TrialPtr& trial : view.pending()) add(*trial, sampler);
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

  std::vector<Node> nodes;

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

double ExhaustiveSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                               const std::string& name, const Distribution& distribution) const {
  const auto& own = static_cast<const DonePlan&>(plan);
  std::vector<double> values = values_of(name, distribution);
  std::vector<double> open = values;
  if (const DonePlan::Node* node = own.find(chosen)) {
    std::erase_if(open, [&](double v) {
      const auto child = node->child.find(v);
      return child != node->child.end() && own.nodes[static_cast<std::size_t>(child->second)].done;
    });
  }
  if (open.empty()) open = std::move(values);
  PhiloxStream stream = draw_stream(plan.key, name);
  return open[stream.below(open.size())];
}

}  // namespace hone::tune
