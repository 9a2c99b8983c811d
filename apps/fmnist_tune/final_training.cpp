// Retraining and the test.
#include "apps/fmnist_tune/final_training.h"

#include <chrono>

#include "apps/fmnist_tune/checkpoints.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/io/model_file.h"
#include "nn/model.h"
#include "nn/train/callbacks.h"
#include "nn/train/progress.h"

namespace hone::app {
namespace {

// The same network and optimizer as the trial's, described again from its parameters.
tune::training::TrainingJob job_of(const Run& run, const tune::TrialRecord& best) {
  std::vector<std::pair<std::string, tune::Value>> params;
  for (const tune::Parameter& parameter : best.params)
    params.emplace_back(parameter.name, parameter.value());
  tune::Trial replay = tune::Trial::fixed(params, best.number, run.options.seed);
  tune::training::TrainingJob job = describe(run.settings, replay);
  job.epochs = run.settings.final_epochs;
  job.plateau = run.settings.plateau;
  return job;
}

// A checkpoint of another configuration (more trials found a better one) is of no use.
void drop_other_checkpoint(const Run& run, const tune::training::TrainingJob& job) {
  const std::string key = fmt::format("{} {} {} {}", nn::to_json(job.network),
                                      optim::to_json(job.optimizer), job.epochs, job.batch);
  constexpr std::uint64_t kLimit = 1 << 20;
  make_room_for_checkpoint(run, kFinalCheckpoint);
  if (run.folder->has(kFinalJob) && read_text_file(*run.folder / kFinalJob, kLimit) == key) return;
  remove_checkpoint(run, kFinalCheckpoint);
  run.folder->write(kFinalJob, key);
}

}  // namespace

std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console) {
  const tune::training::TrainingJob job = job_of(run, best);
  drop_other_checkpoint(run, job);
  const auto begin = std::chrono::steady_clock::now();
  nn::Model model(job.network, run.train.shape(), run.device->new_backend({.threads = run.threads}),
                  job.seed);
  console.line("");
  console.block(model.summary());
  console.line(fmt::format("Retraining trial {} on {} images, {} epochs", best.number,
                           run.train.count(), job.epochs));
  nn::train::Trainer trainer(model, job.optimizer,
                             {.callbacks = {std::make_shared<nn::train::ReduceLROnPlateau>(
                                  "val_loss", job.plateau.value())}});
  nn::train::FitOptions fit;
  fit.epochs = job.epochs;
  fit.batch = job.batch;
  fit.validation = &run.validation;
  fit.cancel = run.cancel;
  fit.checkpoint = *run.folder / kFinalCheckpoint;
  fit.restore_best = run.settings.restore_best;
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
  final.cost = nn::cost(job.network, run.train.shape());
  for (const nn::train::EpochRecord& epoch : result.history.epochs) final.seconds += epoch.seconds;
  if (final.seconds == 0)
    final.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  run.folder->write("model.safetensors", [&](const std::filesystem::path& file) {
    nn::io::save_model(file, model,
                       {.normalization = run.train.normalization, .classes = run.classes});
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
