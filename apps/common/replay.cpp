// Replays for people.
#include "apps/common/replay.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/number_option.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "nn/train/progress.h"
#include "tune/trial_text.h"

namespace hone::app {
namespace {

constexpr const char* kProgram = "hone:program";

}  // namespace

void add_replay_command(CLI::App& app, std::optional<int>& trial) {
  CLI::App* replay = app.add_subcommand("replay",
                                        "Train a trial of the study again, with the options of the "
                                        "run, and compare all of its values bit for bit");
  replay->fallthrough();
  replay->add_option("TRIAL", trial, "Its number")->required()->transform(whole_number(0, 1 << 30));
}

std::string absolute_place(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

void keep_program(tune::Study& study, const std::vector<std::string>& words) {
  // A file name may be any bytes, a text in the database may not: then nothing is kept.
  Json list = Json::array();
  if (std::all_of(words.begin(), words.end(), is_utf8))
    for (const std::string& word : words) list.push_back(word);
  const std::string text = write_json(list);
  const tune::Attributes known = study.system_attributes();
  const auto before = known.find(kProgram);
  if (before == known.end() || before->second != text) study.set_system_attr_json(kProgram, text);
}

std::vector<std::string> kept_program(const tune::Study& study) {
  const tune::Attributes known = study.system_attributes();
  const auto found = known.find(kProgram);
  if (found == known.end()) return {};
  const JsonDocument document(found->second, fmt::format("study attribute {}", kProgram),
                              ErrorKind::storage);
  std::vector<std::string> words;
  for (const JsonNode& word : document.root().items()) words.push_back(word.get<std::string>());
  return words;
}

tune::TrialRecord trial_of(const tune::Study& study, int number) {
  for (tune::TrialRecord& trial : study.trials())
    if (trial.number == number) return std::move(trial);
  fail(ErrorKind::usage, "study {}: has no trial {}", printable(study.name()), number);
}

void replay(const tune::Study& study, int number, const tune::training::Describe& describe,
            std::unique_ptr<Backend> backend, tune::training::RunOptions options,
            Console& console) {
  const tune::TrialRecord stored = trial_of(study, number);
  tune::training::check_replay(stored, backend->fingerprint());
  console.line(fmt::format("trial {} of study {}: {}", number, study.name(), params_text(stored)));
  options.on_epoch = [&](const nn::train::EpochRecord& epoch) {
    console.line(nn::train::epoch_text(epoch, static_cast<int>(stored.intermediate.size())));
  };
  const std::string fingerprint = backend->fingerprint();
  const tune::training::Replay result =
      tune::training::replay_trial(stored, study.seed(), describe, std::move(backend), options);
  if (!result.difference.empty())
    fail(ErrorKind::internal,
         "trial {} of study {} is not reproduced: {}\nIt was trained with {}, as now: if data and "
         "space are the same, this is a fault of hone.",
         number, printable(study.name()), result.difference, fingerprint);
  console.result(
      fmt::format("trial {}: bit-identical ({} intermediate values{})", number, result.reports,
                  stored.state == tune::TrialState::complete ? " and the final value" : ""));
}

}  // namespace hone::app
