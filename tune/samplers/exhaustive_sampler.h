// Every combination once: brute force over discrete spaces, and grids over any.
#pragma once

#include <climits>
#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

namespace hone::tune {

// The combinations need not be known beforehand, and a space may have branches: of the values that
// lead to something new one is drawn. Finished and pending trials count as done. Of trials that
// began before any had ended, nobody knew the space: their points are drawn again as they drew
// them, down the tree of now. Study::optimize() ends a study in which nothing new is left; for who
// asks on, values are drawn evenly, first of what is done by pending trials alone.
class ExhaustiveSampler : public Sampler {
 public:
  // points: how many values a continuous range, or a discrete one that has more, is cut into, its
  // ends among them; 0: throws Error(usage) on a continuous range.
  explicit ExhaustiveSampler(int points) : points_(points) {}
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  bool several_objectives() const override { return true; }
  bool comes_to_an_end() const override { return true; }
  // Finished and pending trials are all there is.
  bool is_exhausted(const HistoryView& view, const DrawKey& key) const override;

 private:
  struct DonePlan;
  std::vector<double> values_of(const std::string& name, const Distribution& distribution) const;
  // What the pending trials before this one draw, where no tree can tell, behind the values
  // `chosen`; `last`: the values of parameter `name`.
  std::vector<double> taken(const DonePlan& plan, std::span<const Parameter> chosen,
                            const std::string& name, const std::vector<double>& last) const;

  int points_;
};

struct BruteForceOptions {
  OptionList list() { return {}; }
};

class BruteForceSampler final : public ExhaustiveSampler {
 public:
  static constexpr const char* kName = "brute_force";
  static constexpr const char* kSummary = "every combination of a discrete space once";
  using Options = BruteForceOptions;

  explicit BruteForceSampler(const BruteForceOptions& = {}) : ExhaustiveSampler(0) {}
  std::string name() const override { return kName; }
  std::string options_json() const override { return "{}"; }
};

struct GridOptions {
  // Values of a continuous range, or of a discrete one that has more.
  int points = 5;
  OptionList list() {
    return {{"points", points, 2, 1000000, "values of a range that is continuous or has more"}};
  }
};

class GridSampler final : public ExhaustiveSampler {
 public:
  static constexpr const char* kName = "grid";
  static constexpr const char* kSummary = "every combination once, of a few values of each range";
  using Options = GridOptions;

  explicit GridSampler(const GridOptions& options = {})
      : ExhaustiveSampler(options.points), options_(options) {
    check_options(kName, options_.list());
  }
  std::string name() const override { return kName; }
  std::string options_json() const override {
    GridOptions options = options_;
    return tune::options_json(options.list());
  }

 private:
  GridOptions options_;
};

}  // namespace hone::tune
