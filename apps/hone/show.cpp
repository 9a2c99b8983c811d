// hone report, watch.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <chrono>
#include <set>
#include <thread>

#include "apps/common/console.h"
#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "apps/common/study_texts.h"
#include "apps/hone/commands.h"
#include "apps/report/report.h"
#include "tune/study.h"

namespace hone::command {
namespace {

void report(const Place& place, const std::string& file) {
  const auto study = tune::Study::load(place.storage, place.study);
  report::write_report(file, report::study_report(study));
}

struct WatchOptions {
  Place place;
  double interval = 1;
  int trials = 0;
};

// A line for each trial that ends, and below them how many there are, until so many are finished or
// the user ends it.
void watch(const WatchOptions& options) {
  const CancelToken cancel = app::stop_on_signals("this look");
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  app::Console console(false);
  std::set<int> shown;
  while (!cancel.cancelled()) {
    const std::vector<tune::TrialRecord> trials = study.trials();
    const auto best = app::best_trial(study);
    int finished = 0, running = 0;
    for (const tune::TrialRecord& trial : trials) {
      running += trial.state == tune::TrialState::running ? 1 : 0;
      if (!is_finished(trial.state)) continue;
      ++finished;
      if (shown.insert(trial.number).second)
        console.line(tune::trial_line(trial, best ? &*best : nullptr));
    }
    console.live(
        fmt::format("{} finished, {} running, {} in all", finished, running, trials.size()));
    if (options.trials > 0 && finished >= options.trials) return;
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(options.interval);
    while (!cancel.cancelled() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

void add_show_commands(CLI::App& app) {
  CLI::App* page = app.add_subcommand("report", "Writes the report of a study, one HTML file");
  const auto place = std::make_shared<Place>();
  const auto file = std::make_shared<std::string>("report.html");
  add_place(*page, *place);
  page->add_option("-o,--output", *file, "The file, which is replaced")->capture_default_str();
  page->callback([place, file] { report(*place, *file); });

  CLI::App* live = app.add_subcommand("watch", "Shows trials as they end, until Ctrl-C");
  const auto options = std::make_shared<WatchOptions>();
  add_place(*live, options->place);
  live->add_option("--interval", options->interval, "Seconds between two looks")
      ->transform(app::real_number(0.05, 86400))
      ->capture_default_str();
  live->add_option("--trials", options->trials, "End when so many are finished; 0: never")
      ->transform(app::whole_number(0, 1 << 30))
      ->capture_default_str();
  live->callback([options] { watch(*options); });
}

}  // namespace hone::command
