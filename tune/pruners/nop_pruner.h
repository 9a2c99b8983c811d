// The pruner that lets every trial run to its end.
#pragma once

#include <string>

#include "tune/pruner.h"

namespace hone::tune {

class NopPruner final : public Pruner {
 public:
  std::string name() const override { return "none"; }
  std::string options_json() const override { return "{}"; }
  Decision decide(const HistoryView&, const TrialRecord&) const override {
    return {Decision::Action::go_on, "kept: pruning is off"};
  }
};

}  // namespace hone::tune
