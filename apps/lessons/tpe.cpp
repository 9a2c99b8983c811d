// TPE on the tutorial's study: the history, the split, the two densities and their ratio.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/lessons/lessons.h"
#include "apps/report/chart.h"
#include "base/files.h"
#include "tune/samplers/draw.h"
#include "tune/samplers/parzen.h"
#include "tune/samplers/propose.h"
#include "tune/samplers/split.h"

namespace hone::lessons {

namespace {

using report::Panel;
using report::Point;
using report::Shape;
using report::Svg;

constexpr double kWidth = 720, kLeft = 52;

void save(const std::filesystem::path& path, const std::string& svg) {
  write_file_atomic(path, std::string_view(svg));
}

bool is_adam(const tune::TrialRecord& trial) { return trial.find("adam_lr") != nullptr; }

// Values over the number of the trial, and the best so far.
void draw_history(const std::filesystem::path& path, const std::vector<tune::TrialPtr>& trials) {
  Svg svg(kWidth, 330);
  svg.text({0, 16},
           "value (1 - accuracy), log scale: filled Adam, hollow SGD, line the best so far",
           "panel");
  Panel panel(svg, {kLeft, 40, kWidth - kLeft - 12, 240},
              report::linear_axis(0, 49, {.ticks = 10, .round_ends = false}),
              report::log_axis(0.1, 1));
  panel.frame({.x_title = "trial"});
  std::vector<Point> best;
  for (const tune::TrialPtr& trial : trials) {
    const double x = trial->number, y = *trial->value();
    best.push_back({x, best.empty() ? y : std::min(y, best.back().y)});
    panel.mark(Shape::circle, x, y, 4, is_adam(*trial) ? "m-complete" : "m-pruned",
               fmt::format("trial {}: {}", trial->number, y));
  }
  panel.line(best, "l-best", true);
  save(path, svg.document("The study", "The values of 50 trials."));
}

// The learning rates of Adam of both sides of the split.
std::vector<double> rates_of(const std::vector<const tune::TrialRecord*>& trials) {
  std::vector<double> rates;
  for (const tune::TrialRecord* trial : trials)
    if (const tune::Parameter* rate = trial->find("adam_lr")) rates.push_back(rate->internal);
  return rates;
}

void draw_split(const std::filesystem::path& path, const tune::TrialSplit& split) {
  Svg svg(kWidth, 330);
  svg.text({0, 16}, "value over the learning rate of Adam: blue the good tenth, grey the others",
           "panel");
  Panel panel(svg, {kLeft, 40, kWidth - kLeft - 12, 240}, report::log_axis(1e-5, 1e-1),
              report::linear_axis(0.12, 0.20, {}));
  panel.frame({.x_title = "adam_lr"});
  const auto mark = [&](const std::vector<const tune::TrialRecord*>& side, const char* classes) {
    for (const tune::TrialRecord* trial : side)
      if (const tune::Parameter* rate = trial->find("adam_lr"))
        panel.mark(Shape::circle, rate->internal, *trial->value(), 5, classes,
                   fmt::format("trial {}: {}", trial->number, *trial->value()));
  };
  mark(split.above, "m-pruned");
  mark(split.below, "m-best");
  save(path, svg.document("The split", "Good and other trials."));
}

struct Densities {
  tune::ParzenEstimator below, above;
};

Densities densities_of(const tune::Distribution& distribution, const std::vector<double>& below,
                       const std::vector<double>& above) {
  return {tune::ParzenEstimator({{&distribution, below}}, tune::Bandwidth::optuna_4_9),
          tune::ParzenEstimator({{&distribution, above}}, tune::Bandwidth::optuna_4_9)};
}

double density_at(const tune::ParzenEstimator& estimator, double x) {
  const double points[] = {x};
  return std::exp(estimator.log_pdf(points).front());
}

// Both densities, below them their ratio with the candidates.
void draw_densities(const std::filesystem::path& path, const Densities& densities,
                    const std::vector<double>& below, const std::vector<double>& above,
                    const std::vector<double>& candidates, double chosen) {
  Svg svg(kWidth, 560);
  std::vector<Point> good, other, ratio;
  double most = 0, largest = 0;
  for (int i = 0; i <= 300; ++i) {
    const double x = std::pow(10, -5 + 4.0 * i / 300);
    const double l = density_at(densities.below, x), g = density_at(densities.above, x);
    good.push_back({x, l});
    other.push_back({x, g});
    ratio.push_back({x, l / g});
    most = std::max({most, l, g});
    largest = std::max(largest, l / g);
  }
  const double span = kWidth - kLeft - 12;
  svg.text({0, 16}, "l, the density of the good trials (blue), and g, of the others (orange)",
           "panel");
  Panel top(svg, {kLeft, 40, span, 200}, report::log_axis(1e-5, 1e-1),
            report::linear_axis(0, most, {}));
  top.frame({.x_labels = false});
  top.line(good, "l-train");
  top.line(other, "l-val");
  for (const double x : above) svg.line({top.px(x), 240}, {top.px(x), 233}, "l-val");
  for (const double x : below) svg.line({top.px(x), 240}, {top.px(x), 228}, "l-train");
  svg.text({0, 290}, "their ratio l / g, with the 24 candidates; the diamond is taken", "panel");
  Panel bottom(svg, {kLeft, 312, span, 190}, report::log_axis(1e-5, 1e-1),
               report::linear_axis(0, largest, {}));
  bottom.frame({.x_title = "adam_lr"});
  bottom.line(ratio, "l-rate");
  const auto at = [&](double x) {
    return density_at(densities.below, x) / density_at(densities.above, x);
  };
  for (const double x : candidates)
    bottom.mark(Shape::circle, x, at(x), 3.5, "m-pruned", fmt::format("{:.2g}: {:.2f}", x, at(x)));
  bottom.mark(Shape::diamond, chosen, at(chosen), 6, "m-best",
              fmt::format("{:.2g}: {:.2f}", chosen, at(chosen)));
  save(path, svg.document("Densities", "Two densities and their ratio."));
}

}  // namespace

void draw_tpe(const std::filesystem::path& folder) {
  const std::vector<tune::TrialPtr> trials = tutorial_history();
  const tune::HistoryView view({tune::Direction::minimize}, trials);
  draw_history(folder / "tpe_history.svg", trials);

  // [split]
  const tune::TrialSplit split = tune::split_trials(view);
  // [/split]
  fmt::print("{} of {} trials are good:", split.below.size(), split.observed);
  for (const tune::TrialRecord* trial : split.below)
    fmt::print(" {} ({})", trial->number, *trial->value());
  fmt::print("\n");
  draw_split(folder / "tpe_split.svg", split);

  const std::vector<double> below = rates_of(split.below), above = rates_of(split.above);
  const tune::Distribution rate = tune::FloatDistribution{1e-5, 1e-1, true};
  const Densities densities = densities_of(rate, below, above);
  fmt::print("kernels: l has {} and the prior, g {} and the prior\n", below.size(), above.size());

  const tune::DrawKey key{.study_seed = 1, .trial_number = 50};
  // [candidates]
  PhiloxStream stream = tune::draw_stream(key, "adam_lr");
  const std::vector<double> candidates = densities.below.sample(stream, 24);
  const std::vector<double> l = densities.below.log_pdf(candidates);
  const std::vector<double> g = densities.above.log_pdf(candidates);
  std::size_t best = 0;
  for (std::size_t c = 1; c < candidates.size(); ++c)
    if (l[c] - g[c] > l[best] - g[best]) best = c;
  // [/candidates]
  fmt::print("of 24 candidates {:.2e} has the largest ratio, {:.2f}\n", candidates[best],
             std::exp(l[best] - g[best]));
  // The sampler's own function takes the same one.
  fmt::print("propose_alone takes {:.2e}\n",
             tune::propose_alone(split, {"adam_lr", rate}, 24, tune::draw_stream(key, "adam_lr")));
  draw_densities(folder / "tpe_densities.svg", densities, below, above, candidates,
                 candidates[best]);

  // A category: weights of the choices.
  const tune::Distribution optimizer =
      tune::CategoricalDistribution{{std::string("Adam"), std::string("SGD")}};
  const auto of = [](const std::vector<const tune::TrialRecord*>& side) {
    std::vector<double> values;
    for (const tune::TrialRecord* trial : side)
      values.push_back(trial->find("optimizer_name")->internal);
    return values;
  };
  for (const std::size_t count : {10u, 20u, 50u}) {
    const tune::HistoryView first = view.prefix(count);
    const tune::TrialSplit sides = tune::split_trials(first);
    const Densities choice = densities_of(optimizer, of(sides.below), of(sides.above));
    fmt::print("after {} trials: l(Adam) = {:.2f}, g(Adam) = {:.2f}\n", count,
               density_at(choice.below, 0), density_at(choice.above, 0));
  }
}

}  // namespace hone::lessons
