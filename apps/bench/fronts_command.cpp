// hone_bench fronts: how much of the hypervolume samplers reach on problems of several objectives,
// beside Optuna.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>

#include "apps/bench/commands.h"
#include "apps/bench/regret/fronts.h"
#include "apps/bench/regret/study_run.h"
#include "apps/bench/results_file.h"
#include "apps/common/number_option.h"
#include "tune/samplers/make_sampler.h"

namespace hone::bench {
namespace {

struct FrontsOptions {
  std::vector<std::string> samplers = {"auto", "tpe", "nsga_ii", "random"};
  std::string options = "{}";
  std::string optuna;  // what scripts/bench/fronts_optuna.py has written; empty: not compared
  std::vector<int> marks = {100, 250};
  int seeds = 20, lag = 1;
};

// What Optuna missed, by seed, at a mark; empty: not known.
std::vector<double> rival(const nlohmann::json& data, const std::string& kind,
                          const FrontProblem& problem, int mark) {
  std::vector<double> missing;
  if (!data.contains(kind) || !data.at(kind).contains(problem.name)) return missing;
  const std::vector<int> marks = data.at("header").at("marks");
  const auto at = std::find(marks.begin(), marks.end(), mark);
  if (at == marks.end()) return missing;
  for (const auto& volumes : data.at(kind).at(problem.name).at("volume"))
    missing.push_back(1 - volumes.at(static_cast<std::size_t>(at - marks.begin())).get<double>() /
                              problem.whole);
  return missing;
}

std::string cell(const std::vector<double>& missing) {
  const Interval range = median_interval(missing);
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", median(missing), range.low, range.high);
}

void measure(const FrontsOptions& options, const FrontProblem& problem,
             const nlohmann::json& optuna) {
  for (std::size_t m = 0; m < options.marks.size(); ++m)
    for (const char* kind : {"nsga_ii", "tpe"})
      if (const auto theirs = rival(optuna, kind, problem, options.marks[m]); !theirs.empty())
        fmt::print("{:9} {:16} {:4}  {}\n", problem.name, std::string("Optuna's ") + kind,
                   options.marks[m], cell(theirs));
  for (const std::string& name : options.samplers) {
    const auto sampler = tune::make_sampler(name, options.options);
    std::vector<std::vector<double>> missing(options.marks.size());
    double cpu = 0;
    for (int seed = 0; seed < options.seeds; ++seed) {
      const FrontRun run =
          run_front(problem, sampler, static_cast<std::uint64_t>(seed), options.marks, options.lag);
      for (std::size_t m = 0; m < missing.size(); ++m) missing[m].push_back(run.missing[m]);
      cpu += run.cpu_ms / options.seeds;
    }
    for (std::size_t m = 0; m < missing.size(); ++m) {
      fmt::print("{:9} {:16} {:4}  {}", problem.name, name, options.marks[m], cell(missing[m]));
      for (const char* kind : {"nsga_ii", "tpe"}) {
        const auto theirs = rival(optuna, kind, problem, options.marks[m]);
        if (!theirs.empty())
          fmt::print("  {:3.0f}% of {}", 100 * win_share(missing[m], theirs).share, kind);
      }
      fmt::print("{}\n", m == 0 ? fmt::format("  {:.0f} ms a study", cpu) : "");
      std::fflush(stdout);
    }
  }
}

void run(const FrontsOptions& options) {
  const nlohmann::json optuna = read_results(options.optuna);
  fmt::print(
      "{} seeds, lag {}: median share of the hypervolume that is missing [95%]; the share "
      "of seeds won against Optuna's samplers\n",
      options.seeds, options.lag);
  for (const FrontProblem& problem : front_problems()) measure(options, problem, optuna);
}

}  // namespace

void add_fronts_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "fronts", "Compares samplers with Optuna's on four problems of several objectives");
  const auto options = std::make_shared<FrontsOptions>();
  command->add_option("--sampler", options->samplers, "The samplers")->capture_default_str();
  command->add_option("--options", options->options, "Their options, as JSON")
      ->capture_default_str();
  command->add_option("--optuna", options->optuna,
                      "What scripts/bench/fronts_optuna.py has written (tests/goldens has one)");
  command->add_option("--marks", options->marks, "After how many trials, ascending")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "Studies of each problem")
      ->transform(app::whole_number(1, 100000))
      ->capture_default_str();
  command->add_option("--lag", options->lag, "Trial n sees the trials up to n - lag")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
