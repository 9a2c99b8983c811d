// Fixed values before the base sampler's.
#include "tune/samplers/partial_fixed_sampler.h"

#include "base/error.h"
#include "tune/json_text.h"

namespace hone::tune {

PartialFixedSampler::PartialFixedSampler(std::map<std::string, Value> fixed,
                                         std::shared_ptr<const Sampler> base)
    : fixed_(std::move(fixed)), base_(std::move(base)) {
  check(base_ != nullptr, "partial_fixed: needs a sampler for the other parameters");
}

std::string PartialFixedSampler::options_json() const {
  std::string values;
  for (const auto& [name, value] : fixed_)
    values += (values.empty() ? "" : ",") + json_quoted(name) + ":" + to_json(value);
  return fmt::format("{{\"fixed\":{{{}}},\"base\":{},\"options\":{}}}", values,
                     json_quoted(base_->name()), base_->options_json());
}

double PartialFixedSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                                 const std::string& name, const Distribution& distribution) const {
  const auto fixed = fixed_.find(name);
  if (fixed == fixed_.end()) return base_->next(plan, chosen, name, distribution);
  const double internal = to_internal(distribution, fixed->second);
  check(contains(distribution, internal), "partial_fixed: {} = {} lies outside of its range",
        printable(name), printable(to_text(fixed->second)));
  return internal;
}

}  // namespace hone::tune
