// The tree of what is done, and the values that lead out of it.
#include "tune/samplers/exhaustive_sampler.h"

#include <algorithm>
#include <cmath>
#include <list>
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
    const std::vector<double>* values = nullptr;  // to be tried; null: the end of a trial
    bool finished = false;                        // a finished trial was here
    bool done = false;                            // nothing below is new
    bool tried = false;                           // and pending trials had no part in it
  };

  DonePlan(const HistoryView& view_in, const DrawKey& key_in, const ExhaustiveSampler& sampler)
      : Plan(view_in, key_in), nodes(1) {
    for (const TrialRecord& trial : view.finished()) {
      add(trial.params, true, sampler);
      // A space without parameters has one point; who failed before its first value says nothing.
      if (trial.params.empty() && trial.state != TrialState::fail) nodes[0].finished = true;
    }
    bool unplanned = false;
    for (const TrialPtr& trial : view.pending()) {
      if (trial->number < key.trial_number) pending.push_back(trial.get());
      unplanned = unplanned || trial->params.empty();
      add(trial->params, false, sampler);
    }
    std::sort(pending.begin(), pending.end(),
              [](const TrialRecord* a, const TrialRecord* b) { return a->number < b->number; });
    if (unplanned) draw_again(sampler);
    // Children lie behind their parents.
    for (std::size_t i = nodes.size(); i-- > 1;) settle(nodes[i], true);
    settle(nodes[0], nodes.size() > 1 || nodes[0].finished);
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

  // Nobody is known to have gone on from here.
  bool is_new(std::span<const Parameter> chosen) const {
    const Node* node = find(chosen);
    return node == nullptr || node->values == nullptr;
  }

  // Of these values, those that lead to something new; when all is done, those that lead to what
  // only pending trials do, which may end elsewhere; else all of them.
  std::vector<double> open(const std::vector<double>& all,
                           std::span<const Parameter> chosen) const {
    const Node* node = find(chosen);
    if (node == nullptr) return all;
    for (const bool Node::*over : {&Node::done, &Node::tried}) {
      std::vector<double> left = all;
      std::erase_if(left, [&](double v) {
        const auto child = node->child.find(v);
        return child != node->child.end() && nodes[static_cast<std::size_t>(child->second)].*over;
      });
      if (!left.empty()) return left;
    }
    return all;
  }

  std::vector<Node> nodes;
  // Pending trials before this one, in order. What they plan ends where no trial has been that had
  // ended for them; without parameters nothing is known of their points.
  std::vector<const TrialRecord*> pending;

 private:
  void add(std::span<const Parameter> params, bool finished, const ExhaustiveSampler& sampler) {
    if (params.empty()) return;
    std::size_t at = 0;
    const auto arrive = [&] { nodes[at].finished = nodes[at].finished || finished; };
    arrive();
    for (const Parameter& p : params) {
      if (is_single(p.distribution)) continue;
      // A trial has ended here: what a plan from before it expects to follow is not there.
      if (!finished && nodes[at].finished && nodes[at].values == nullptr) return;
      if (nodes[at].values == nullptr)
        nodes[at].values = &kept_values(p.name, p.distribution, sampler);
      const auto [known, added] =
          nodes[at].child.emplace(p.internal, static_cast<int>(nodes.size()));
      at = static_cast<std::size_t>(known->second);
      if (added) nodes.emplace_back();
      arrive();
    }
  }

  const std::vector<double>& kept_values(const std::string& name, const Distribution& distribution,
                                         const ExhaustiveSampler& sampler) {
    auto& known = values_[name];
    for (const auto& [of, list] : known)
      if (of == distribution) return list;
    known.emplace_back(distribution, sampler.values_of(name, distribution));
    return known.back().second;
  }

  void settle(Node& node, bool known) const {
    const auto all = [&](const bool Node::*over) {
      if (node.values == nullptr) return true;
      std::size_t left = node.values->size();  // a trial may have been given others than these
      for (const auto& [value, child] : node.child)
        if (nodes[static_cast<std::size_t>(child)].*over &&
            std::binary_search(node.values->begin(), node.values->end(), value))
          --left;
      return left == 0;
    };
    node.done = known && all(&Node::done);
    node.tried = node.finished && all(&Node::tried);
  }

  // What trials without a plan have drawn, now that the tree is known: each drew, of all values,
  // those that fewest trials before it had drawn behind the same beginning (taken()).
  void draw_again(const ExhaustiveSampler& sampler) {
    const ParameterTree tree = view.tree();
    if (tree.empty()) return;
    std::map<std::vector<double>, std::vector<double>> seen;  // behind each beginning
    std::size_t ended = 0;
    for (const TrialRecord* trial : pending) {
      if (!trial->params.empty()) continue;
      for (; ended < view.size() && view[ended].number < trial->number; ++ended) {
        std::vector<double> begin;
        for (const Parameter& p : view[ended].params) {
          if (is_single(p.distribution)) continue;
          seen[begin].push_back(p.internal);
          begin.push_back(p.internal);
        }
      }
      DrawKey other = key;
      other.trial_number = trial->number;
      std::vector<Parameter> params;
      std::vector<double> begin;
      ParameterTree::Walk walk(tree);
      while (const NamedDistribution* next = walk.next()) {
        if (is_single(next->distribution)) {
          PhiloxStream stream = draw_stream(other, next->name);
          walk.choose(draw_uniform(stream, next->distribution));
          continue;
        }
        std::vector<double> left = sampler.values_of(next->name, next->distribution);
        keep_least_taken(left, seen[begin]);
        const double drawn = draw_one(left, other, next->name);
        seen[begin].push_back(drawn);
        begin.push_back(drawn);
        params.push_back({next->name, next->distribution, drawn});
        walk.choose(drawn);
      }
      add(params, false, sampler);
    }
  }

  // By name; lists stay where they are.
  std::map<std::string, std::list<std::pair<Distribution, std::vector<double>>>> values_;
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

bool ExhaustiveSampler::is_exhausted(const HistoryView& view, const DrawKey& key) const {
  return DonePlan(view, key, *this).nodes.front().done;
}

// Where no trial has been, a trial draws of all values those that fewest trials before it have
// drawn behind the same beginning; so it can be drawn here what it has drawn.
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
  const auto known_at = [](const std::vector<Parameter>& params, std::size_t at) {
    return at < params.size() ? std::optional(params[at].internal) : std::nullopt;
  };
  std::size_t ended = 0;
  for (const TrialRecord* trial : plan.pending) {
    for (; ended < plan.view.size() && plan.view[ended].number < trial->number; ++ended)
      follow([&](std::size_t at) { return known_at(plan.view[ended].params, at); });
    DrawKey key = plan.key;
    key.trial_number = trial->number;
    follow([&](std::size_t at) {
      if (const auto planned = known_at(trial->params, at)) return planned;
      std::vector<double> open = values[at];
      keep_least_taken(open, seen[at]);
      return std::optional(draw_one(open, key, at < chosen.size() ? chosen[at].name : name));
    });
  }
  return seen.back();
}

double ExhaustiveSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                               const std::string& name, const Distribution& distribution) const {
  const auto& own = static_cast<const DonePlan&>(plan);
  const std::vector<double> values = values_of(name, distribution);
  std::vector<double> open = own.open(values, chosen);
  if (!own.pending.empty() && own.is_new(chosen))
    keep_least_taken(open, taken(own, chosen, name, values));
  return draw_one(open, plan.key, name);
}

}  // namespace hone::tune
