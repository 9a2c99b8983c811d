// The sampler that docs/add-a-sampler.md adds.
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

namespace hone::tune {

struct GoldenOptions {
  double start = 0.5;  // where trial 0 stands, as a share of the range

  OptionList list() { return {{"start", start, 0, 1, "where trial 0 stands in the range"}}; }
};

class GoldenSampler final : public Sampler {
 public:
  static constexpr const char* kName = "golden";
  static constexpr const char* kSummary = "walks over each range in steps of the golden ratio";
  using Options = GoldenOptions;

  explicit GoldenSampler(const GoldenOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  GoldenOptions options_;
};

}  // namespace hone::tune
