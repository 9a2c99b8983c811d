// Notes and digests of results.
#include "apps/tuning/finished.h"

#include <algorithm>

#include "apps/common/reruns.h"
#include "apps/tuning/ownership.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "nn/io/model_file.h"
#include "nn/train/history_csv.h"

namespace hone::app {
namespace {

constexpr const char* kResultNote = "result";
constexpr const char* kFinalNote = "final";
constexpr const char* kFinalFiles[] = {"model.safetensors", "history.csv"};

int chosen_number(const tune::Study& study) {
  const auto best = chosen_trial(study);
  return best ? best->number : -1;
}

// Of the study as it is now.
std::string key_of(const tune::Study& study) {
  return fmt::format("{} trials, best {}, {} reruns", study.finished(), chosen_number(study),
                     study.reruns().size());
}

std::string with_job(const std::string& key, const std::string& job) {
  return key + ", final " + job;
}

// Versions before the notes kept this with the study, which several folders may share.
bool finished_as_before_notes(const Run& run, const tune::Study& study) {
  const auto attributes = study.attributes();
  const auto found = attributes.find("result");
  if (found == attributes.end() || !run.folder->intact("trials.csv")) return false;
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 32;
  if (read_text_file(*run.folder / "trials.csv", kLimit) != study.trials_csv()) return false;
  const std::string begin =
      fmt::format("\"{} trials, best {}, ", study.finished(), chosen_number(study));
  std::string end = " final epochs";
  if (!study.reruns().empty()) end += fmt::format(", {} reruns", study.reruns().size());
  end += "\"";
  const std::string& key = found->second;
  if (!key.starts_with(begin) || !key.ends_with(end) || key.size() < begin.size() + end.size())
    return false;
  if (run.options.no_retrain) return true;  // of any epochs
  const auto best = chosen_trial(study);
  return best && key == begin + fmt::format("{}", final_training(run, *best).epochs) + end;
}

// What --reruns asks for has been done.
bool reruns_done(const Run& run, const tune::Study& study) {
  const RerunBudget& wanted = run.options.reruns;
  if (!wanted.wanted()) return true;
  const auto named = winner(study);
  if (!named) return false;
  const auto& all = named->candidates;
  const auto done = std::count_if(all.begin(), all.end(), [&](const tune::Candidate& candidate) {
    return static_cast<int>(candidate.values.size()) + candidate.failed >= wanted.seeds;
  });
  const std::vector<tune::TrialRecord> trials = study.trials();
  const auto complete = std::count_if(trials.begin(), trials.end(), [](const auto& trial) {
    return trial.state == tune::TrialState::complete;
  });
  return done >= std::min<std::ptrdiff_t>(wanted.trials, complete);
}

// The note "final".
struct FinalNote {
  std::string job;
  int trial = -1, epochs = 0;
  double seconds = 0;
};
std::optional<FinalNote> final_note(const OutputFolder& folder) {
  const std::string note = folder.note(kFinalNote);
  if (note.empty()) return std::nullopt;
  try {
    const JsonDocument document(note, "note");
    const JsonNode root = document.root();
    return FinalNote{root.at("job").get<std::string>(), root.at("trial").get<int>(),
                     root.at("epochs").get<int>(), root.at("seconds").get<double>()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<FinalResult> load_final(const Run& run, const nn::train::Training& training,
                                      const FinalNote& note) {
  try {
    constexpr std::uint64_t kLimit = std::uint64_t{1} << 30;
    FinalResult final;
    final.history =
        nn::train::history_from_csv(read_text_file(*run.folder / "history.csv", kLimit));
    final.epochs = note.epochs;
    final.seconds = note.seconds;
    final.cost = nn::cost(training.network, run.problem.train.shape());
    nn::train::Trainer trainer(training, run.problem.train.shape(), new_backend(run));
    nn::io::load_weights((*run.folder / "model.safetensors").string(), trainer.model());
    test_final(run, trainer, final);
    return final;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return std::nullopt;  // it is trained again
  }
}

}  // namespace

Finished finished_before(const Run& run, const tune::Study& study) {
  if (study.finished() < run.problem.trials || !reruns_done(run, study) ||
      !owns_results(*run.folder, study))
    return {};
  const std::string key = key_of(study), note = run.folder->note(kResultNote);
  const auto best = chosen_trial(study);
  bool with_final = best && note == with_job(key, job_of(final_training(run, *best)));
  Finished finished{.results = with_final, .damaged = {}};
  if (!finished.results && run.options.no_retrain) {
    with_final = note.starts_with(with_job(key, ""));  // of other epochs
    finished.results = with_final || note == key;
  }
  if (!finished.results && note.empty()) {
    finished.results = finished_as_before_notes(run, study);
    with_final = finished.results && !run.options.no_retrain;
  }
  if (!finished.results) return {};
  std::vector<std::string> files = {"trials.csv", "best_params.json", "report.html",
                                    "summary.json"};
  if (with_final) files.insert(files.end(), std::begin(kFinalFiles), std::end(kFinalFiles));
  for (const auto& file : run.problem.files) files.push_back(file.first);
  for (const std::string& name : files)
    if (!run.folder->intact(name)) finished.damaged.push_back(name);
  return finished;
}

void note_results(const Run& run, const tune::Study& study, bool with_final) {
  const auto final = final_note(*run.folder);
  const std::string key = key_of(study);
  run.folder->set_note(kResultNote, with_final && final ? with_job(key, final->job) : key);
}

void note_final(const Run& run, const tune::TrialRecord& best, const FinalResult& final,
                const std::string& job) {
  run.folder->set_note(kFinalNote, write_json(Json::object({{"job", job},
                                                            {"trial", best.number},
                                                            {"epochs", final.epochs},
                                                            {"seconds", final.seconds}})));
}

void forget_final(const Run& run) { run.folder->set_note(kFinalNote, ""); }

bool is_of_final_training(const std::string& name) {
  return std::find(std::begin(kFinalFiles), std::end(kFinalFiles), name) != std::end(kFinalFiles);
}

void check_final(const Run& run) {
  if (!run.options.no_retrain || !final_note(*run.folder)) return;
  for (const char* name : kFinalFiles)
    if (run.folder->has(name) && !run.folder->intact(name))
      fail(ErrorKind::storage,
           "{}: is not as it was written, so what the test said of it is not shown again; the same "
           "command without --no-retrain makes it anew, or delete it",
           printable((*run.folder / name).string()));
}

std::optional<FinalResult> known_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console) {
  const auto note = final_note(*run.folder);
  if (!note) {
    // A version that kept no notes has a list of files, with the model in it.
    if (run.folder->has("model.safetensors"))
      console.result(fmt::format(
          "{}: it is not known which training it is of, because {} does not say it{}",
          printable((*run.folder / "model.safetensors").string()), OutputFolder::kManifest,
          run.options.no_retrain
              ? "; it is left as it is"
              : fmt::format("; the final training of trial {} is done anew", best.number)));
    return std::nullopt;
  }
  nn::train::Training training = final_training(run, best);
  if (run.options.no_retrain) training.epochs = note->epochs;
  if (job_of(training) != note->job) {
    if (run.options.no_retrain && run.folder->has("model.safetensors"))
      console.result(fmt::format(
          "model.safetensors and history.csv are of trial {}, which was the best one before; "
          "without --no-retrain trial {} is trained in its place",
          note->trial, best.number));
    return std::nullopt;
  }
  check_final(run);
  for (const char* name : kFinalFiles)
    if (!run.folder->intact(name)) return std::nullopt;
  return load_final(run, training, *note);
}

}  // namespace hone::app
