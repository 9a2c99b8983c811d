// From plans to values, whatever the sampler.
#include "tune/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tune/samplers/draw.h"

namespace hone::tune {
namespace {

double only_value(const Distribution& distribution) {
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) return range->low;
  if (const auto* range = std::get_if<IntDistribution>(&distribution))
    return static_cast<double>(range->low);
  return 0;
}

// The rule would be broken by this value: all its names are there and the predicate says so.
bool breaks(const Forbidden& rule, std::span<const Parameter> chosen, const std::string& name,
            const Distribution& distribution, double internal) {
  std::vector<Value> values;
  bool asked = false;
  for (const std::string& wanted : rule.names) {
    if (wanted == name) {
      values.push_back(to_external(distribution, internal));
      asked = true;
      continue;
    }
    const auto known = std::find_if(chosen.begin(), chosen.end(),
                                    [&](const Parameter& p) { return p.name == wanted; });
    if (known == chosen.end()) return false;
    values.push_back(known->value());
  }
  return asked && rule.predicate(values);
}

// All values of a small discrete range, else draws.
std::vector<double> alternatives(const DrawKey& key, const std::string& name,
                                 const Distribution& distribution) {
  constexpr double kMost = 1000;
  std::vector<double> values;
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution)) {
    for (std::size_t i = 0; i < choice->choices.size(); ++i)
      values.push_back(static_cast<double>(i));
    return values;
  }
  const auto* integers = std::get_if<IntDistribution>(&distribution);
  if (integers != nullptr) {
    const double low = static_cast<double>(integers->low),
                 step = static_cast<double>(integers->step);
    const double count = std::floor((static_cast<double>(integers->high) - low) / step) + 1;
    if (count <= kMost) {
      for (double i = 0; i < count; ++i) values.push_back(low + i * step);
      return values;
    }
  }
  PhiloxStream stream = draw_stream(key, name + "/allowed");
  while (values.size() < static_cast<std::size_t>(kMost))
    values.push_back(draw_uniform(stream, distribution));
  return values;
}

}  // namespace

Forbidden forbid(std::vector<std::string> names,
                 std::function<bool(const std::vector<Value>&)> predicate) {
  check(!names.empty() && predicate, "forbid: needs at least one name and a predicate");
  return {std::move(names), std::move(predicate)};
}

double choose_value(const Sampler& sampler, const Plan& plan, std::span<const Parameter> chosen,
                    const std::string& name, const Distribution& distribution,
                    std::span<const Forbidden> forbidden) {
  const bool single = is_single(distribution);
  const double value =
      single ? only_value(distribution) : sampler.next(plan, chosen, name, distribution);
  if (!contains(distribution, value))
    fail(ErrorKind::internal, "sampler {}: drew {} for parameter {}, which is outside of its range",
         sampler.name(), value, printable(name));
  const auto allowed = [&](double v) {
    return std::none_of(forbidden.begin(), forbidden.end(), [&](const Forbidden& rule) {
      return breaks(rule, chosen, name, distribution, v);
    });
  };
  if (forbidden.empty() || allowed(value)) return value;
  std::vector<double> others =
      single ? std::vector<double>{} : alternatives(plan.key, name, distribution);
  std::erase_if(others, [&](double v) { return !allowed(v); });
  check(!others.empty(),
        "parameter {}: every value of its range completes a forbidden combination with what this "
        "trial has chosen before; allow one, or ask for other parameters in this case",
        printable(name));
  if (std::holds_alternative<CategoricalDistribution>(distribution)) {
    PhiloxStream stream = draw_stream(plan.key, name + "/allowed");
    return others[stream.below(others.size())];
  }
  return *std::min_element(others.begin(), others.end(), [&](double a, double b) {
    return std::abs(a - value) < std::abs(b - value);
  });
}

std::vector<Parameter> planned_point(const Sampler& sampler, const Plan& plan,
                                     std::span<const Forbidden> forbidden) {
  const ParameterTree tree = plan.view.tree();
  std::vector<Parameter> point;
  ParameterTree::Walk walk(tree);
  while (const NamedDistribution* parameter = walk.next()) {
    double value = 0;
    try {
      value =
          choose_value(sampler, plan, point, parameter->name, parameter->distribution, forbidden);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
      break;  // forbidden whatever it takes: the trial itself will say so
    }
    point.push_back({parameter->name, parameter->distribution, value});
    walk.choose(value);
  }
  return point;
}

}  // namespace hone::tune
