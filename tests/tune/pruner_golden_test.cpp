// tune/pruners: Optuna's decisions on 1,000 random histories each, played again from their seeds
// (scripts/goldens/pruners.py).
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <sstream>

#include "tests/tune/golden_file.h"
#include "tests/tune/split_mix.h"
#include "tune/pruners/hyperband_pruner.h"
#include "tune/pruners/make_pruner.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The kinds, in the order of their seeds.
constexpr const char* kKinds[] = {"median",    "percentile", "successive-halving", "hyperband",
                                  "threshold", "patient",    "wilcoxon",           "none"};

std::shared_ptr<const Pruner> make(const std::string& kind, SplitMix& random) {
  Json options = Json::object();
  if (kind == "median" || kind == "percentile") {
    const double percentile = random.pick({0.0, 10.0, 25.0, 75.0, 100.0});
    if (kind == "percentile") options["percentile"] = percentile;
    options["startup_trials"] = random.pick({0, 1, 2, 5});
    options["warmup_steps"] = random.pick({0, 0, 1, 3});
    options["interval_steps"] = random.pick({1, 1, 2, 3});
    options["min_trials"] = random.pick({1, 1, 2, 4});
  } else if (kind == "successive-halving") {
    const int resource = random.pick({0, 1, 2, 3});
    options["min_resource"] = resource;
    options["reduction_factor"] = random.pick({2, 3, 4});
    options["min_early_stopping_rate"] = random.pick({0, 0, 1});
    if (resource > 0) options["bootstrap_count"] = random.pick({0, 0, 2});
  } else if (kind == "hyperband") {
    options["min_resource"] = random.pick({1, 1, 2});
    const int longest = random.pick({0, 8, 9, 27});
    options["max_resource"] = longest;
    options["reduction_factor"] = random.pick({2, 3, 4});
    if (longest > 0) options["bootstrap_count"] = random.pick({0, 0, 2});
  } else if (kind == "threshold") {
    if (random.below(2) == 1) options["lower"] = 0.25;
    options["upper"] = random.pick({1.0, 0.875});
    options["warmup_steps"] = random.pick({0, 0, 2});
    options["interval_steps"] = random.pick({1, 2});
  } else if (kind == "patient") {
    options["patience"] = random.pick({0, 1, 2, 3});
    options["min_delta"] = random.pick({0.0, 0.125});
    if (random.below(2) == 1) options["wrapped"] = R"(median {"startup_trials":1})";
  } else if (kind == "wilcoxon") {
    options["p_threshold"] = random.pick({0.05, 0.1, 0.3});
    options["startup_steps"] = random.pick({0, 0, 2, 4});
  }
  return make_pruner(kind, options.dump());
}

struct Style {
  int length, first, stride;
  bool nan, inf, gaps, fine;
};

using Curve = std::vector<std::pair<int, double>>;

Curve curve(SplitMix& random, const Style& style) {
  const int level = random.below(7);
  Curve pairs;
  for (int i = 0, step = style.first; i < style.length; ++i, step += style.stride) {
    double value = 0;
    if (style.nan && random.below(6) == 0)
      value = kNan;
    else if (style.inf && random.below(8) == 0)
      value = random.pick({kInf, -kInf});
    else if (style.fine)
      value = (level * 64 + random.below(512)) / 512.0;
    else
      value = (level + random.below(4)) * 0.125;
    if (!(style.gaps && random.below(4) == 0)) pairs.emplace_back(step, value);
  }
  return pairs;
}

// One study: the trials of a history, those under way, and what was decided so far.
class Play {
 public:
  Play(const std::string& kind, int kind_number, int number)
      : random_((static_cast<std::uint64_t>(kind_number) << 32) +
                static_cast<std::uint64_t>(number)),
        study_("golden-" + std::to_string(number)) {
    direction_ = random_.below(2) == 0 ? Direction::minimize : Direction::maximize;
    pruner_ = make(kind, random_);
    style_.length = random_.pick({6, 9, 10, 28});
    style_.first = random_.below(2);
    style_.stride = random_.pick({1, 1, 3});
    style_.nan = random_.below(4) == 0;
    style_.inf = random_.below(6) == 0;
    style_.gaps = random_.below(4) == 0;
    style_.fine = random_.below(2) == 1;
  }

