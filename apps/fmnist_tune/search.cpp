// Running the study.
#include "apps/fmnist_tune/search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/version.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/samplers/make_sampler.h"

namespace hone::app {
namespace {

using Clock = std::chrono::steady_clock;

// What must be the same for the study to go on; a change is refused with the difference.
std::map<std::string, std::string> study_settings(const Run& run) {
  return {{"preset", run.settings.preset},
          {"epochs", std::to_string(run.settings.epochs)},
          {"train_images", std::to_string(run.settings.train_images)},
          {"batch", std::to_string(run.settings.batch)},
          {"device", run.device->name()},
          {"data", run.data}};
}

std::optional<tune::StudySummary> find_summary(const Run& run) {
  if (run.storage == "memory") return std::nullopt;
  const std::string scheme = "sqlite:///";
  std::error_code ignored;
  if (run.storage.starts_with(scheme) &&
      !std::filesystem::exists(run.storage.substr(scheme.size()), ignored))
    return std::nullopt;
  for (const tune::StudySummary& summary : tune::Study::list(run.storage))
    if (summary.name == run.study_name) return summary;
  return std::nullopt;
}

// The live line: what every running trial does.
class Board {
 public:
  Board(Console& console, int total) : console_(console), total_(total) {}

  void update(int trial, const nn::train::Progress& progress) {
    const std::lock_guard lock(mutex_);
    State& state = running_[trial];
    state.text =
        fmt::format("#{} epoch {}/{} {:3.0f}%  acc {:.3f}", trial, progress.epoch, progress.epochs,
                    100.0 * static_cast<double>(progress.batch) /
                        static_cast<double>(std::max<std::int64_t>(progress.batches, 1)),
                    progress.accuracy);
    state.speed = progress.images_per_second;
    std::string text = fmt::format("{}/{} trials", done_, total_);
    double speed = 0;
    for (const auto& [number, other] : running_) {
      text += "  |  " + other.text;
      speed += other.speed;
    }
    console_.live(text + fmt::format("  |  {:.0f} images/s", speed));
  }
  void remove(int trial) {
    const std::lock_guard lock(mutex_);
    running_.erase(trial);
  }
  void set_done(int done) {
    const std::lock_guard lock(mutex_);
    done_ = done;
  }

