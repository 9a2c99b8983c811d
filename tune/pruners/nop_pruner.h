// The pruner that lets every trial run to its end.
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/pruner.h"

namespace hone::tune {

struct NopOptions {
  OptionList list() { return {}; }
};

class NopPruner final : public Pruner {
 public:
  static constexpr const char* kName = "none";
  static constexpr const char* kSummary = "never stops a trial";
  using Options = NopOptions;

  NopPruner() = default;
  explicit NopPruner(const NopOptions&) {}
  std::string name() const override { return kName; }
  std::string options_json() const override { return "{}"; }
  Decision decide(const HistoryView&, const DrawKey&, const TrialRecord&) const override {
    return {Decision::Action::go_on, "kept: pruning is off"};
  }
};

}  // namespace hone::tune
