// Running the study.
#include "apps/tuning/search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/common/study_texts.h"
#include "apps/tuning/checkpoints.h"
#include "base/error.h"
#include "tune/storage/storage.h"
#include "tune/time_text.h"

namespace hone::app {
namespace {

using Clock = std::chrono::steady_clock;

// The live line: what every running trial does.
class Board {
 public:
  Board(Console& console, const Problem& problem) : console_(console), problem_(problem) {}

  // `predicted`: how long the trial is going to take, where that is known.
  void update(int trial, const nn::train::Progress& progress, const std::string& predicted) {
    const std::lock_guard lock(mutex_);
    State& state = running_[trial];
    state.text =
        fmt::format("#{} epoch {}/{} {:3.0f}%  {}{}", trial, progress.epoch, progress.epochs,
                    100.0 * static_cast<double>(progress.batch) /
                        static_cast<double>(std::max<std::int64_t>(progress.batches, 1)),
                    std::isnan(progress.accuracy) ? fmt::format("loss {:.4g}", progress.loss)
                                                  : fmt::format("acc {:.3f}", progress.accuracy),
                    predicted.empty() ? "" : "  takes " + predicted);
    state.speed = progress.images_per_second;
    std::string text = fmt::format("{}/{} trials", done_, problem_.trials);
    double speed = 0;
    for (const auto& [number, other] : running_) {
      text += "  |  " + other.text;
      speed += other.speed;
    }
    console_.live(text + fmt::format("  |  {:.0f} {}/s", speed, problem_.unit));
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
  const Problem& problem_;
  int done_ = 0;
  std::map<int, State> running_;
  std::mutex mutex_;
};

// When trials of this process began, and how long they were going to take by those that had ended
// then. Thread-safe.
class TrialClock {
 public:
  explicit TrialClock(std::vector<tune::TrialRecord> trials) : trials_(std::move(trials)) {}

  tune::training::TrialTimes times() const {
    const std::lock_guard lock(mutex_);
    return tune::training::TrialTimes(trials_);
  }
  std::optional<tune::training::TimeRange> begin(int trial, std::int64_t training_flops,
                                                 int epochs) {
    const auto predicted = times().predict(training_flops, epochs);
    const std::lock_guard lock(mutex_);
    running_[trial] = {Clock::now(), predicted};
    return predicted;
  }
  struct Taken {
    double seconds = 0;  // 0: another process ran it
    std::optional<tune::training::TimeRange> predicted = std::nullopt;
  };
  Taken end(const tune::TrialRecord& trial) {
    const std::lock_guard lock(mutex_);
    trials_.push_back(trial);
    const auto found = running_.find(trial.number);
    if (found == running_.end()) return {};
    return {std::chrono::duration<double>(Clock::now() - found->second.begin).count(),
            found->second.predicted};
  }

 private:
  struct Begun {
    Clock::time_point begin;
    std::optional<tune::training::TimeRange> predicted;
  };
  mutable std::mutex mutex_;
  std::vector<tune::TrialRecord> trials_;  // that have ended
  std::map<int, Begun> running_;
};

// One line a trial: what it got, with what, and the best so far.
Text trial_line(const Problem& problem, const tune::TrialRecord& trial,
                const std::optional<tune::TrialRecord>& best, const TrialClock::Taken& taken) {
  const auto text = [&](double value) {
    return problem.classifies() ? fmt::format("{:.4f}", value) : fmt::format("{:.5g}", value);
  };
  Text line = fmt::format("trial {:>3}  ", trial.number);
  if (trial.state == tune::TrialState::complete) {
    const std::string value = text(trial.value().value_or(0));
    line = line + (best && best->number == trial.number ? bold(value + " *") : value + "  ");
  } else {
    line = line + (trial.state == tune::TrialState::pruned ? "pruned  " : "failed  ");
  }
  const std::string so_far =
      best ? fmt::format("best {} (trial {})", text(*best->value()), best->number) : "no best yet";
  const bool whole = trial.state == tune::TrialState::complete && taken.predicted;
  return line + fmt::format("  {:<74}  {}  {:.1f} s{}", params_text(trial), so_far, taken.seconds,
                            whole ? fmt::format(" (predicted {})",
                                                tune::training::time_range_text(*taken.predicted))
                                  : "");
}

// When trials are missing that other workers hold: says so once, and waits a little. False when
// there is nothing to wait for; what the last of them gave back is looked for once more.
bool wait_for_others(const Run& run, const tune::Study& study, bool& told, Console& console) {
  const bool over = run.cancel.cancelled() || run.options.timeout > 0;
  if (over || study.finished() >= run.problem.trials) return false;
  const std::vector<tune::Holder> holders = study.holders();
  if (holders.empty()) return std::exchange(told, false);
  for (const tune::Holder& holder : holders)
    if (!told)
      console.line(fmt::format(
          "waiting for trial {}, which {} has run since {} UTC; --take-over takes it at once",
          holder.number, holder.worker.empty() ? "another worker" : printable(holder.worker),
          tune::time_text(holder.start_time).substr(0, 19)));
  told = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  return true;
}

// The trials of a job: one that has ended leaves the live line.
class Group : public tune::TrialGroup {
 public:
  Group(tune::TrialGroup& trials, Board& board) : trials_(trials), board_(board) {}
  tune::Trial* ask() override { return trials_.ask(); }
  void end(tune::Trial& trial, const std::function<tune::Outcome()>& objective) override {
    trials_.end(trial, [&] {
      struct Remove {
        Board& board;
        int trial;
        ~Remove() { board.remove(trial); }
      } const remove{board_, trial.number()};
      try {
        return objective();
      } catch (const tune::FencedError&) {
        throw;  // another process has the trial: only its result is dropped
      } catch (const Error& error) {
        // A full disk is not the fault of the trial that met it, and the next one would meet it,
        // too.
        if (error.kind() == ErrorKind::storage) throw tune::StoreError(error.what());
        throw;
      }
    });
  }

