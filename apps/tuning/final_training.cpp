// Retraining and the test.
#include "apps/tuning/final_training.h"

#include <chrono>
#include <filesystem>

#include "apps/tuning/checkpoints.h"
#include "apps/tuning/finished.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/io/model_file.h"
#include "nn/train/progress.h"
#include "nn/train/trainer.h"
#include "tune/training/replay.h"

namespace hone::app {
namespace {

std::string old_key_of(const nn::train::Training& training) {  // of hone 0.1
  return fmt::format("{} {} {} {} {}", nn::to_json(training.network),
                     optim::to_json(training.optimizer), training.loss.text(), training.epochs,
                     training.batch);
}

std::string key_of(const nn::train::Training& training) {
  std::string key =
      fmt::format("{} {} {} {} {} {}", old_key_of(training), training.seed, training.accumulate,
                  training.ema, training.schedule.text(), training.restore_best);
  for (const nn::train::Augmentation& kind : training.augment) key += " " + kind.text();
  return key;
}

// A checkpoint of another configuration (more trials found a better one) is of no use.
void drop_other_checkpoint(const Run& run, const nn::train::Training& training) {
  const std::string key = key_of(training), old_key = old_key_of(training);
  constexpr std::uint64_t kLimit = 1 << 20;
  make_room_for_checkpoint(run, kFinalCheckpoint);
  if (run.folder->has(kFinalJob)) {
    const std::string known = read_text_file(*run.folder / kFinalJob, kLimit);
    if (known == key || known == old_key) return;
  }
  remove_checkpoint(run, kFinalCheckpoint);
  run.folder->write(kFinalJob, key);
}

}  // namespace

nn::train::Training final_training(const Run& run, const tune::TrialRecord& best) {
  tune::Trial again = tune::training::fixed_trial(best, run.options.seed);
  nn::train::Training training = run.problem.describe(again);
  run.problem.finish(training);
  return training;
}

std::string job_of(const nn::train::Training& training) {
  const std::string key = key_of(training);
  return digest_hex(key.data(), key.size());
}

void test_final(const Run& run, nn::train::Trainer& trainer, FinalResult& final) {
  final.test = trainer.evaluate(run.problem.test);
  final.outputs = trainer.predict(run.problem.test);
}

std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console) {
  const Problem& problem = run.problem;
  const nn::train::Training training = final_training(run, best);
  drop_other_checkpoint(run, training);
  const auto begin = std::chrono::steady_clock::now();
  nn::train::Trainer trainer(training, problem.train.shape(), new_backend(run));
  console.line("");
  console.block(trainer.model().summary());
  console.line(fmt::format("Retraining trial {} on {} {}, {} epochs", best.number,
                           problem.train.count(), problem.unit, training.epochs));
  nn::train::FitOptions fit;
  fit.validation = &problem.validation;
  fit.cancel = run.cancel;
  fit.checkpoint = *run.folder / kFinalCheckpoint;
  fit.message = [&](const std::string& text) { console.line(text); };
  fit.progress = [&](const nn::train::Progress& progress) {
    if (progress.finished != nullptr)
      console.line(nn::train::epoch_text(*progress.finished, progress.epochs));
    else
      console.live(nn::train::progress_text(progress, {.width = 120, .color = false}));
  };
  const nn::train::FitResult result = trainer.fit(problem.train, fit);
  if (result.stop == nn::train::Stop::cancelled) return std::nullopt;
  FinalResult final;
  final.history = result.history;
  final.epochs = training.epochs;
  final.cost = nn::cost(training.network, problem.train.shape());
  for (const nn::train::EpochRecord& epoch : result.history.epochs) final.seconds += epoch.seconds;
  if (final.seconds == 0)
    final.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  nn::ModelInfo info = trainer.model().info();
  info.metadata = problem.metadata;
  trainer.model().set_info(std::move(info));
  forget_final(run);  // until both files are there
  run.folder->write("model.safetensors", [&](const std::filesystem::path& file) {
    nn::io::save_model(file, trainer.model());
  });
  run.folder->write("history.csv", result.history.csv());
  note_final(run, best, final, job_of(training));
  test_final(run, trainer, final);
  return final;
}

}  // namespace hone::app
