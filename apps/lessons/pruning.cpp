// Pruning: trainings are run to their end once, then each pruner is asked when it would have
// stopped them.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "apps/lessons/lessons.h"
#include "apps/report/chart.h"
#include "base/files.h"
#include "nn/data/synthetic.h"
#include "nn/train/trainer.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/draw.h"

namespace hone::lessons {

namespace {

using report::Panel;
using report::Point;
using report::Svg;

constexpr int kTrials = 24, kEpochs = 9;

// The validation accuracies of small networks with random settings, epoch by epoch.
std::vector<tune::TrialPtr> learning_curves() {
  const auto device = open_device("cpu");
  const nn::data::ImageSet shapes = nn::data::synthetic_shapes({.count = 800, .side = 14});
  const nn::data::Dataset train = nn::data::upload(*device, shapes.take(0, 600));
  const nn::data::Dataset validation = nn::data::upload(*device, shapes.take(600, 800));
  const tune::Distribution lr = tune::FloatDistribution{1e-4, 1, true};
  const tune::Distribution filters = tune::IntDistribution{2, 16};
  std::vector<tune::TrialPtr> trials;
  for (int number = 0; number < kTrials; ++number) {
    tune::TrialRecord trial;
    trial.number = number;
    trial.state = tune::TrialState::complete;
    const tune::DrawKey key{.study_seed = 3, .trial_number = number};
    PhiloxStream rates = tune::draw_stream(key, "lr"), widths = tune::draw_stream(key, "filters");
    trial.params = {{"lr", lr, tune::draw_uniform(rates, lr)},
                    {"filters", filters, tune::draw_uniform(widths, filters)}};
    const auto rate = static_cast<float>(trial.params[0].internal);
    const nn::train::Training training{
        .network = {nn::Conv2d{.out = static_cast<int>(trial.params[1].internal)}, nn::ReLU{},
                    nn::MaxPool2d{}, nn::Flatten{}, nn::Linear{.out = 10}},
        .optimizer = optim::SGD{.lr = rate, .momentum = 0.9f},
        .epochs = kEpochs,
        .seed = static_cast<std::uint64_t>(number)};
    nn::train::Trainer trainer(training, train.shape(), device->new_backend({.threads = 1}));
    try {
      const nn::train::FitResult result = trainer.fit(train, {.validation = &validation});
      for (const nn::train::EpochRecord& epoch : result.history.epochs)
        trial.intermediate[epoch.epoch] = *epoch.val_accuracy;
    } catch (const nn::train::NonFiniteLoss&) {  // it guesses from here on
      for (int epoch = 1; epoch <= kEpochs; ++epoch) trial.intermediate.emplace(epoch, 0.1);
    }
    trial.values = {trial.intermediate.rbegin()->second};
    trials.push_back(std::make_shared<const tune::TrialRecord>(std::move(trial)));
  }
  return trials;
}

// The trials as a study with this pruner would have kept them.
std::vector<tune::TrialPtr> pruned(const std::vector<tune::TrialPtr>& whole,
                                   const tune::Pruner& pruner) {
  std::vector<tune::TrialPtr> done;
  for (const tune::TrialPtr& trial : whole) {
    const tune::HistoryView history({tune::Direction::maximize}, done);
    tune::TrialRecord shown = *trial;
    shown.intermediate.clear();
    // [decide]
    for (const auto& [epoch, accuracy] : trial->intermediate) {
      shown.intermediate[epoch] = accuracy;
      const tune::Decision decision =
          pruner.decide(history, {.trial_number = trial->number}, shown);
      for (const auto& [name, json] : decision.attrs) shown.system_attrs[name] = json;
      if (!decision.prune()) continue;
      shown.state = tune::TrialState::pruned;
      shown.values = {accuracy};
      break;
    }
    // [/decide]
    done.push_back(std::make_shared<const tune::TrialRecord>(std::move(shown)));
  }
  return done;
}

void draw(const std::filesystem::path& path, const std::string& title,
          const std::vector<tune::TrialPtr>& whole, const std::vector<tune::TrialPtr>& cut) {
  constexpr double kWidth = 720, kLeft = 52;
  Svg svg(kWidth, 360);
  svg.text({0, 16}, title, "panel");
  Panel panel(
      svg, {kLeft, 40, kWidth - kLeft - 12, 260},
      report::linear_axis(1, kEpochs,
                          {.ticks = 9, .format = report::TickFormat::integer, .round_ends = false}),
      report::linear_axis(0, 0.8, {.format = report::TickFormat::percent}));
  panel.frame({.x_title = "epoch"});
  const auto points = [](const tune::TrialRecord& trial) {
    std::vector<Point> line;
    for (const auto& [epoch, value] : trial.intermediate)
      line.push_back({static_cast<double>(epoch), value});
    return line;
  };
  for (const tune::TrialPtr& trial : whole) panel.line(points(*trial), "l-pruned");
  for (const tune::TrialPtr& trial : cut) {
    const bool stopped = trial->state == tune::TrialState::pruned;
    panel.line(points(*trial), stopped ? "l-trial" : "l-train");
    if (stopped)
      panel.mark(report::Shape::cross, trial->intermediate.rbegin()->first,
                 trial->intermediate.rbegin()->second, 4, "m-failed",
                 fmt::format("trial {} stopped", trial->number));
  }
  write_file_atomic(path, std::string_view(svg.document(title, "Learning curves.")));
}

}  // namespace

void draw_pruning(const std::filesystem::path& folder) {
  const std::vector<tune::TrialPtr> whole = learning_curves();
  const auto best_of = [](const std::vector<tune::TrialPtr>& trials) {
    const auto worse = [](const tune::TrialPtr& a, const tune::TrialPtr& b) {
      const auto value = [](const tune::TrialRecord& trial) {
        return trial.state == tune::TrialState::complete ? *trial.value() : -1.0;
      };
      return value(*a) < value(*b);
    };
    return (*std::max_element(trials.begin(), trials.end(), worse))->number;
  };
  fmt::print("without: {} trials, {} epochs, the best is trial {}\n", kTrials, kTrials * kEpochs,
             best_of(whole));
  struct Case {
    const char* name;
    const char* options;
    const char* title;
  };
  for (const Case& each :
       {Case{"median", R"({"startup_trials": 4, "warmup_steps": 2})",
             "The median pruner: dotted what was not trained, blue what was trained to its end"},
        Case{"successive-halving", R"({"min_resource": 1, "reduction_factor": 3})",
             "Successive halving, rungs at epochs 1, 3 and 9"}}) {
    const auto pruner = tune::make_pruner(each.name, each.options);
    const std::vector<tune::TrialPtr> cut = pruned(whole, *pruner);
    std::size_t epochs = 0;
    long stopped = 0;
    for (const tune::TrialPtr& trial : cut) {
      epochs += trial->intermediate.size();
      stopped += trial->state == tune::TrialState::pruned ? 1 : 0;
    }
    fmt::print("{}: {} trials stopped, {} epochs trained, the best is trial {}\n", each.name,
               stopped, epochs, best_of(cut));
    draw(folder / fmt::format("pruning_{}.svg", each.name), each.title, whole, cut);
  }
}

}  // namespace hone::lessons
