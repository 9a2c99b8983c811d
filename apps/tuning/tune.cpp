// The order of a run: open or remove, search, retrain, write.
#include "apps/tuning/tune.h"

#include <unistd.h>

#include <filesystem>

#include "apps/common/replay.h"
#include "apps/common/reruns.h"
#include "apps/common/study_texts.h"
#include "apps/tuning/check_search.h"
#include "apps/tuning/checkpoints.h"
#include "apps/tuning/finished.h"
#include "apps/tuning/ownership.h"
#include "apps/tuning/results.h"
#include "apps/tuning/search.h"
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
  study.set_user_attr("search_images", before.samples_per_second * before.seconds +
                                           static_cast<double>(totals.images));
}

// --fresh would remove what there is to go on with.
const char* same_command(const Run& run) {
  return run.options.fresh ? "the same command without --fresh" : "the same command";
}

int interrupted(const Run& run, Console& console) {
  console.result(
      fmt::format("interrupted; run {} to go on: {}", same_command(run), run.options.command_line));
  return static_cast<int>(ErrorKind::interrupted);
}

// Trials have ended and none is complete: the report says why, and so does the error.
[[noreturn]] void no_best_trial(const Run& run, const tune::Study& study, ErrorKind kind) {
  const StudyNumbers numbers = study_numbers(study);
  write_results(run, study, numbers, std::nullopt);
  const std::vector<tune::TrialRecord> trials = study.trials();
  if (const std::string refused = refused_by(run.options.limits, trials); !refused.empty())
    fail(kind,
         "no trial was trained: the networks of all {} trials are beyond {}; raise it, or let the "
         "space have smaller networks\n{}",
         trials.size(), refused, failures_text(trials, 3));
  if (run.problem.pruner->promotes() && numbers.failed == 0)
    fail(kind,
         "no trial was completed: all {} are paused; with --pruner promotion and {} epochs a first "
         "one is completed after about {} trials: ask for more --trials",
         numbers.pruned, run.problem.most_epochs, promotion_budget(run).about);
  const std::string why = failures_text(trials, 3);
  fail(kind,
       "no trial was completed ({} pruned, {} failed): look at {} and ask for more --trials or "
       "another --seed{}{}",
       numbers.pruned, numbers.failed, printable((run.out / "report.html").string()),
       why.empty() ? "" : "\n", why);
}

// Does what --reruns asks for. False: cancelled.
bool rerun_best(const Run& run, tune::Study& study, Console& console) {
  if (!run.options.reruns.wanted()) return true;
  return rerun(
      study, run.options.reruns, run.problem.describe, run_options(run),
      [&] { return new_backend(run); }, run.problem.classifies(), run.out, console);
}

int search_and_retrain(const Run& run, tune::Study& study, Console& console) {
  try {
    const int before = study.finished();
    const SearchTotals totals = search(run, study, console);
    if (totals.images > 0 || study.finished() > before) keep_totals(study, totals);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage || best_trial(study)) throw;
    const StudyNumbers numbers = study_numbers(study);
    if (numbers.failed == 0 || numbers.pruned > 0) throw;  // it is not the trials that failed
    no_best_trial(run, study, error.kind());
  }
  if (run.cancel.cancelled()) return interrupted(run, console);
  const auto best = best_trial(study);
  if (!best) {
    if (study.finished() > 0) no_best_trial(run, study, ErrorKind::usage);
    check(run.options.timeout <= 0,
          "no trial was completed within --timeout {}; give it more time{}", run.options.timeout,
          run.options.fresh ? " (what was there before, --fresh has removed)" : "");
    fail(ErrorKind::usage, "no trial was completed; {} goes on", same_command(run));
  }
  if (!rerun_best(run, study, console)) return interrupted(run, console);
  const tune::TrialRecord chosen = *chosen_trial(study);
  std::optional<FinalResult> final = known_final(run, chosen, console);
  if (!final && !run.options.no_retrain) {
    final = train_final(run, chosen, console);
    if (!final) return interrupted(run, console);
  }
  write_results(run, study, study_numbers(study), final);
  note_results(run, study, final.has_value());
  remove_checkpoint(run, kFinalCheckpoint);
  remove_trial_checkpoints(run, study.token(), 0);  // of trials that are paused
  run.folder->remove(kFinalJob);
  print_results(run, study, console);
  return 0;
}

