// A Gaussian process on the tutorial's trials with Adam and two blocks: one parameter, few trials.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/lessons/lessons.h"
#include "apps/report/chart.h"
#include "base/files.h"
#include "tune/samplers/gp_model.h"

namespace hone::lessons {

namespace {

using report::Panel;
using report::Point;
using report::Shape;
using report::Svg;

// The trials with Adam and two blocks, by their learning rate alone.
std::vector<tune::TrialPtr> one_parameter_history() {
  std::vector<tune::TrialPtr> trials;
  for (const tune::TrialPtr& trial : tutorial_history()) {
    const tune::Parameter* rate = trial->find("adam_lr");
    if (rate == nullptr || trial->find("n_blocks")->internal != 2) continue;
    tune::TrialRecord record = *trial;
    record.number = static_cast<int>(trials.size());
    record.params = {*rate};
    trials.push_back(std::make_shared<const tune::TrialRecord>(std::move(record)));
  }
  return trials;
}

struct Curve {
  std::vector<Point> mean, low, high, improvement;
};

// The posterior over the line, and the expected improvement below the smallest observed value.
Curve curve_of(const tune::gp::Posterior& posterior, double best) {
  Curve curve;
  constexpr auto kLanes = static_cast<int>(tune::gp::kLanes);
  for (int first = 0; first <= 288; first += kLanes) {
    tune::gp::Batch batch;
    for (int lane = 0; lane < kLanes; ++lane) batch.x.push_back((first + lane) / 319.0);
    posterior.predict(batch);
    for (int lane = 0; lane < kLanes; ++lane) {
      const double rate = std::pow(10, -5 + 4 * batch.x[static_cast<std::size_t>(lane)]);
      const double mean = batch.mean[lane], deviation = std::sqrt(batch.variance[lane]);
      curve.mean.push_back({rate, mean});
      curve.low.push_back({rate, mean - 2 * deviation});
      curve.high.push_back({rate, mean + 2 * deviation});
      curve.improvement.push_back(
          {rate, std::exp(tune::gp::log_expected_improvement(mean, batch.variance[lane], best))});
    }
  }
  return curve;
}

void draw(const std::filesystem::path& path, const Curve& curve, const std::vector<Point>& seen,
          Point next) {
  constexpr double kWidth = 720, kLeft = 56;
  const double span = kWidth - kLeft - 12;
  Svg svg(kWidth, 540);
  double lo = -2, hi = 2, most = 1e-3;
  for (const Point& p : curve.low) lo = std::min(lo, p.y);
  for (const Point& p : curve.high) hi = std::max(hi, p.y);
  for (const Point& p : curve.improvement) most = std::max(most, p.y);
  svg.text({0, 16}, "what the process believes: mean, two deviations, the trials (small is good)",
           "panel");
  Panel top(svg, {kLeft, 40, span, 240}, report::log_axis(1e-5, 1e-1),
            report::linear_axis(lo, hi, {}));
  top.frame({.x_labels = false});
  std::vector<Point> band = curve.high;
  band.insert(band.end(), curve.low.rbegin(), curve.low.rend());
  svg.path(top.line_path(band) + "Z", "haze");
  top.line(curve.mean, "l-train");
  for (const Point& p : seen) top.mark(Shape::circle, p.x, p.y, 4.5, "m-default", "");
  svg.text({0, 326}, "expected improvement; the diamond is the next trial", "panel");
  Panel bottom(svg, {kLeft, 348, span, 130}, report::log_axis(1e-5, 1e-1),
               report::linear_axis(0, most, {.ticks = 3}));
  bottom.frame({.x_title = "adam_lr"});
  bottom.line(curve.improvement, "l-rate");
  bottom.mark(Shape::diamond, next.x, next.y, 6, "m-best", "");
  write_file_atomic(path, std::string_view(svg.document("A Gaussian process", "Posterior.")));
}

}  // namespace

void draw_gaussian_process(const std::filesystem::path& folder) {
  const tune::HistoryView all({tune::Direction::minimize}, one_parameter_history());
  const tune::gp::Observations values = tune::gp::observe(all.prefix(16));
  fmt::print("raw value -> what the process sees\n");
  for (const std::size_t i : {0u, 1u, 2u, 11u})
    fmt::print("{:.4f} -> {:6.2f}\n", *values.trials[i]->value(), values.y[i]);
  for (const std::size_t count : {4u, 8u, 16u}) {
    const tune::HistoryView view = all.prefix(count);
    // [posterior]
    const tune::ConditionalSpace space(view.tree());
    const tune::gp::Observations seen = tune::gp::observe(view);  // warped and standardised
    const tune::gp::Points points = tune::gp::coordinates(space, seen.trials);
    const tune::gp::Hyperparameters hyper = tune::gp::fit(points, seen.y, 14);
    const tune::gp::Posterior posterior(points, seen.y, hyper);
    // [/posterior]
    const Curve curve = curve_of(posterior, *std::min_element(seen.y.begin(), seen.y.end()));
    const Point next = *std::max_element(curve.improvement.begin(), curve.improvement.end(),
                                         [](const Point& a, const Point& b) { return a.y < b.y; });
    fmt::print(
        "after {:2} trials: length scale {:.2f}, scale {:.2f}, noise {:.3f}; next {:.1e}, expected "
        "improvement {:.1g}\n",
        count, 1 / std::sqrt(hyper.weights[0]), hyper.scale, hyper.noise, next.x, next.y);
    std::vector<Point> marks;
    for (std::size_t i = 0; i < seen.y.size(); ++i)
      marks.push_back({seen.trials[i]->params[0].internal, seen.y[i]});
    draw(folder / fmt::format("gp_after_{}.svg", count), curve, marks, next);
  }
}

}  // namespace hone::lessons
