// Retraining and the test.
#include "apps/fmnist_tune/final_training.h"

#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "nn/data/fashion_mnist.h"
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

std::vector<std::string> class_names() {
  return {nn::data::kFashionMnistClassNames.begin(), nn::data::kFashionMnistClassNames.end()};
}

// A checkpoint of another configuration (more trials found a better one) is of no use.
void drop_foreign_checkpoint(const Run& run, const tune::training::TrainingJob& job) {
  const std::string key = fmt::format("{} {} {} {}", nn::to_json(job.network),
                                      optim::to_json(job.optimizer), job.epochs, job.batch);
  const std::filesystem::path file = run.out / "final.job";
  std::error_code ignored;
  const bool same = std::filesystem::exists(file, ignored) && read_text_file(file, 1 << 20) == key;
  if (same) return;
  std::filesystem::remove(run.out / "final.checkpoint", ignored);
  std::filesystem::remove(run.out / "final.checkpoint.prev", ignored);
  write_file_atomic(file, key);
}

}  // namespace

std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console) {
  const tune::training::TrainingJob job = job_of(run, best);
  drop_foreign_checkpoint(run, job);
  const auto begin = std::chrono::steady_clock::now();
  nn::Model model(job.network, run.train.shape(), run.device->new_backend({.threads = run.threads}),
                  job.seed);
  console.line("\n" + model.summary());
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
  fit.checkpoint = run.out / "final.checkpoint";
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
  nn::io::save_model(run.out / "model.safetensors", model,
                     {.normalization = run.train.normalization, .classes = class_names()});
  write_file_atomic(run.out / "history.csv", result.history.csv());
  const nn::train::Evaluation test = trainer.evaluate(run.test);
  final.test_loss = test.loss;
  final.test_accuracy = test.accuracy;
  final.test_images = test.count;
  final.probabilities = trainer.predict(run.test);
  return final;
}

}  // namespace hone::app
