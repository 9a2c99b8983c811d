// Workers that ask, run and tell until there is nothing to do, or something is wrong.
#include "tune/optimize_loop.h"

#include <new>
#include <system_error>

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

void OptimizeLoop::work(int worker) {
  try {
    while (std::optional<Trial> trial = core_.start(
               options_.trials, [this] { return over(); }, false))
      run_trial(*trial, worker);
  } catch (...) {
    keep_error(std::current_exception());
  }
}

void OptimizeLoop::run_trial(Trial& trial, int worker) {
  const std::string& refused = StudyCore::refused(trial);
  if (!refused.empty()) return tell(trial, Outcome::failed(refused));
  Outcome outcome;
  try {
    outcome = objective_(trial, worker);
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
