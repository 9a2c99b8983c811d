// The order of a run: open or remove, search, retrain, write.
#include "apps/tuning/tune.h"

#include <algorithm>

#include "apps/common/replay.h"
#include "apps/common/reruns.h"
#include "apps/common/study_texts.h"
#include "apps/tuning/checkpoints.h"
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

// What summary.json was made from; when it is unchanged, there is nothing left to do.
std::string result_key(const Run& run, const tune::Study& study) {
  const auto best = chosen_trial(study);
  std::string key =
      fmt::format("{} trials, best {}, {} final epochs", study.finished(), best ? best->number : -1,
                  best && !run.options.no_retrain ? final_training(run, *best).epochs : 0);
  if (!study.reruns().empty()) key += fmt::format(", {} reruns", study.reruns().size());
  return key;
}

bool finished_before(const Run& run, const tune::Study& study) {
  const auto attributes = study.attributes();
  const auto found = attributes.find("result");
  std::vector<std::string> files = {"summary.json", "trials.csv", "best_params.json",
                                    "report.html"};
  if (!run.options.no_retrain) files.insert(files.end(), {"model.safetensors", "history.csv"});
  for (const auto& file : run.problem.files) files.push_back(file.first);
  return found != attributes.end() && found->second == "\"" + result_key(run, study) + "\"" &&
         study.finished() >= run.problem.trials &&
         std::all_of(files.begin(), files.end(),
                     [&](const std::string& name) { return run.folder->has(name); });
}

int interrupted(const Run& run, Console& console) {
  console.result("interrupted; run the same command to go on: " + run.options.command_line);
  return static_cast<int>(ErrorKind::interrupted);
}

// Trials have ended and none is complete: the report says why, and so does the error.
[[noreturn]] void no_best_trial(const Run& run, const tune::Study& study, ErrorKind kind) {
  const StudyNumbers numbers = study_numbers(study);
  write_results(run, study, numbers, std::nullopt);
  const std::string why = failures_text(study.trials(), 3);
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
    keep_totals(study, search(run, study, console));
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
    check(run.options.timeout <= 0, "no trial was completed within --timeout {}; give it more time",
          run.options.timeout);
    fail(ErrorKind::usage, "no trial was completed; the same command goes on");
  }
  if (!rerun_best(run, study, console)) return interrupted(run, console);
  std::optional<FinalResult> final;
  if (!run.options.no_retrain) {
    final = train_final(run, *chosen_trial(study), console);
    if (!final) return interrupted(run, console);
  }
  write_results(run, study, study_numbers(study), final);
  study.set_user_attr("result", result_key(run, study));
  remove_checkpoint(run, kFinalCheckpoint);
  remove_trial_checkpoints(run, study.token(), 0);  // of trials that are paused
  run.folder->remove(kFinalJob);
  print_results(run, study, console);
  return 0;
}

// What is stored under the study's name.
struct Stored {
  bool exists = false;
  std::string token;  // empty: a study of hone 0.1.0, or a damaged one
  int trials = 0;
};

// A damaged study is an error, but not for --fresh, which is to remove it.
Stored stored_study(const Run& run) {
  const std::shared_ptr<tune::Storage> storage = existing_storage(run.storage);
  if (storage == nullptr) return {};
  Stored stored;
  try {
    const auto info = storage->find_study(run.study_name);
    if (!info) return {};
    stored = {true, info->key.token, 0};
    if (run.options.fresh)
      for (const tune::StudySummary& summary : storage->list_studies())
        if (summary.name == run.study_name) stored.trials = summary.trials;
  } catch (const tune::StoreError&) {
    if (!run.options.fresh) throw;
    stored.exists = true;
  }
  return stored;
}

// Changed settings are refused with their differences and the options that help. `exists`: it is
// there already.
tune::Study open_or_explain(const tune::StudyOptions& options, bool exists) {
  try {
    return tune::Study::open(options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage || !exists) throw;
    fail(ErrorKind::usage,
         "{}\n--study and --out name another one; --fresh deletes this one and its results.",
         error.what());
  }
}

// In a study that has no trial yet.
void add_default_trial(const Run& run, tune::Study& study) {
  if (!study.trials().empty()) return;
  study.set_metric_names({run.problem.value_name});
  const auto& configuration = run.problem.default_configuration;
  if (!configuration.empty()) study.enqueue(configuration, {{"default_configuration", true}});
}

// The study, with --fresh a new one. Everything that can be refused has been refused before the
// old one goes, and the results go last: while the old study is there they belong to it.
tune::Study open_study(const Run& run, Console& console) {
  const Stored stored = stored_study(run);
  const bool fresh = run.options.fresh;
  const tune::StudyOptions options = study_options(run, stored.exists && !fresh, console);
  std::vector<std::string> places = kResults;
  for (const auto& file : run.problem.files) places.push_back(file.first);
  run.folder->check_places(places);
  if (!fresh) {
    tune::Study study = open_or_explain(options, stored.exists);
    check(study.lag() == 0 || run.options.jobs <= study.lag(),
          "--jobs {}: study {} has a lag of {}, so that its results do not depend on the jobs; use "
          "at most {} jobs, or make another study with --study and --lag {}",
          run.options.jobs, printable(run.study_name), study.lag(), study.lag(), run.options.jobs);
    check(
        study.lag() == 0 || run.options.fuse <= study.lag(),
        "--fuse {}: study {} has a lag of {}, so that its results do not depend on how its trials "
        "are run; use at most --fuse {}, or make another study with --study and --lag {}",
        run.options.fuse, printable(run.study_name), study.lag(), study.lag(), run.options.fuse);
    return study;
  }
  if (stored.exists) tune::Study::remove(run.storage, run.study_name);
  tune::Study study = open_or_explain(options, false);
  remove_checkpoint(run, kFinalCheckpoint);
  remove_trial_checkpoints(run, stored.token, stored.trials);
  run.folder->remove_all();
  return study;
}

}  // namespace

int tune_problem(Run& run, Console& console) {
  run.folder = std::make_unique<OutputFolder>(
      run.out, run.program, [&](const std::string& text) { console.result(text); });
  tune::Study study = open_study(run, console);
  add_default_trial(run, study);
  keep_program(study, program_words(run));
  if (finished_before(run, study)) {
    console.line("This study is finished; --trials asks for more, --fresh starts anew.");
    print_results(run, study, console);
    return 0;
  }
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
    fail(error.kind(),
         "{}\nWhat is finished is kept: when this is mended, the same command goes on.",
         error.what());
  }
}

void replay_problem(const Run& run, Console& console) {
  const tune::Study study = tune::Study::load(run.storage, run.study_name);
  study.check_settings(study_options(run, true, console));
  replay(study, *run.options.replay, run.problem.describe, new_backend(run), run_options(run),
         console);
}

}  // namespace hone::app
