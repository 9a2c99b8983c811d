// The trial's own part: checking what is asked, the order in which a value is decided, what is not
// yet stored.
#include "tune/trial.h"

#include <cmath>

#include "base/philox.h"
#include "tune/constraints.h"
#include "tune/cost.h"
#include "tune/json_text.h"
#include "tune/study_core.h"

namespace hone::tune {

Trial::Trial(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trial::Trial(Trial&&) noexcept = default;

Trial& Trial::operator=(Trial&& other) noexcept {
  if (this != &other) {
    if (impl_ && impl_->core && !impl_->ended) impl_->core->release(*impl_);
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Trial::~Trial() {
  if (impl_ && impl_->core && !impl_->ended) impl_->core->release(*impl_);
}

Trial Trial::fixed(std::vector<std::pair<std::string, Value>> params, int number,
                   std::uint64_t study_seed,
                   std::function<Decision(int step, double value)> answer) {
  auto impl = std::make_unique<Impl>();
  impl->record.number = number;
  impl->study_seed = study_seed;
  impl->answer = std::move(answer);
  for (auto& [name, value] : params) impl->given[name] = std::move(value);
  return Trial(std::move(impl));
}

double Trial::suggest(const std::string& name, const Distribution& asked) {
  check_distribution(name, asked);
  const Distribution distribution = on_grid(asked);
  if (impl_->ended)
    fail(ErrorKind::usage, "trial {}: has ended, parameter {} cannot be suggested any more",
         number(), printable(name));
  if (const Parameter* known = impl_->record.find(name)) {
    if (!compatible(known->distribution, distribution))
      fail(ErrorKind::usage,
           "trial {}: parameter {} was suggested before with another kind, log flag or list of "
           "choices",
           number(), printable(name));
    return known->internal;
  }
  if (impl_->core) impl_->core->check_compatible(name, distribution);
  double internal = 0;
  if (const auto given = impl_->given.find(name); given != impl_->given.end()) {
    try {
      internal = to_internal(distribution, given->second);
    } catch (const Error& error) {
      fail(error.kind(), "trial {}: the value given for parameter {}: {}", number(),
           printable(name), error.what());
    }
  } else if (!impl_->core) {
    fail(ErrorKind::usage, "the fixed trial has no value for parameter {}", printable(name));
  } else {
    internal = impl_->core->draw(*impl_, name, distribution);
  }
  TrialChange change;
  change.params.push_back({name, distribution, internal});
  impl_->note(std::move(change));
  return internal;
}

double Trial::suggest_float(const std::string& name, double low, double high,
                            const FloatOptions& options) {
  return suggest(name, FloatDistribution{low, high, options.log, options.step});
}

std::int64_t Trial::suggest_int(const std::string& name, std::int64_t low, std::int64_t high,
                                const IntOptions& options) {
  const IntDistribution distribution{low, high, options.log, options.step};
  return std::get<std::int64_t>(to_external(distribution, suggest(name, distribution)));
}

std::string Trial::suggest_categorical(const std::string& name,
                                       const std::vector<std::string>& choices) {
  return std::get<std::string>(
      suggest_value(name, std::vector<Value>(choices.begin(), choices.end())));
}

Value Trial::suggest_value(const std::string& name, const std::vector<Value>& choices) {
  const CategoricalDistribution distribution{choices};
  return to_external(distribution, suggest(name, distribution));
}

Decision Trial::report(int step, double value) {
  check(step >= 0, "trial {}: a step must be >= 0, it is {}", number(), step);
  check(!impl_->ended, "trial {}: has ended, nothing can be reported any more", number());
  if (impl_->record.intermediate.contains(step))
    return {Decision::Action::go_on,
            fmt::format("step {} was reported before; the first value is kept", step)};
  TrialChange change;
  change.reports.emplace_back(step, value);
  impl_->note(std::move(change));
  if (impl_->answer) return impl_->answer(step, value);
  if (!impl_->core) return {Decision::Action::go_on, "a fixed trial is never pruned"};
  Decision decision = impl_->core->decide(*impl_, step);
  impl_->core->flush(*impl_);
  return decision;
}

int Trial::number() const { return impl_->record.number; }

std::string Trial::study_token() const { return impl_->core ? impl_->core->info().key.token : ""; }

std::uint64_t Trial::seed() const {
  return mix(impl_->study_seed, static_cast<std::uint64_t>(seed_number(impl_->record)));
}

std::optional<int> Trial::continues() const {
  const auto promotion = promotion_of(impl_->record);
  return promotion ? std::optional<int>(promotion->from) : std::nullopt;
}

void Trial::set_user_attr(const std::string& key, const Value& value) {
  set_user_attr_json(key, to_json(value));
}

void Trial::set_system_attr(const std::string& key, const Value& value) {
  set_system_attr_json(key, to_json(value));
}

void Trial::set_user_attr_json(const std::string& key, const std::string& json) {
  check_name("the key of an attribute", key);
  check_json(key, json);
  TrialChange change;
  change.user_attrs[key] = json;
  impl_->note(std::move(change));
}

void Trial::set_system_attr_json(const std::string& key, const std::string& json) {
  check_name("the key of an attribute", key);
  check_json(key, json);
  TrialChange change;
  change.system_attrs[key] = json;
  impl_->note(std::move(change));
}

void Trial::set_constraint(const std::string& name, double value) {
  check_name("the name of a constraint", name);
  TrialChange change;
  change.system_attrs = constraint_attributes(impl_->record.system_attrs, name, value);
  impl_->note(std::move(change));
}

void Trial::set_cost(double cost) {
  check(cost > 0 && std::isfinite(cost), "trial {}: its cost is {}, it must be a positive number",
        number(), cost);
  set_system_attr(kCost, cost);
}

bool Trial::when_stored(std::function<void()> done) {
  check(done != nullptr, "trial {}: when_stored was given an empty function", number());
  if (!impl_->core) return false;
  impl_->when_stored.push_back(std::move(done));
  return true;
}

void Trial::leave() {
  check(impl_->core && !impl_->ended, "trial {}: is not one of a study that runs", number());
  impl_->core->leave(*impl_);
}

const TrialRecord& Trial::record() const { return impl_->record; }

}  // namespace hone::tune
