// hone_bench regret: how near a sampler comes to the minima of twenty functions, beside Optuna.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/bench/commands.h"
#include "apps/bench/regret/study_run.h"
#include "apps/bench/results_file.h"
#include "apps/common/number_option.h"
#include "base/error.h"
#include "tune/samplers/make_sampler.h"

namespace hone::bench {
namespace {

struct RegretOptions {
  std::string sampler = "auto";
  std::string options = "{}";
  std::string functions;  // "a,b"; empty: all
  std::string optuna;     // what scripts/bench/regret_optuna.py has written; empty: not compared
  std::string rival = "tpe";
  int seeds = 100;
  int trials = 100;
  int lag = 1;
  bool json = false;
};

// What Optuna reached on one function, by seed.
struct Rival {
  std::vector<double> at_50, at_100, cpu_ms;
  double best_leaf = 0;  // the share of studies
};

Rival read_rival(const nlohmann::json& data, const std::string& kind, const std::string& name) {
  Rival rival;
  if (!data.contains(kind) || !data.at(kind).contains(name)) return rival;
  const nlohmann::json& row = data.at(kind).at(name);
  for (const auto& pair : row.at("regret")) {
    rival.at_50.push_back(pair.at(0));
    rival.at_100.push_back(pair.at(1));
  }
  for (const auto& ms : row.at("cpu_ms")) rival.cpu_ms.push_back(ms);
  for (const auto& hit : row.at("best_leaf")) rival.best_leaf += hit.get<double>();
  rival.best_leaf /= std::max(1.0, static_cast<double>(rival.at_100.size()));
  return rival;
}

bool is_asked(const RegretOptions& options, const std::string& name) {
  if (options.functions.empty()) return true;
  std::istringstream list(options.functions);
  for (std::string item; std::getline(list, item, ',');)
    if (item == name) return true;
  return false;
}

nlohmann::json compared(const std::vector<double>& ours, const std::vector<double>& theirs) {
  const Interval own = median_interval(ours);
  nlohmann::json row = {{"median", median(ours)}, {"low", own.low}, {"high", own.high}};
  if (theirs.empty()) return row;
  const Interval other = median_interval(theirs);
  const WinShare wins = win_share(ours, theirs);
  row["rival"] = {{"median", median(theirs)}, {"low", other.low}, {"high", other.high}};
  row["wins"] = wins.share;
  row["wins_lower"] = wins.lower;
  return row;
}

void print_row(const std::string& name, const char* trials, const nlohmann::json& row) {
  const auto text = [](const nlohmann::json& r) {
    return fmt::format("{:.3g} [{:.2g}, {:.2g}]", r.at("median").get<double>(),
                       r.at("low").get<double>(), r.at("high").get<double>());
  };
  fmt::print("{:15} {:>4}  {:>26}", name, trials, text(row));
  if (row.contains("rival"))
    fmt::print("  {:>26}  {:4.0f}% > {:3.0f}%", text(row.at("rival")),
               100 * row.at("wins").get<double>(), 100 * row.at("wins_lower").get<double>());
}

void measure(const RegretOptions& options, const TestFunction& function,
             const nlohmann::json& stored) {
  std::vector<double> at_50, at_100;
  double leaf = 0, cpu = 0;
  const auto sampler = tune::make_sampler(options.sampler, options.options);
  for (int seed = 0; seed < options.seeds; ++seed) {
    const StudyRun run = run_study(function, sampler, static_cast<std::uint64_t>(seed),
                                   {.trials = options.trials, .lag = options.lag});
    at_50.push_back(run.regret_50);
    at_100.push_back(run.regret_100);
    leaf += run.best_leaf ? 1 : 0;
    cpu += run.cpu_ms;
  }
  const Rival rival = read_rival(stored, options.rival, function.name);
  const double seeds = options.seeds;
  nlohmann::json row = {{"function", function.name},
                        {"at_50", compared(at_50, rival.at_50)},
                        {"at_100", compared(at_100, rival.at_100)},
                        {"best_leaf", leaf / seeds},
                        {"cpu_ms", cpu / seeds}};
  if (options.json) {
    fmt::print("{}\n", row.dump());
    return;
  }
  print_row(function.name, "50", row["at_50"]);
  fmt::print("\n");
  print_row("", "end", row["at_100"]);
  fmt::print("  {:6.0f} ms", cpu / seeds);
  if (!rival.cpu_ms.empty()) fmt::print(" / {:.0f}", median(rival.cpu_ms));
  if (function.kind == FunctionKind::conditional) {
    fmt::print("  leaf {:3.0f}%", 100 * leaf / seeds);
    if (!rival.at_100.empty()) fmt::print(" / {:.0f}%", 100 * rival.best_leaf);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void run(const RegretOptions& options) {
  const nlohmann::json stored = read_results(options.optuna);
  bool any = false;
  if (!options.json)
    fmt::print(
        "{} {}, {} seeds, lag {}: median regret [95%]; beside it Optuna's, and the share of seeds "
        "won with its lower 95% bound; CPU of a study; studies that end in the best leaf\n",
        options.sampler, options.options, options.seeds, options.lag);
  for (const TestFunction& function : test_functions()) {
    if (!is_asked(options, function.name)) continue;
    any = true;
    measure(options, function, stored);
  }
  check(any, "regret: no function is named {}", printable(options.functions));
}

}  // namespace

void add_regret_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "regret", "Compares a sampler with Optuna on twenty functions, by paired seeds");
  const auto options = std::make_shared<RegretOptions>();
  command->add_option("--sampler", options->sampler, "The sampler")->capture_default_str();
  command->add_option("--options", options->options, "Its options, as JSON")->capture_default_str();
  command->add_option("--functions", options->functions, "Some of the functions: a,b");
  command->add_option("--optuna", options->optuna,
                      "What scripts/bench/regret_optuna.py has written (tests/goldens has one)");
  command->add_option("--rival", options->rival, "Which of its samplers: tpe, gp or random")
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "Studies of each function")
      ->transform(app::whole_number(1, 100000))
      ->capture_default_str();
  command->add_option("--trials", options->trials, "Trials of a study")
      ->transform(app::whole_number(1, 1000000))
      ->capture_default_str();
  command->add_option("--lag", options->lag, "Trial n sees the trials up to n - lag")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a function on standard output");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