 private:
  tune::TrialGroup& trials_;
  Board& board_;
};

}  // namespace

SearchTotals search(const Run& run, tune::Study& study, Console& console) {
  Board board(console, run.problem);
  board.set_done(study.finished());
  std::atomic<std::int64_t> images{0};
  TrialClock clock(study.trials());
  const int per_trial = std::max(1, run.threads / run.options.jobs);
  // How long the trial is going to take, in words; it fails where its network is none.
  const auto begin_clock = [&](const tune::Trial& trial, const nn::train::Training& training) {
    std::int64_t flops = 0;
    try {
      flops = nn::cost(training.network, run.problem.search.shape()).training_flops;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
    }
    const auto predicted = clock.begin(trial.number(), flops, training.epochs);
    return predicted ? tune::training::time_range_text(*predicted) : std::string();
  };
  const auto begin_trial = [&](tune::Trial& trial) -> tune::training::TrialRun {
    nn::train::Training training = run.problem.describe(trial);
    tune::training::RunOptions options = run_options(run);
    options.limits = run.options.limits;
    options.cost_in_seconds = run.options.cost_in_seconds;
    options.times = [&] { return clock.times(); };
    options.checkpoint = run.out / trial_checkpoint(run, trial.study_token(), trial.number());
    if (const auto paused = trial.continues())
      options.paused_checkpoint = run.out / trial_checkpoint(run, trial.study_token(), *paused);
    options.on_epoch = [&](const nn::train::EpochRecord& epoch) { images += epoch.images; };
    options.message = [&, number = trial.number()](const std::string& text) {
      console.line(dim(fmt::format("           trial {}: {}", number, text)));
    };
    options.progress = [&, number = trial.number(), predicted = begin_clock(trial, training)](
                           const nn::train::Progress& progress) {
      board.update(number, progress, predicted);
    };
    return {std::move(training), new_backend(run, per_trial), std::move(options)};
  };
  const auto objective = [&](tune::TrialGroup& trials, int) {
    Group group(trials, board);
    tune::training::run_trials(group, begin_trial);
  };
  tune::OptimizeOptions options;
  options.trials = run.problem.trials;
  options.timeout_seconds = run.options.timeout;
  options.jobs = run.options.jobs;
  options.together = run.options.fuse;
  options.cancel = run.cancel;
  options.callbacks.push_back([&](const tune::Study& live, const tune::TrialRecord& trial) {
    board.set_done(live.finished());
    console.line(trial_line(run.problem, trial, best_trial(live), clock.end(trial)));
    const std::string reason = end_reason(trial);
    if (!reason.empty()) console.line(dim("           " + reason));
  });
  const Clock::time_point begin = Clock::now();
  bool told = false;
  do {
    study.optimize(tune::GroupObjective(objective), options);
  } while (wait_for_others(run, study, told, console));
  return {std::chrono::duration<double>(Clock::now() - begin).count(), images.load()};
}

}  // namespace hone::app
