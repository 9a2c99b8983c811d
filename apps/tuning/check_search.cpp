// Looking at space, sampler, pruner and limits without training anything.
#include "apps/tuning/check_search.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "base/byte_size.h"
#include "base/error.h"
#include "base/json.h"
#include "tune/json_text.h"
#include "tune/kind.h"
#include "tune/pruners/patient_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/pruners/successive_halving_pruner.h"
#include "tune/pruners/threshold_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/random_sampler.h"
#include "tune/training/trial_cost.h"

namespace hone::app {
namespace {

constexpr int kDraws = 100;
// Seconds; a --timeout below it may be over before a first trial has begun.
constexpr double kLeastTimeout = 1;

// Trials drawn evenly from the space, branches included, with what they would cost; those that
// describe nothing are left out.
std::vector<tune::TrialRecord> draw_space(const Run& run) {
  tune::StudyOptions options;
  options.sampler = tune::make_sampler(tune::RandomSampler::kName);
  options.seed = run.options.seed;
  options.log = nullptr;
  tune::Study study = tune::Study::open(std::move(options));
  std::vector<tune::TrialRecord> draws;
  for (int i = 0; i < kDraws; ++i) {
    tune::Trial trial = study.ask();
    try {
      const nn::train::Training training = run.problem.describe(trial);
      draws.push_back(trial.record());
      tune::training::note_cost(trial, training, run.problem.search, run.problem.validation);
      draws.back() = trial.record();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;  // else such a trial fails, others may not
    }
    study.tell(trial, tune::Outcome::pruned("only drawn"));
  }
  return draws;
}

// Every range and list of the space is one that the sampler can draw from.
void check_sampler(const Run& run, const std::vector<tune::TrialRecord>& draws) {
  const auto sampler = sampler_of(run.options);
  const tune::HistoryView nothing({run.problem.direction()}, {});
  const tune::PlanPtr plan = sampler->plan(nothing, {.study_seed = run.options.seed});
  std::set<std::string> looked;
  for (const tune::TrialRecord& draw : draws)
    for (const tune::Parameter& parameter : draw.params) {
      if (tune::is_single(parameter.distribution) || !looked.insert(parameter.name).second)
        continue;
      try {
        sampler->next(*plan, {}, parameter.name, parameter.distribution);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        fail(ErrorKind::usage, "--sampler {}: {}", printable(run.options.sampler), error.what());
      }
    }
}

void check_limits(const Run& run, std::vector<tune::TrialRecord> draws) {
  // What does not fit the data has no cost, and would fail.
  std::erase_if(draws, [](const tune::TrialRecord& trial) {
    return !trial.user_attrs.contains(tune::training::kParameters);
  });
  if (const std::string refused = refused_by(run.options.limits, draws); !refused.empty())
    fail(ErrorKind::usage,
         "none of {} networks drawn from the space is within {}; raise it, or let the space have "
         "smaller networks",
         draws.size(), refused);
}

std::int64_t whole_number_of(const JsonNode& options, const char* key) {
  const auto found = options.find(key);
  return found ? found->get<std::int64_t>() : 0;
}

// Why a trial of so many epochs is never stopped by this pruner; empty: it may be.
std::string why_never(const std::string& name, const std::string& json, int epochs) {
  const JsonDocument document(json, "pruner");
  const JsonNode options = document.root();
  const auto late = [&](const char* key, std::int64_t first) {
    return first <= epochs ? std::string()
                           : fmt::format("with {} {} it first decides after {} epochs", key,
                                         whole_number_of(options, key), first);
  };
  if (name == tune::PatientPruner::kName) {
    if (std::string why = late("patience", whole_number_of(options, "patience") + 2); !why.empty())
      return why;
    const tune::Spec wrapped = tune::split_spec(options.at("wrapped").get<std::string>());
    return why_never(wrapped.name, wrapped.options, epochs);
  }
  if (name == tune::SuccessiveHalvingPruner::kName) {
    std::int64_t rung = whole_number_of(options, "min_resource");
    const std::int64_t rate = whole_number_of(options, "min_early_stopping_rate");
    if (rung == 0) rung = std::max(1, epochs / 100);
    for (std::int64_t k = 0; k < rate && rung < epochs; ++k)
      rung *= whole_number_of(options, "reduction_factor");
    return rung + 1 <= epochs ? "" : "its first rung is behind the last epoch";
  }
  if (options.find("warmup_steps"))
    return late("warmup_steps", whole_number_of(options, "warmup_steps") + 1);
  if (options.find("startup_steps"))
    return late("startup_steps", whole_number_of(options, "startup_steps"));
  if (options.find("min_resource") && name != tune::PromotionPruner::kName)
    return late("min_resource", whole_number_of(options, "min_resource") + 1);
  return "";
}

// Values that no trial can have: accuracies are 0 to 1, errors not negative.
void check_threshold(const Run& run) {
  const JsonDocument document(run.problem.pruner->options_json(), "pruner");
  const double lower = document.root().at("lower").get<double>();
  const double upper = document.root().at("upper").get<double>();
  const double most = run.problem.classifies() ? 1.0 : std::numeric_limits<double>::infinity();
  check(upper >= 0 && lower <= most,
        "--pruner threshold: stops every trial: a {} is {}, and outside of lower {} to upper {} a "
        "trial is stopped",
        run.problem.value_name, run.problem.classifies() ? "0 to 1" : "not negative", lower, upper);
}

void check_pruner(const Run& run, Console& console) {
  const tune::Pruner& pruner = *run.problem.pruner;
  const std::string name = pruner.name();
  if (name == tune::ThresholdPruner::kName) check_threshold(run);
  if (name == tune::PromotionPruner::kName) {
    const PromotionBudget needed = promotion_budget(run);
    check(run.problem.trials >= needed.least,
          "--pruner promotion: no trial can be completed in {} trials: a promotion is a trial of "
          "its own, and the first trial of {} epochs is completed after about {} trials, at the "
          "least {}; ask for more --trials, or for fewer epochs",
          run.problem.trials, run.problem.most_epochs, needed.about, needed.least);
    if (run.problem.trials < needed.about)
      console.line(
          fmt::format("note     --pruner promotion: a first trial is completed after "
                      "about {} trials; with {} there may be none",
                      needed.about, run.problem.trials));
  }
  if (!run.options.pruner) return;
  const std::string why = why_never(name, pruner.options_json(), run.problem.most_epochs);
  if (!why.empty())
    console.line(fmt::format("note     --pruner {}: stops no trial of {} epochs: {}", name,
                             run.problem.most_epochs, why));
}

}  // namespace

PromotionBudget promotion_budget(const Run& run) {
  const JsonDocument document(run.problem.pruner->options_json(), "pruner promotion");
  const JsonNode options = document.root();
  // A trial of fewer epochs ends there.
  const std::int64_t whole =
      std::min<std::int64_t>(whole_number_of(options, "max_resource"), run.problem.most_epochs);
  const std::int64_t factor = whole_number_of(options, "reduction_factor");
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  // A rung takes `factor` trials for its first promotion. At the best each further trial there is
  // promoted, too; in the mean one of `factor`.
  PromotionBudget budget;
  std::int64_t best = 1, mean = 1;
  for (std::int64_t due = whole_number_of(options, "min_resource"); due < whole; due *= factor) {
    best += factor - 1;
    mean = std::min(kMost, mean * factor);
    budget.least += best;
    budget.about = std::min(kMost, budget.about + mean);
  }
  return budget;
}

std::string refused_by(const tune::training::CostLimits& limits,
                       const std::vector<tune::TrialRecord>& trials) {
  struct Limit {
    const char* option;
    const char* key;
    std::int64_t most;
    bool bytes = false;
  };
  const Limit all[] = {{"--max-parameters", tune::training::kParameters, limits.parameters},
                       {"--max-flops", tune::training::kTrainingFlops, limits.training_flops},
                       {"--max-memory", tune::training::kTrainingBytes, limits.memory, true}};
  const auto beyond = [](const tune::TrialRecord& trial, const Limit& limit) {
    const auto cost = tune::training::noted_number(trial, limit.key);
    return limit.most > 0 && cost && *cost > static_cast<double>(limit.most);
  };
  if (trials.empty()) return "";
  for (const tune::TrialRecord& trial : trials)
    if (std::none_of(std::begin(all), std::end(all),
                     [&](const Limit& limit) { return beyond(trial, limit); }))
      return "";
  std::string text;
  for (const Limit& limit : all) {
    double least = std::numeric_limits<double>::infinity();
    bool refuses = false;
    for (const tune::TrialRecord& trial : trials) {
      refuses = refuses || beyond(trial, limit);
      least = std::min(least, tune::training::noted_number(trial, limit.key).value_or(least));
    }
    if (!refuses) continue;
    const auto shown = [&](std::int64_t count) {
      return limit.bytes ? bytes_text(static_cast<std::uint64_t>(count)) : fmt::format("{}", count);
    };
    text += fmt::format("{}{} {} (the smallest network takes {})", text.empty() ? "" : " and ",
                        limit.option, shown(limit.most), shown(static_cast<std::int64_t>(least)));
  }
  return text;
}

void check_search(const Run& run, Before before, Console& console) {
  check_pruner(run, console);
  if (before == Before::goes_on) return;
  const std::vector<tune::TrialRecord> draws = draw_space(run);
  check_sampler(run, draws);
  if (before != Before::removed) return;
  check_limits(run, draws);
  const double timeout = run.options.timeout;
  check(timeout <= 0 || timeout >= kLeastTimeout,
        "--timeout {}: may be over before a first trial has begun, and --fresh removes the study "
        "and its results first; give it at least {} s",
        timeout, kLeastTimeout);
}

}  // namespace hone::app
