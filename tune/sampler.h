// The interface of a sampler: how the values of a trial are chosen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tune/history_view.h"

namespace hone::tune {

// What a sampler means to do with one trial: a value, made from a view and a key alone. A sampler
// that decides more than `values` derives from it.
class Plan {
 public:
  Plan(HistoryView view_in, const DrawKey& key_in) : view(std::move(view_in)), key(key_in) {}
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  virtual ~Plan() = default;

  const HistoryView view;
  const DrawKey key;
  std::map<std::string, double> values;  // decided together: internal values by name
  std::string why;                       // one line for people, "" where there is nothing to say

  // The planned value of a parameter, if there is one and it lies in the distribution.
  std::optional<double> planned(const std::string& name, const Distribution& distribution) const {
    const auto found = values.find(name);
    if (found == values.end() || !contains(distribution, found->second)) return std::nullopt;
    return found->second;
  }
};
using PlanPtr = std::shared_ptr<const Plan>;

// Called by several threads at once, without a lock around. What a sampler computes from a view and
// wants to keep for the next call belongs into a ViewMemo (tune/view_memo.h): answers depend on the
// arguments and the options alone.
class Sampler {
 public:
  virtual ~Sampler() = default;

  // "tpe", "random": stored in the study, shown in reports.
  virtual std::string name() const = 0;
  // Every option as one line of JSON, in a fixed order; stored in the study and compared on resume.
  virtual std::string options_json() const = 0;

  // In a deterministic study with a lag, pending trials are shown at the points they plan, which
  // costs their plans. False: they are shown by number alone.
  virtual bool sees_planned_points() const { return true; }

  // It may be used in studies with several objectives (HistoryView::directions()): it looks at all
  // values of a trial, or at none. False: such a study refuses it.
  virtual bool several_objectives() const { return false; }

  // Called once for a trial, when its first value is asked for, and again by those who must know
  // what it is going to do.
  virtual PlanPtr plan(const HistoryView& view, const DrawKey& key) const {
    return std::make_shared<const Plan>(view, key);
  }

  // A study ends by itself when such a sampler has nothing new left, which it judges by the whole
  // history, whatever the pruner would show it.
  virtual bool comes_to_an_end() const { return false; }
  // Nothing new is left for the trial of this key; asked only where comes_to_an_end().
  virtual bool is_exhausted(const HistoryView& /*view*/, const DrawKey& /*key*/) const {
    return false;
  }

  // The internal value of the parameter that the trial asks for after `chosen`, in their order;
  // must lie in `distribution`. `plan` is one of this sampler's own.
  virtual double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
                      const Distribution& distribution) const = 0;
};

// A combination of values that no trial may have.
struct Forbidden {
  std::vector<std::string> names;
  // Called with the external values of `names`, in their order; true: not allowed. Pure.
  std::function<bool(const std::vector<Value>&)> predicate;
};
// forbid({"optimizer", "momentum"}, [](const auto& v) { ... })
Forbidden forbid(std::vector<std::string> names,
                 std::function<bool(const std::vector<Value>&)> predicate);

// The value a trial gets for a parameter: the only possible one, else the sampler's. Where it would
// complete a forbidden combination, the nearest allowed one of the whole range (of 1,000 uniform
// draws where the range has more values; any allowed choice). Throws Error(usage) when none is
// allowed, Error(internal) when the sampler leaves the distribution.
double choose_value(const Sampler& sampler, const Plan& plan, std::span<const Parameter> chosen,
                    const std::string& name, const Distribution& distribution,
                    std::span<const Forbidden> forbidden = {});

// What the trial would get if it asked for what trials before it asked for: the plan followed down
// the view's tree.
std::vector<Parameter> planned_point(const Sampler& sampler, const Plan& plan,
                                     std::span<const Forbidden> forbidden = {});

}  // namespace hone::tune
