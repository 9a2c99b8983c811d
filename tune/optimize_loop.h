// One run of Study::optimize(): workers, limits, what becomes of a trial whose objective threw.
// Internal to tune.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <string>

#include "tune/study_core.h"

namespace hone::tune {

class OptimizeLoop {
 public:
  OptimizeLoop(StudyCore& core, const GroupObjective& objective, const OptimizeOptions& options)
      : core_(core), objective_(objective), options_(options) {}

  // Throws the first error when all workers have ended.
  void run();

 private:
  class Group;

  bool over() const;
  void work(int worker);
  // Ends the trial by what `objective` returns or throws.
  void end(Trial& trial, const std::function<Outcome()>& objective);
  bool is_failure(const std::exception& error) const;
  void end_by_exception(Trial& trial, const std::exception& error);
  // What surrounds the trial has failed: it is run again, or FAIL when that has happened too often.
  void end_by_fault(Trial& trial, ErrorKind kind, const std::string& reason);
  void tell(Trial& trial, const Outcome& outcome, ErrorKind kind = ErrorKind::usage);
  void count(const TrialRecord& record, ErrorKind kind);
  void keep_error(std::exception_ptr error);

  StudyCore& core_;
  const GroupObjective& objective_;
  const OptimizeOptions& options_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<bool> failed_{false};
  std::mutex callback_mutex_, error_mutex_;
  std::exception_ptr error_;
  // Guarded by callback_mutex_.
  int failures_ = 0, failures_in_a_row_ = 0;
  std::string last_failure_;
  ErrorKind last_kind_ = ErrorKind::usage;
};

}  // namespace hone::tune