// Of a study that is there already changed settings are refused with their differences, without
// those that only follow from others, and the options that help.
tune::Study open_or_explain(const Run& run, const tune::StudyOptions& options, bool exists) {
  std::string refused;
  try {
    return tune::Study::open(options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage || !exists) throw;
    refused = error.what();
  }
  try {
    check_settings(run, tune::Study::load(run.storage, run.study_name, nullptr), options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    refused = error.what();
  }
  fail(ErrorKind::usage,
       "{}\n--study and --out name another one; --fresh deletes this one and its results.",
       refused);
}

// In a study that has no trial yet.
void add_default_trial(const Run& run, tune::Study& study) {
  if (!study.trials().empty()) return;
  study.set_metric_names({run.problem.value_name});
  const auto& configuration = run.problem.default_configuration;
  if (!configuration.empty()) study.enqueue(configuration, {{"default_configuration", true}});
}

void check_lag(const Run& run, const tune::Study& study) {
  check(study.lag() == 0 || run.options.jobs <= study.lag(),
        "--jobs {}: study {} has a lag of {}, so that its results do not depend on the jobs; use "
        "at most {} jobs, or make another study with --study, --out and --lag {}",
        run.options.jobs, printable(run.study_name), study.lag(), study.lag(), run.options.jobs);
  check(study.lag() == 0 || run.options.fuse <= study.lag(),
        "--fuse {}: study {} has a lag of {}, so that its results do not depend on how its trials "
        "are run; use at most --fuse {}, or make another study with --study, --out and --lag {}",
        run.options.fuse, printable(run.study_name), study.lag(), study.lag(), run.options.fuse);
}

// The study, with --fresh a new one. Everything that can be refused has been refused before the
// old one goes, and the results go last: while the old study is there they belong to it.
tune::Study open_study(const Run& run, Console& console) {
  const Stored stored = stored_study(run);
  const bool fresh = run.options.fresh;
  check_owner(run, stored);
  const bool removes = fresh && (stored.exists || run.folder->lists_any());
  check_search(run,
               removes         ? Before::removed
               : stored.exists ? Before::goes_on
                               : Before::nothing,
               console);
  const tune::StudyOptions options = study_options(run, stored.exists && !fresh, console);
  std::vector<std::string> places = kResults;
  for (const auto& file : run.problem.files) places.push_back(file.first);
  run.folder->check_places(places);
  if (!fresh) {
    check_final(run);
    tune::Study study = open_or_explain(run, options, stored.exists);
    check_lag(run, study);
    return study;
  }
  if (stored.exists) tune::Study::remove(run.storage, run.study_name);
  tune::Study study = open_or_explain(run, options, false);
  remove_checkpoint(run, kFinalCheckpoint);
  remove_trial_checkpoints(run, stored.token, stored.trials);
  run.folder->remove_all();
  return study;
}

void say_finished(const Run& run, const tune::Study& study, Console& console) {
  console.line("This study is finished; --trials asks for more, --fresh starts anew.");
  print_results(run, study, console);
}

[[noreturn]] void fail_unwritable(const Run& run, const std::vector<std::string>& damaged) {
  std::string names;
  for (const std::string& name : damaged)
    names += (names.empty() ? "" : ", ") + printable((run.out / name).string());
  fail(ErrorKind::storage,
       "{}: missing or not as written, and the folder cannot be written; where it can be, the same "
       "command makes it anew, and --out names another folder",
       names);
}

// Prints the results of a study that is finished. Only reads, so that results in a folder that
// cannot be written are printed, too. False: there is something to do, or to refuse.
bool print_finished(Run& run, Console& console) {
  if (run.options.fresh) return false;
  const bool writable = ::access(run.out.c_str(), W_OK) == 0;
  std::vector<std::string> damaged;
  try {
    run.folder.reset(new OutputFolder(OutputFolder::reading(run.out)));
    if (!run.folder->lists("summary.json") || !storage_exists(run.storage)) return false;
    const tune::Study study = tune::Study::load(run.storage, run.study_name, nullptr);
    study.check_settings(study_options(run, true, console));
    check_lag(run, study);
    // Where the data have moved, the study is to remember their new place, if it can.
    if (writable && kept_program(study) != program_words(run)) return false;
    const Finished finished = finished_before(run, study);
    if (finished.whole()) {
      say_finished(run, study, console);
      return true;
    }
    if (writable || !finished.results) return false;
    damaged = finished.damaged;
  } catch (const tune::StoreError&) {
    throw;  // it may have waited long, and would again
  } catch (const Error&) {
    return false;  // what is wrong is told where it is met again
  }
  fail_unwritable(run, damaged);
}

// What the run reads must not be where it writes.
void check_inputs(const Run& run) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<std::string> places = kResults;
  for (const auto& file : run.problem.files) places.push_back(file.first);
  for (const std::string& input : run.problem.inputs)
    for (const std::string& place : places)
      check(fs::weakly_canonical(input, ignored) != fs::weakly_canonical(run.out / place, ignored),
            "{}: is read, and {} is what a result in {} is called; give another --out",
            printable(input), place, printable(run.out.string()));
}

}  // namespace

int tune_problem(Run& run, Console& console) {
  check_inputs(run);
  if (print_finished(run, console)) return 0;
  run.folder = std::make_unique<OutputFolder>(
      run.out, run.program, [&](const std::string& text) { console.result(text); });
  const std::string before = owner_token(*run.folder);
  tune::Study study = open_study(run, console);
  // A study that had the folder before is no more, as check_owner() found.
  if (before != study.token()) remove_trial_checkpoints(run, before, 0);
  claim_folder(run, study);
  add_default_trial(run, study);
  keep_program(study, program_words(run));
  const Finished finished = finished_before(run, study);
  if (finished.whole()) {
    say_finished(run, study, console);
    return 0;
  }
  for (const std::string& name : finished.damaged)
    console.result(
        run.options.no_retrain && is_of_final_training(name)
            ? fmt::format("{}: is missing; --no-retrain leaves it so, without a test result", name)
            : fmt::format("{}: is missing or not as it was written; it is made anew", name));
  for (const auto& [name, text] : run.problem.files) run.folder->write(name, text);
  const int done = study.finished();
  console.line(fmt::format("study    {} in {}: {} of {} trials{}", run.study_name,
                           tune::shown_url(run.storage), done, run.problem.trials,
                           done > 0 ? ", going on" : ""));
  console.line(fmt::format("trials   {}; {} sampler, pruner {}; seed {}", run.problem.trial_text,
                           run.options.sampler, run.problem.pruner->name(), run.options.seed));
  console.line("");
  try {
    return search_and_retrain(run, study, console);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::storage && error.kind() != ErrorKind::device) throw;
    fail(error.kind(), "{}\nWhat is finished is kept: when this is mended, {} goes on.",
         error.what(), same_command(run));
  }
}

void replay_problem(const Run& run, Console& console) {
  const tune::Study study = tune::Study::load(run.storage, run.study_name);
  check_settings(run, study, study_options(run, true, console));
  replay(study, *run.options.replay, run.problem.describe, new_backend(run), run_options(run),
         console);
}

}  // namespace hone::app
