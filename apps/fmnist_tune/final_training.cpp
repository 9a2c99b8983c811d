// Retraining and the test.
#include "apps/fmnist_tune/final_training.h"

#include <chrono>
#include <filesystem>

#include "apps/fmnist_tune/checkpoints.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/io/model_file.h"
#include "nn/train/progress.h"
#include "nn/train/trainer.h"
#include "tune/training/replay.h"

namespace hone::app {
namespace {

// The same network and optimizer as the trial's, described again from its parameters.
nn::train::Training training_of(const Run& run, const tune::TrialRecord& best) {
  tune::Trial again = tune::training::fixed_trial(best, run.options.seed);
  nn::train::Training training = describe(run.settings, again);
  training.epochs = run.settings.final_epochs;
  training.plateau = run.settings.plateau;
  training.restore_best = run.settings.restore_best;
  return training;
}

// A checkpoint of another configuration (more trials found a better one) is of no use.
void drop_other_checkpoint(const Run& run, const nn::train::Training& training) {
  const std::string key = fmt::format("{} {} {} {} {}", nn::to_json(training.network),
                                      optim::to_json(training.optimizer), training.loss.text(),
                                      training.epochs, training.batch);
  constexpr std::uint64_t kLimit = 1 << 20;
  make_room_for_checkpoint(run, kFinalCheckpoint);
  if (run.folder->has(kFinalJob) && read_text_file(*run.folder / kFinalJob, kLimit) == key) return;
  remove_checkpoint(run, kFinalCheckpoint);
  run.folder->write(kFinalJob, key);
}

}  // namespace

std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console) {
  const nn::train::Training training = training_of(run, best);
  drop_other_checkpoint(run, training);
  const auto begin = std::chrono::steady_clock::now();
  nn::train::Trainer trainer(
      training, run.train.shape(),
      run.device->new_backend({.threads = run.threads, .math = run.options.math}));
  console.line("");
  console.block(trainer.model().summary());
  console.line(fmt::format("Retraining trial {} on {} images, {} epochs", best.number,
                           run.train.count(), training.epochs));
  nn::train::FitOptions fit;
  fit.validation = &run.validation;
  fit.cancel = run.cancel;
  fit.checkpoint = *run.folder / kFinalCheckpoint;
  fit.message = [&](const std::string& text) { console.line(text); };
  fit.progress = [&](const nn::train::Progress& progress) {
    if (progress.finished != nullptr)
      console.line(nn::train::epoch_text(*progress.finished, progress.epochs));
    else
      console.live(nn::train::progress_text(progress, {.width = 120, .color = false}));
  };
  const nn::train::FitResult result = trainer.fit(run.train, fit);
  if (result.stop == nn::train::Stop::cancelled) return std::nullopt;
  FinalResult final;
  final.history = result.history;
  final.best_epoch = result.best_epoch;
  final.cost = nn::cost(training.network, run.train.shape());
  for (const nn::train::EpochRecord& epoch : result.history.epochs) final.seconds += epoch.seconds;
  if (final.seconds == 0)
    final.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  run.folder->write("model.safetensors", [&](const std::filesystem::path& file) {
    nn::io::save_model(file, trainer.model());
  });
  run.folder->write("history.csv", result.history.csv());
  const nn::train::Evaluation test = trainer.evaluate(run.test);
  final.test_loss = test.loss;
  final.test_accuracy = test.accuracy;
  final.test_images = test.count;
  final.probabilities = trainer.predict(run.test);
  return final;
}

}  // namespace hone::app
