// One of several processes that work on a study, and writes down what it began and what it was
// told. Usage: tune_worker STORAGE LOG TRIALS [SECONDS_OF_LEASE [MICROSECONDS_OF_A_STEP]]
//
// A line of the log is written before or after each step, in one write:
//   begin NUMBER            the study has given it the trial
//   report NUMBER STEP      the study has stored the report
//   end NUMBER VALUE        it is about to tell the trial
//   told NUMBER VALUE       the study has stored the end
//   lost NUMBER             the trial was no longer its own
// Ends with 0 when the study has TRIALS trials.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "tune/study.h"

namespace {

using namespace hone::tune;

int g_log = -1;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(g_log, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
}

Outcome objective(Trial& trial, std::chrono::microseconds pause) {
  say(fmt::format("begin {}", trial.number()));
  const double x = trial.suggest_float("x", -1, 1);
  const auto n = trial.suggest_int("n", 1, 8);
  for (int step = 0; step < 3; ++step) {
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
    trial.report(step, x * step);
    say(fmt::format("report {} {}", trial.number(), step));
  }
  const double value = x * x + static_cast<double>(n);
  say(fmt::format("end {} {}", trial.number(), value));
  return Outcome::complete(value);
}

int work(int argc, char** argv) {
  const std::string url = argv[1];
  g_log = ::open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
  const double lease = argc > 4 ? std::atof(argv[4]) : 60;
  const std::chrono::microseconds pause(argc > 5 ? std::atol(argv[5]) : 0);
  StudyOptions options;
  options.name = "s";
  options.deterministic = false;
  options.seed = 1;
  options.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  options.log_trials = false;
  Study study = Study::open(options, open_storage(url, {.lease_seconds = lease}));
  OptimizeOptions budget;
  budget.trials = std::atoi(argv[3]);
  budget.callbacks = {[](const Study&, const TrialRecord& record) {
    say(fmt::format("told {} {}", record.number, record.value().value_or(-1)));
  }};
  study.optimize([&](Trial& trial) { return objective(trial, pause); }, budget);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    return work(argc, argv);
  } catch (const hone::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.exit_code();
  }
}