 private:
  struct State {
    std::string text;
    double speed = 0;
  };
  Console& console_;
  int total_;
  int done_ = 0;
  std::map<int, State> running_;
  std::mutex mutex_;
};

// A full disk or a lost device is not the fault of the trial that met it, and the next ones would
// meet it too: the trial is left to be gone on with, and the search ends with the error.
class Failure {
 public:
  template <class Train>
  tune::Outcome guard(const Train& train) {
    try {
      return train();
    } catch (const tune::FencedError&) {
      throw;  // another process has the trial: only its result is dropped
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage && error.kind() != ErrorKind::device)
        return tune::Outcome::failed(error.what());
      const std::lock_guard lock(mutex_);
      if (!first_) first_ = std::current_exception();
      return tune::Outcome::interrupted();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

// One line a trial: what it got, with what, and the best so far.
std::string trial_line(const Console& console, const tune::TrialRecord& trial,
                       const std::optional<tune::TrialRecord>& best, double seconds) {
  std::string line = fmt::format("trial {:>3}  ", trial.number);
  switch (trial.state) {
    case tune::TrialState::complete: {
      const bool is_best = best && best->number == trial.number;
      const std::string value = fmt::format("{:.4f}", trial.value().value_or(0));
      line += (is_best ? console.bold(value + " *") : value + "  ");
      break;
    }
    case tune::TrialState::pruned:
      line += "pruned  ";
      break;
    default:
      line += "failed  ";
      break;
  }
  line += fmt::format("  {:<74}", params_text(trial));
  line += best ? fmt::format("  best {:.4f} (trial {})", *best->value(), best->number)
               : "  no best yet";
  line += fmt::format("  {:.1f} s", seconds);
  const std::string reason = end_reason(trial);
  if (!reason.empty()) line += "\n           " + console.dim(reason);
  return line;
}

// The study's words on changed settings, and the options of this program that help.
tune::Study open_or_explain(const tune::StudyOptions& options, bool exists) {
  try {
    return tune::Study::open(options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage || !exists) throw;
    fail(ErrorKind::usage,
         "{}\n--study and --out name another one; --fresh deletes this one and its results.",
         error.what());
  }
}

}  // namespace

std::string end_reason(const tune::TrialRecord& trial) {
  const auto found = trial.user_attrs.find(trial.state == tune::TrialState::pruned ? "prune_reason"
                                                                                   : "fail_reason");
  if (found == trial.user_attrs.end()) return "";
  const tune::Value value = tune::value_from_json(found->second);
  const std::string* text = std::get_if<std::string>(&value);
  return text ? *text : "";
}

std::string params_text(const tune::TrialRecord& trial) {
  std::string text;
  for (const tune::Parameter& parameter : trial.params) {
    const tune::Value value = parameter.value();
    const double* number = std::get_if<double>(&value);
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", parameter.name,
                        number ? fmt::format("{:.3g}", *number) : tune::to_text(value));
  }
  return text;
}

int finished_trials(const std::vector<tune::TrialRecord>& trials) {
  return static_cast<int>(std::count_if(trials.begin(), trials.end(), [](const auto& trial) {
    return tune::is_finished(trial.state);
  }));
}

std::optional<tune::TrialRecord> best_trial(const tune::Study& study) {
  try {
    return study.best();
  } catch (const Error&) {
    return std::nullopt;  // no trial is complete yet
  }
}

tune::Study open_study(const Run& run) {
  const std::optional<tune::StudySummary> old = find_summary(run);
  if (run.options.fresh && old) tune::Study::remove(run.storage, run.study_name);
  const bool exists = old && !run.options.fresh;
  tune::StudyOptions options;
  options.storage = run.storage;
  options.name = run.study_name;
  options.direction = tune::Direction::maximize;
  options.sampler = tune::make_sampler(run.options.sampler);
  // Deeper networks start slower: the first epoch alone says little about them.
  if (run.settings.pruner == "median")
    options.pruner = std::make_shared<tune::MedianPruner>(
        tune::MedianOptions{.warmup_steps = run.settings.pruner_warmup});
  else
    options.pruner = tune::make_pruner(run.settings.pruner);
  options.seed = run.options.seed;
  // How far a trial may be behind is part of the study: its trials do not depend on the jobs of
  // now. Twice the jobs, so that a worker need not wait while another trial takes long.
  options.lag = exists ? 0 : std::max(4, 2 * run.options.jobs);
  options.settings = study_settings(run);
  tune::Study study = open_or_explain(options, exists);
  const auto configuration = default_configuration(run.settings);
  if (study.trials().empty()) {
    study.set_system_attr_json("study:metric_names", R"(["validation accuracy"])");
    if (!configuration.empty()) study.enqueue(configuration, {{"default_configuration", true}});
  }
  return study;
}

SearchTotals search(const Run& run, tune::Study& study, Console& console) {
  Board board(console, run.settings.trials);
  board.set_done(finished_trials(study.trials()));
  std::atomic<std::int64_t> images{0};
  std::map<int, Clock::time_point> started;
  std::mutex started_mutex;
  Failure failure;
  const int per_trial = std::max(1, run.threads / run.options.jobs);
  const auto train = [&](tune::Trial& trial) {
    {
      const std::lock_guard lock(started_mutex);
      started[trial.number()] = Clock::now();
    }
    const tune::training::TrainingJob job = describe(run.settings, trial);
    tune::training::RunOptions options{.train = run.search, .validation = run.validation};
    options.checkpoint = run.out / fmt::format("trial-{}.checkpoint", trial.number());
    options.cancel = run.cancel;
    options.on_epoch = [&](const nn::train::EpochRecord& epoch) { images += epoch.images; };
    options.progress = [&](const nn::train::Progress& progress) {
      board.update(trial.number(), progress);
    };
    return tune::training::run_trial(job, trial, run.device->new_backend({.threads = per_trial}),
                                     options);
  };
  const auto objective = [&](tune::Trial& trial) {
    const tune::Outcome outcome = failure.guard([&] { return train(trial); });
    board.remove(trial.number());
    return outcome;
  };
  tune::OptimizeOptions options;
  options.trials = run.settings.trials;
  options.timeout_seconds = run.options.timeout;
  options.jobs = run.options.jobs;
  options.cancel = run.cancel;
  options.callbacks.push_back([&](const tune::Study& live, const tune::TrialRecord& trial) {
    board.set_done(finished_trials(live.trials()));
    double seconds = 0;
    {
      const std::lock_guard lock(started_mutex);
      if (started.contains(trial.number))
        seconds = std::chrono::duration<double>(Clock::now() - started[trial.number]).count();
    }
    console.line(trial_line(console, trial, best_trial(live), seconds));
  });
  const Clock::time_point begin = Clock::now();
  study.optimize(tune::Objective(objective), options);
  failure.rethrow();
  return {std::chrono::duration<double>(Clock::now() - begin).count(), images.load()};
}

}  // namespace hone::app
