// Running a described training as a trial.
#include "tune/training/training_job.h"

#include <algorithm>

#include "base/error.h"
#include "nn/model.h"
#include "nn/train/callbacks.h"

namespace hone::tune::training {
namespace {

// Reports every epoch that the trial does not know yet: after a resume also those from before.
class ReportToTrial : public nn::train::Callback {
 public:
  ReportToTrial(Trial& trial, const RunOptions& options) : trial_(trial), options_(options) {}

  std::string name() const override { return "report_to_trial"; }

  void on_epoch_end(nn::train::EpochContext& context) override {
    if (options_.on_epoch) options_.on_epoch(context.record);
    const std::optional<std::string> reason = report(context.history);
    if (reason) context.stop(*reason, nn::train::Stop::pruned);
  }

  // The reason when the pruner wants the trial to end.
  std::optional<std::string> report(const nn::train::History& history) {
    for (const nn::train::EpochRecord& epoch : history.epochs) {
      const int step = epoch.epoch - 1;
      if (pruned_ || trial_.record().intermediate.contains(step)) continue;
      const Decision decision = trial_.report(step, epoch.val_accuracy.value());
      if (decision.prune()) pruned_ = decision.reason;
    }
    return pruned_;
  }

 private:
  Trial& trial_;
  const RunOptions& options_;
  std::optional<std::string> pruned_;
};

double value_of(const nn::train::History& history, Value which) {
  check(!history.epochs.empty(), "training: no epoch was run; epochs must be at least 1");
  if (which == Value::last_epoch) return history.epochs.back().val_accuracy.value();
  double best = 0;
  for (const nn::train::EpochRecord& epoch : history.epochs)
    best = std::max(best, epoch.val_accuracy.value());
  return best;
}

}  // namespace

Outcome run_trial(const TrainingJob& job, Trial& trial, std::unique_ptr<Backend> backend,
                  const RunOptions& options) {
  const auto finish = [&](Outcome outcome) {
    std::error_code ignored;
    if (!options.checkpoint.empty() && outcome.kind != Outcome::Kind::interrupted) {
      std::filesystem::remove(options.checkpoint, ignored);
      std::filesystem::remove(options.checkpoint.string() + ".prev", ignored);
    }
    return outcome;
  };
  try {
    const nn::NetworkCost cost = nn::cost(job.network, options.train.shape());
    trial.set_user_attr("parameters", cost.parameters);
    trial.set_user_attr("training_flops", cost.training_flops);
    nn::Model model(job.network, options.train.shape(), std::move(backend), job.seed);
    const auto reporter = std::make_shared<ReportToTrial>(trial, options);
    nn::train::TrainerOptions trainer_options;
    trainer_options.callbacks.push_back(reporter);
    if (job.plateau)
      trainer_options.callbacks.push_back(
          std::make_shared<nn::train::ReduceLROnPlateau>("val_loss", *job.plateau));
    nn::train::Trainer trainer(model, job.optimizer, trainer_options);
    nn::train::FitOptions fit;
    fit.epochs = job.epochs;
    fit.batch = job.batch;
    fit.validation = &options.validation;
    fit.cancel = options.cancel;
    fit.checkpoint = options.checkpoint;
    fit.progress = options.progress;
    const nn::train::FitResult result = trainer.fit(options.train, fit);
    if (result.stop == nn::train::Stop::cancelled) return Outcome::interrupted();
    trial.set_user_attr("epochs", static_cast<std::int64_t>(result.history.epochs.size()));
    const std::optional<std::string> pruned = reporter->report(result.history);
    if (pruned) return finish(Outcome::pruned(*pruned));
    return finish(Outcome::complete(value_of(result.history, job.value)));
  } catch (const nn::train::NonFiniteLoss& error) {
    return finish(Outcome::failed(error.what()));
  }
}

}  // namespace hone::tune::training
