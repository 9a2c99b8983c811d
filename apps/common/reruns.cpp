// Reruns for people.
#include "apps/common/reruns.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>

#include "apps/common/number_option.h"
#include "apps/common/replay.h"
#include "apps/common/study_texts.h"
#include "nn/train/progress.h"

namespace hone::app {
namespace {

std::string value_text(double value, bool percent) {
  if (std::isnan(value)) return "failed";
  return percent ? fmt::format("{:.2f}%", 100 * value) : fmt::format("{:.5g}", value);
}

std::string rerun_checkpoint(const std::string& token, int trial, int seed) {
  return fmt::format("{}-seed-{}.checkpoint", tune::training::checkpoint_name(token, trial), seed);
}

}  // namespace

void add_rerun_options(CLI::App& app, RerunBudget& budget) {
  CLI::Option* reruns =
      app.add_option(
             "--reruns", budget.trials,
             "Train so many of the best trials, and the default configuration where the study has "
             "one, again with fresh seeds and name the one with the best mean; 0: the best value "
             "of the search, which is too good by the luck of its seed")
          ->transform(whole_number(0, 1000))
          ->capture_default_str();
  app.add_option("--rerun-seeds", budget.seeds, "Fresh seeds of each of --reruns")
      ->transform(whole_number(1, 1000))
      ->needs(reruns)
      ->capture_default_str();
}

bool rerun(tune::Study& study, const RerunBudget& budget, const tune::training::Describe& describe,
           tune::training::RunOptions run, const std::function<std::unique_ptr<Backend>()>& backend,
           bool percent, const std::filesystem::path& folder, Console& console) {
  tune::training::RerunOptions options;
  options.candidates = budget.trials;
  options.seeds = budget.seeds;
  options.backend = backend;
  options.checkpoint = [&](int trial, int seed) {
    return folder / rerun_checkpoint(study.token(), trial, seed);
  };
  std::string what;
  options.on_begin = [&](int trial, int seed) {
    what = fmt::format("rerun of trial {}, seed {} of {}", trial, seed + 1, budget.seeds);
  };
  options.on_end = [&](const tune::Rerun& r) {
    console.line(fmt::format("{}: {}", what, value_text(r.value, percent)));
  };
  run.progress = [&](const nn::train::Progress& progress) {
    if (progress.finished == nullptr)
      console.live(what + "  " + nn::train::progress_text(progress, {.width = 90, .color = false}));
  };
  return tune::training::rerun_best(study, describe, run, options);
}

std::optional<tune::Winner> winner(const tune::Study& study) {
  return winner_of(study.trials(), study.reruns(), study.direction());
}

std::optional<tune::TrialRecord> chosen_trial(const tune::Study& study) {
  if (const auto named = winner(study)) return trial_of(study, named->number());
  return best_trial(study);
}

void print_winner(const tune::Study& study, bool percent, Console& console) {
  if (study.reruns().empty()) return;
  const auto named = winner(study);
  if (!named) return console.result("no trial was trained again with success");
  console.result("with fresh seeds (mean +- standard error):");
  for (const tune::Candidate& candidate : named->candidates)
    console.result("  " + candidate_text(candidate, percent));
  if (!named->ties.empty()) console.result(named->ties);
  if (!named->warning.empty()) console.result(bold("warning: ") + Text(named->warning));
}

}  // namespace hone::app
