// Workers that ask, run and tell until there is nothing to do, or something is wrong.
#include "tune/optimize_loop.h"

#include <algorithm>
#include <list>
#include <new>
#include <system_error>
#include <utility>

#include "base/threads.h"
#include "tune/trial_text.h"

namespace hone::tune {
namespace {

// So often is a trial run again after a fault that is not its own.
constexpr int kMostFaults = 3;

}  // namespace

void OptimizeLoop::run() {
  const int running = run_on_threads(options_.jobs, [this](int worker) { work(worker); });
  if (running < options_.jobs)
    core_.log(fmt::format("study {}: {} of {} jobs ran, the system gave no more threads",
                          printable(core_.info().name), running, options_.jobs));
  if (error_) std::rethrow_exception(error_);
  if (options_.max_failures > 0 && failures_ > 0 && !options_.cancel.cancelled() &&
      !core_.any_success())
    fail(last_kind_, "study {}: no trial has succeeded, {} failed now; the last one: {}",
         printable(core_.info().name), failures_, last_failure_);
}

bool OptimizeLoop::over() const {
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
  return failed_ || core_.stop_requested || options_.cancel.cancelled() ||
         (options_.timeout_seconds > 0 && spent.count() >= options_.timeout_seconds);
}

// The first trial is waited for; further ones only join it when they can begin at once, so nobody
// waits for a trial that this worker holds.
class OptimizeLoop::Group : public TrialGroup {
 public:
  explicit Group(OptimizeLoop& loop) : loop_(loop) {}

  Trial* ask() override {
    while (asked_ < loop_.options_.together) {
      bool tried = false;
      std::optional<Trial> trial = loop_.core_.start(
          loop_.options_.trials,
          [&] { return loop_.over() || (asked_ > 0 && std::exchange(tried, true)); }, false);
      if (!trial) return nullptr;
      ++asked_;
      const std::string& refused = StudyCore::refused(*trial);
      if (refused.empty()) {
        open_.push_back(std::move(*trial));
        return &open_.back();
      }
      loop_.tell(*trial, Outcome::failed(refused));
    }
    return nullptr;
  }

  void end(Trial& trial, const std::function<Outcome()>& objective) override {
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const Trial& open) { return &open == &trial; });
    check(found != open_.end(), "optimize: the trial is none of this group, or has ended");
    ended_.splice(ended_.end(), open_, found);  // it stays where it is
    loop_.end(trial, objective);
  }

  bool empty() const { return asked_ == 0; }

  // After the objective, which has thrown `error` if there is one.
  void close(const std::exception_ptr& error) {
    if (error && open_.empty()) std::rethrow_exception(error);
    while (!open_.empty())
      end(open_.front(), [&]() -> Outcome {
        if (error) std::rethrow_exception(error);
        fail(ErrorKind::usage, "optimize: the objective has returned without ending this trial");
      });
  }

 private:
  OptimizeLoop& loop_;
  std::list<Trial> open_, ended_;
  int asked_ = 0;
};

void OptimizeLoop::work(int worker) {
  try {
    for (bool goes_on = true; goes_on;) {
      Group group(*this);
      std::exception_ptr error;
      try {
        objective_(group, worker);
      } catch (...) {
        error = std::current_exception();
      }
      group.close(error);
      goes_on = !group.empty();
    }
  } catch (...) {
    keep_error(std::current_exception());
  }
}

void OptimizeLoop::end(Trial& trial, const std::function<Outcome()>& objective) {
  Outcome outcome;
  try {
    outcome = objective();
  } catch (const FencedError&) {
    return core_.forget(trial);  // another worker owns the trial by now
  } catch (const StoreError&) {
    keep_error(std::current_exception());
    return core_.release(trial);
  } catch (const DeviceLost& error) {
    // No trial of this process would get on; another worker may run this one, and knows of the
    // fault.
    keep_error(std::current_exception());
    return end_by_fault(trial, error.kind(), error.what());
  } catch (const Error& error) {
    if (is_failure(error))
      outcome = Outcome::failed(error.what());
    else if (error.kind() == ErrorKind::interrupted)
      outcome = Outcome::interrupted();
    else if (error.kind() == ErrorKind::usage)
      outcome = Outcome::failed(error.what());
    else
      return end_by_fault(trial, error.kind(), error.what());
  } catch (const std::exception& error) {
    if (!is_failure(error)) return end_by_exception(trial, error);
    outcome = Outcome::failed(error.what());
  } catch (...) {
    keep_error(std::current_exception());
    return end_by_fault(trial, ErrorKind::internal, "an exception of unknown type");
  }
  if (const std::string wrong = core_.wrong_count(outcome); !wrong.empty())
    outcome = Outcome::failed("the objective returned " + wrong);
  if (outcome.kind == Outcome::Kind::interrupted) core_.stop_requested = true;
  tell(trial, outcome);
}

bool OptimizeLoop::is_failure(const std::exception& error) const {
  return options_.is_failure && options_.is_failure(error);
}

// What is no hone::Error; called while it is handled.
void OptimizeLoop::end_by_exception(Trial& trial, const std::exception& error) {
  const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  const bool system = dynamic_cast<const std::system_error*>(&error) != nullptr;
  if (!memory && !system) keep_error(std::current_exception());
  end_by_fault(trial, ErrorKind::internal, memory ? "out of memory" : error.what());
}

void OptimizeLoop::end_by_fault(Trial& trial, ErrorKind kind, const std::string& reason) {
  const int before = core_.faults(trial);
  if (before >= kMostFaults)
    return tell(trial, Outcome::failed(fmt::format("{} (met {} times)", reason, before + 1)), kind);
  try {
    core_.give_back_for_fault(trial);
    core_.log(fmt::format("trial {:>3}  fault ({}); it is run again, time {} of {}", trial.number(),
                          printable(reason), before + 1, kMostFaults));
  } catch (const FencedError&) {
    // Another worker owns the trial by now.
  }
}

void OptimizeLoop::tell(Trial& trial, const Outcome& outcome, ErrorKind kind) {
  std::shared_ptr<const TrialRecord> record;
  try {
    record = core_.tell(trial, outcome);
  } catch (const FencedError&) {
    return;  // another worker owns the trial by now; there is nothing to store, and the study goes
             // on
  }
  if (!record) return;
  const std::lock_guard lock(callback_mutex_);
  count(*record, kind);
  const Study study = core_.handle();
  for (const auto& callback : options_.callbacks) callback(study, *record);
}

void OptimizeLoop::count(const TrialRecord& record, ErrorKind kind) {
  if (record.state != TrialState::fail) {
    failures_in_a_row_ = 0;
    return;
  }
  ++failures_;
  ++failures_in_a_row_;
  last_failure_ = fmt::format("trial {}: {}", record.number, printable(end_reason(record)));
  last_kind_ = kind;
  if (options_.max_failures == 0 || failures_in_a_row_ < options_.max_failures) return;
  keep_error(std::make_exception_ptr(
      Error(kind, fmt::format("study {}: stopped after {} failed trials in a row; the last one: "
                              "{}; when this is mended, the study can go on",
                              printable(core_.info().name), failures_in_a_row_, last_failure_))));
}

void OptimizeLoop::keep_error(std::exception_ptr error) {
  const std::lock_guard lock(error_mutex_);
  if (!error_) error_ = std::move(error);
  failed_ = true;
}

}  // namespace hone::tune
