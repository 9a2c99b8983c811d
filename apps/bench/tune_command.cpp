// hone_bench tune: what a trial costs beside its objective.
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/bench/clock.h"
#include "apps/bench/commands.h"
#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "base/error.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

namespace hone::bench {
namespace {

struct TuneOptions {
  int trials = 1000;
  int parameters = 20;
  int reports = 0;
  int repeats = 1;
  int processes = 1;
  std::string sampler = "tpe";
  std::string storage = "memory";
  bool json = false;
};

// A sphere: the objective itself costs nothing that could be measured.
tune::Outcome objective(tune::Trial& trial, const TuneOptions& options) {
  double sum = 0;
  for (int p = 0; p < options.parameters; ++p) {
    const double x = trial.suggest_float(fmt::format("x{}", p), -1, 1);
    sum += (x - 0.1) * (x - 0.1);
  }
  for (int step = 0; step < options.reports; ++step) trial.report(step, sum);
  return tune::Outcome::complete(sum);
}

// Several processes work on one study; a single one is the deterministic mode.
tune::Study open_study(const TuneOptions& options) {
  const bool several = options.processes > 1;
  return tune::Study::open({.storage = options.storage,
                            .name = several ? "bench" : "",
                            .sampler = tune::make_sampler(options.sampler),
                            .seed = 1,
                            .deterministic = !several,
                            .log = nullptr});
}

void optimize(tune::Study& study, const TuneOptions& options) {
  study.optimize([&](tune::Trial& trial) { return objective(trial, options); },
                 {.trials = options.trials});
}

double cpu_seconds_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run_processes(const TuneOptions& options) {
  for (int i = 0; i < options.processes; ++i) {
    const pid_t child = ::fork();
    check(child >= 0, "--processes {}: the system gave no more processes", options.processes);
    if (child == 0)
      _exit(app::run_program("hone_bench", [&] {
        tune::Study study = open_study(options);
        optimize(study, options);
        return 0;
      }));
  }
  int failed = 0;
  for (int i = 0, status = 0; i < options.processes; ++i)
    failed += ::wait(&status) < 0 || status != 0 ? 1 : 0;
  check(failed == 0, "{} of {} processes failed", failed, options.processes);
}

// Several processes are measured with the time that they take to begin and to end.
nlohmann::json measure(const TuneOptions& options) {
  const bool several = options.processes > 1;
  std::optional<tune::Study> study = open_study(options);
  if (several) study.reset();  // it is made; each process opens it itself
  const auto cpu_seconds = [&] {
    return several ? cpu_seconds_of_children() : seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  };
  const double cpu = cpu_seconds(), wall = seconds_of(CLOCK_MONOTONIC);
  several ? run_processes(options) : optimize(*study, options);
  return {{"trials", options.trials},
          {"cpu_seconds", cpu_seconds() - cpu},
          {"wall_seconds", seconds_of(CLOCK_MONOTONIC) - wall}};
}

void run(const TuneOptions& options) {
  check(options.processes == 1 || options.storage != "memory",
        "--processes {}: processes share a database, say which with --storage", options.processes);
  check(options.processes == 1 || options.repeats == 1,
        "--repeats {}: several processes work on one study, which is full after the first time",
        options.repeats);
  for (int i = 0; i < options.repeats; ++i) {
    const nlohmann::json result = measure(options);
    if (options.json) {
      fmt::print("{}\n", result.dump());
      continue;
    }
    const double n = options.trials;
    fmt::print(
        "{}, {}, {} parameters, {} reports, {} processes: {} trials, {:.3f} ms CPU and {:.3f} ms a "
        "trial\n",
        options.sampler, options.storage, options.parameters, options.reports, options.processes,
        options.trials, 1e3 * result["cpu_seconds"].get<double>() / n,
        1e3 * result["wall_seconds"].get<double>() / n);
  }
}

}  // namespace

void add_tune_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("tune", "Times the trials of a study that trains nothing");
  const auto options = std::make_shared<TuneOptions>();
  command->add_option("--trials", options->trials, "Trials of a study")
      ->transform(app::whole_number(1, 10000000))
      ->capture_default_str();
  command->add_option("--parameters", options->parameters, "Float parameters of a trial")
      ->transform(app::whole_number(0, 1000))
      ->capture_default_str();
  command->add_option("--reports", options->reports, "Values that each trial reports")
      ->transform(app::whole_number(0, 100000))
      ->capture_default_str();
  command->add_option("--repeats", options->repeats, "Studies, one after the other, in memory")
      ->transform(app::whole_number(1, 10000))
      ->capture_default_str();
  command->add_option("--sampler", options->sampler, "The sampler")->capture_default_str();
  command->add_option("--storage", options->storage, "memory, or a new sqlite:///file.db")
      ->capture_default_str();
  command
      ->add_option("--processes", options->processes,
                   "Processes that work on one study, in a database")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a study on standard output");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
