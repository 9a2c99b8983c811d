// fmnist_tune: search, retrain, test, report. See --help.
#include <algorithm>

#include "apps/common/program.h"
#include "apps/common/study_texts.h"
#include "apps/fmnist_tune/checkpoints.h"
#include "apps/fmnist_tune/predict.h"
#include "apps/fmnist_tune/results.h"
#include "apps/fmnist_tune/search.h"
#include "base/error.h"

namespace hone::app {
namespace {

// Everything that is written into the output folder beside the study and the checkpoints.
const std::vector<std::string> kResults = {"trials.csv",  "best_params.json", "model.safetensors",
                                           "history.csv", "summary.json",     "report.html",
                                           kFinalJob};

// Adds this call's seconds and images to what the study has.
void keep_totals(tune::Study& study, const SearchTotals& totals) {
  const StudyNumbers before = study_numbers(study);
  study.set_user_attr("search_seconds", before.seconds + totals.seconds);
  study.set_user_attr("search_images", before.images_per_second * before.seconds +
                                           static_cast<double>(totals.images));
}

// What summary.json was made from; when it is unchanged, there is nothing left to do.
std::string result_key(const Run& run, const tune::Study& study) {
  const auto best = best_trial(study);
  return fmt::format("{} trials, best {}, {} final epochs", finished_trials(study.trials()),
                     best ? best->number : -1,
                     run.options.no_retrain ? 0 : run.settings.final_epochs);
}

bool finished_before(const Run& run, const tune::Study& study) {
  const auto attributes = study.attributes();
  const auto found = attributes.find("result");
  std::vector<std::string> files = {"summary.json", "trials.csv", "best_params.json",
                                    "report.html"};
  if (!run.options.no_retrain) files.insert(files.end(), {"model.safetensors", "history.csv"});
  return found != attributes.end() && found->second == "\"" + result_key(run, study) + "\"" &&
         finished_trials(study.trials()) >= run.settings.trials &&
         std::all_of(files.begin(), files.end(),
                     [&](const std::string& name) { return run.folder->has(name); });
}

int interrupted(const Run& run, Console& console) {
  console.result("interrupted; run the same command to go on: " + run.options.command_line);
  return static_cast<int>(ErrorKind::interrupted);
}

[[noreturn]] void no_best_trial(const Run& run, const tune::Study& study) {
  const std::vector<tune::TrialRecord> trials = study.trials();
  const int finished = finished_trials(trials);
  if (finished == 0)
    fail(ErrorKind::usage, "no trial was completed within --timeout {}; give it more time",
         run.options.timeout);
  const StudyNumbers numbers = study_numbers(study);
  write_results(run, study, numbers, std::nullopt);
  const std::string why = failures_text(trials, 3);
  fail(ErrorKind::usage,
       "no trial was completed ({} pruned, {} failed): look at {} and ask for more --trials or "
       "another --seed{}{}",
       numbers.pruned, numbers.failed, printable((run.out / "report.html").string()),
       why.empty() ? "" : "\n", why);
}

int search_and_retrain(const Run& run, tune::Study& study, Console& console) {
  try {
    keep_totals(study, search(run, study, console));
  } catch (const Error& error) {
    const bool by_trials = error.kind() != ErrorKind::storage && error.kind() != ErrorKind::device;
    if (by_trials && !best_trial(study)) no_best_trial(run, study);
    throw;
  }
  if (run.cancel.cancelled()) return interrupted(run, console);
  const auto best = best_trial(study);
  if (!best) no_best_trial(run, study);
  std::optional<FinalResult> final;
  if (!run.options.no_retrain) {
    final = train_final(run, *best, console);
    if (!final) return interrupted(run, console);
  }
  write_results(run, study, study_numbers(study), final);
  study.set_user_attr("result", result_key(run, study));
  remove_checkpoint(run, kFinalCheckpoint);
  run.folder->remove(kFinalJob);
  print_results(run, console);
  return 0;
}

// The study, with --fresh a new one. Everything that can be refused has been refused before the
// old one goes, and the results go last: while the old study is there they belong to it.
tune::Study open_study(const Run& run, Console& console) {
  const bool exists = find_study(run.storage, run.study_name).has_value();
  const bool fresh = run.options.fresh;
  const tune::StudyOptions options = study_options(run, exists && !fresh, console);
  run.folder->check_places(kResults);
  if (!fresh) {
    tune::Study study = open_or_explain(options, exists);
    check(study.lag() == 0 || run.options.jobs <= study.lag(),
          "--jobs {}: study {} has a lag of {}, so that its results do not depend on the jobs; use "
          "at most {} jobs, or make another study with --study and --lag {}",
          run.options.jobs, printable(run.study_name), study.lag(), study.lag(), run.options.jobs);
    return study;
  }
  std::vector<std::string> checkpoints = {kFinalCheckpoint};
  if (exists) {
    const std::string token =
        tune::open_storage(run.storage, {.create = false})->find_study(run.study_name)->key.token;
    for (const tune::TrialRecord& trial :
         tune::Study::load(run.storage, run.study_name, nullptr).trials())
      for (const std::string& name : trial_checkpoints(token, trial.number))
        checkpoints.push_back(name);
    tune::Study::remove(run.storage, run.study_name);
  }
  tune::Study study = open_or_explain(options, false);
  for (const std::string& name : checkpoints) remove_checkpoint(run, name);
  run.folder->remove_all();
  return study;
}

int tune_command(const Options& options, const CancelToken& cancel, Console& console) {
  Run run = prepare(options, cancel, console);
  run.folder = std::make_unique<OutputFolder>(
      run.out, "fmnist_tune", [&](const std::string& text) { console.result(text); });
  tune::Study study = open_study(run, console);
  add_default_trial(run, study);
  if (finished_before(run, study)) {
    console.line("This study is finished; --trials asks for more, --fresh starts anew.");
    print_results(run, console);
    return 0;
  }
  const int done = finished_trials(study.trials());
  console.line(fmt::format("study    {} in {}: {} of {} trials{}", run.study_name, run.storage,
                           done, run.settings.trials, done > 0 ? ", going on" : ""));
  console.line(fmt::format(
      "trials   {} epochs of {} images in batches of {}; {} sampler, pruner {}; seed {}",
      run.settings.epochs, run.search.count(), run.settings.batch, options.sampler,
      run.settings.pruner, options.seed));
  console.line("");
  try {
    return search_and_retrain(run, study, console);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::storage && error.kind() != ErrorKind::device) throw;
    fail(error.kind(),
         "{}\nWhat is finished is kept: when this is mended, the same command goes on.",
         error.what());
  }
}

}  // namespace
}  // namespace hone::app

int main(int argc, char** argv) {
  using namespace hone::app;
  return run_program("fmnist_tune", [&] {
    const Options options = parse_options(argc, argv);
    const hone::CancelToken cancel = stop_on_signals("this batch");
    Console console(options.quiet);
    if (!options.predict) return tune_command(options, cancel, console);
    predict(options, console);
    return 0;
  });
}