  // The decisions, one bit each, as hexadecimal digits.
  std::string run() {
    for (int event = 0; event < 100; ++event) {
      if (live_.size() < 3 && (live_.empty() || random_.below(5) < 2))
        start();
      else
        go_on(static_cast<std::size_t>(random_.below(static_cast<int>(live_.size()))));
    }
    while (bits_.size() % 4 != 0) bits_.push_back(false);
    std::string text;
    for (std::size_t i = 0; i < bits_.size(); i += 4)
      text += "0123456789abcdef"[bits_[i] * 8 + bits_[i + 1] * 4 + bits_[i + 2] * 2 + bits_[i + 3]];
    return text;
  }
  int reasons_missing() const { return reasons_missing_; }

 private:
  struct Live {
    std::shared_ptr<TrialRecord> trial;
    Curve left;
    double last = 0;
  };

  void start() {
    auto trial = std::make_shared<TrialRecord>();
    trial->number = static_cast<int>(trials_.size());
    trials_.push_back(trial);
    live_.push_back({trial, curve(random_, style_)});
  }

  void go_on(std::size_t slot) {
    Live& live = live_[slot];
    TrialRecord& trial = *live.trial;
    bool prune = false;
    if (!live.left.empty()) {
      const auto [step, value] = live.left.front();
      live.left.erase(live.left.begin());
      trial.intermediate[step] = value;
      if (!std::isnan(value)) live.last = value;
      prune = decide(trial);
      bits_.push_back(prune);
    }
    if (prune && random_.below(10) > 0) {
      trial.state = TrialState::pruned;
    } else if (!live.left.empty()) {
      return;
    } else if (random_.below(8) == 0) {
      trial.state = TrialState::fail;
    } else {
      trial.state = TrialState::complete;
      trial.values = {live.last + trial.number * 0x1p-20};
    }
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(slot));
  }

  bool decide(TrialRecord& trial) {
    std::vector<TrialPtr> others;
    for (const auto& other : trials_)
      if (other->number != trial.number) others.push_back(other);
    const Decision decision =
        pruner_->decide({{direction_}, others}, {0, trial.number, study_}, trial);
    for (const auto& [key, json] : decision.attrs) trial.system_attrs[key] = json;
    if (decision.reason.empty() || decision.reason.starts_with("kept: ") == decision.prune())
      ++reasons_missing_;
    return decision.prune();
  }

  SplitMix random_;
  std::string study_;
  Direction direction_ = Direction::minimize;
  std::shared_ptr<const Pruner> pruner_;
  Style style_{};
  std::vector<std::shared_ptr<TrialRecord>> trials_;
  std::vector<Live> live_;
  std::vector<bool> bits_;
  int reasons_missing_ = 0;
};

}  // namespace

TEST_CASE("pruners: every decision of each on 1,000 random histories is Optuna's, with a reason") {
  for (int kind = 0; kind < static_cast<int>(std::size(kKinds)); ++kind) {
    std::istringstream wanted(read_goldens("pruners.json").at(kKinds[kind]).get<std::string>());
    int histories = 0, different = 0, reasons_missing = 0, first = -1;
    for (std::string decisions; wanted >> decisions; ++histories) {
      Play play(kKinds[kind], kind, histories);
      if (play.run() != decisions && ++different == 1) first = histories;
      reasons_missing += play.reasons_missing();
    }
    const std::string name = kKinds[kind];
    CAPTURE(name);
    CAPTURE(first);
    CHECK(histories == 1000);
    CHECK(different == 0);
    CHECK(reasons_missing == 0);
  }
}

TEST_CASE("hyperband: brackets and their budgets are Optuna's") {
  for (const Json& item : read_goldens("pruners.json").at("brackets")) {
    const std::vector<int> budgets = HyperbandPruner::budgets(
        item.at("min_resource"), item.at("max_resource"), item.at("reduction_factor"));
    CAPTURE(item.dump());
    CHECK(budgets == item.at("budgets").get<std::vector<int>>());
    int number = 0;
    for (const int bracket : item.at("of_trials").get<std::vector<int>>())
      CHECK(HyperbandPruner::bracket_of(budgets, "brackets", number++) == bracket);
  }
}
