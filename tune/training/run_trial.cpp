// Running a described training as a trial.
#include "tune/training/run_trial.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "nn/network.h"
#include "nn/train/callbacks.h"
#include "nn/train/checkpoint.h"
#include "nn/train/training_memory.h"

namespace hone::tune::training {
namespace {

// Reports every epoch that the trial does not know yet: after a resume also those from before.
class ReportToTrial : public nn::train::Callback {
 public:
  ReportToTrial(Trial& trial, std::string monitor, const RunOptions& options)
      : trial_(trial), monitor_(std::move(monitor)), options_(options) {}

  std::string name() const override { return "report_to_trial"; }

  void on_train_begin(nn::train::TrainContext& context) override {
    context.check_metric(monitor_, "run_trial");
  }

  // The trial may have been pruned already when its result could not be stored.
  void on_resume(nn::train::EpochContext& context) override { report_and_stop(context); }

  void on_epoch_end(nn::train::EpochContext& context) override {
    if (options_.on_epoch) options_.on_epoch(context.record);
    report_and_stop(context);
  }

  void report_and_stop(nn::train::EpochContext& context) {
    const std::optional<std::string> reason = report(context.history);
    if (reason) context.stop(*reason, nn::train::Stop::pruned);
  }

  // The reason when the pruner wants the trial to end.
  std::optional<std::string> report(const nn::train::History& history) {
    for (const nn::train::EpochRecord& epoch : history.epochs) {
      const int step = epoch.epoch - 1;
      if (pruned_ || trial_.record().intermediate.contains(step)) continue;
      const Decision decision =
          trial_.report(step, nn::train::metric(epoch, monitor_, "run_trial"));
      if (decision.prune()) pruned_ = decision.reason;
      paused_ = paused_ || decision.pause();
    }
    return pruned_;
  }

  bool paused() const { return paused_; }

 private:
  Trial& trial_;
  std::string monitor_;
  const RunOptions& options_;
  std::optional<std::string> pruned_;
  bool paused_ = false;
};

double value_of(const nn::train::History& history, const nn::train::Training& training,
                ValueOf which) {
  const std::string monitor = nn::train::monitor_of(training);
  const auto at = [&](const nn::train::EpochRecord& epoch) {
    return nn::train::metric(epoch, monitor, "run_trial");
  };
  if (which == ValueOf::last_epoch) return at(history.epochs.back());
  const bool lower = nn::train::lower_is_better(monitor, training);
  double best = std::numeric_limits<double>::quiet_NaN();
  for (const nn::train::EpochRecord& epoch : history.epochs) {
    const double value = at(epoch);
    if (std::isnan(best) || (lower ? value < best : value > best)) best = value;
  }
  return best;
}

// The checkpoint of a trial. It goes when it is the trial's own and the trial cannot be run again.
class KeptCheckpoint {
 public:
  // A file under the trial's own name is the trial's, even where nothing got as far as reading it.
  KeptCheckpoint(const std::filesystem::path& path, const Trial& trial)
      : path_(path),
        own_(!trial.study_token().empty() &&
             path.stem() == checkpoint_name(trial.study_token(), trial.number())) {}
  void set_own() { own_ = true; }
  void keep() { kept_ = true; }  // for the trial that continues this one
  void remove() const {
    if (own_ && !kept_) nn::train::CheckpointFile(path_).remove();
  }

 private:
  std::filesystem::path path_;
  bool own_, kept_ = false;
};

// A trainer, or why this network cannot be trained on these data, or may not.
struct Prepared {
  std::unique_ptr<nn::train::Trainer> trainer;
  std::string misfit, refused;
};

// Notes how far the network is from its limits; the reason when it is beyond one.
std::string over_limit(const nn::NetworkCost& cost, std::int64_t memory, const CostLimits& limits,
                       Trial& trial) {
  std::string reason;
  const auto look = [&](const char* name, std::int64_t has, std::int64_t most, const char* what) {
    if (most <= 0) return;
    trial.set_constraint(name, static_cast<double>(has) / static_cast<double>(most) - 1);
    if (has > most && reason.empty())
      reason = fmt::format("not trained: {} {}, at most {} are wanted", has, what, most);
  };
  look("parameters", cost.parameters, limits.parameters, "parameters");
  look("training_flops", cost.training_flops, limits.training_flops,
       "FLOPs of training on a sample");
  look("memory", memory, limits.memory, "bytes of memory");
  return reason;
}

Prepared prepare(const nn::train::Training& training, Trial& trial,
                 std::unique_ptr<Backend> backend, const RunOptions& options,
                 const std::shared_ptr<ReportToTrial>& reporter) {
  try {
    const nn::NetworkCost cost = nn::cost(training.network, options.train.shape());
    trial.set_user_attr("parameters", cost.parameters);
    trial.set_user_attr("training_flops", cost.training_flops);
    const std::int64_t memory =
        nn::train::training_memory(training, options.train.shape(),
                                   {options.train.count(), options.validation.count()})
            .total();
    trial.set_user_attr("training_bytes", memory);
    if (std::string refused = over_limit(cost, memory, options.limits, trial); !refused.empty())
      return {nullptr, "", std::move(refused)};
    std::vector<std::int64_t> output(cost.output.begin(), cost.output.end());
    output.insert(output.begin(), training.batch);
    training.loss.check(Shape(std::span<const std::int64_t>(output)), options.train);
    auto trainer =
        std::make_unique<nn::train::Trainer>(training, options.train.shape(), std::move(backend),
                                             nn::train::TrainerOptions{.callbacks = {reporter}});
    const std::int64_t count = options.train.count(), last = count % training.batch;
    trainer->model().check_batch(std::min<std::int64_t>(training.batch, count));
    if (last > 0) trainer->model().check_batch(last);
    return {std::move(trainer), "", ""};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    return {nullptr, error.what(), ""};
  }
}

Outcome train_once(const nn::train::Training& training, Trial& trial,
                   std::unique_ptr<Backend> backend, const RunOptions& options,
                   KeptCheckpoint& checkpoint) {
  const auto reporter =
      std::make_shared<ReportToTrial>(trial, nn::train::monitor_of(training), options);
  const Prepared prepared = prepare(training, trial, std::move(backend), options, reporter);
  if (!prepared.refused.empty()) return Outcome::pruned(prepared.refused);
  if (prepared.trainer == nullptr) return Outcome::failed(prepared.misfit);
  const nn::train::FitResult result =
      prepared.trainer->fit(options.train, {.validation = &options.validation,
                                            .cancel = options.cancel,
                                            .checkpoint = options.checkpoint,
                                            .checkpoint_is_cache = true,
                                            .on_checkpoint = [&] { checkpoint.set_own(); },
                                            .progress = options.progress,
                                            .message = options.message});
  if (result.stop == nn::train::Stop::cancelled) return Outcome::interrupted();
  trial.set_user_attr("epochs", static_cast<std::int64_t>(result.history.epochs.size()));
  const std::optional<std::string> pruned = reporter->report(result.history);
  if (reporter->paused()) checkpoint.keep();
  if (pruned) return Outcome::pruned(*pruned);
  return Outcome::complete(value_of(result.history, training, options.value));
}

// What the trial's own values cause is an outcome.
Outcome train_or_fail(const nn::train::Training& training, Trial& trial,
                      std::unique_ptr<Backend> backend, const RunOptions& options,
                      KeptCheckpoint& checkpoint) {
  const std::shared_ptr<Device> device = backend->device().shared_from_this();
  const BackendOptions again = backend->options();
  try {
    try {
      return train_once(training, trial, std::move(backend), options, checkpoint);
    } catch (const OutOfMemory&) {
      device->pool()->trim();
    }
    return train_once(training, trial, device->new_backend(again), options, checkpoint);
  } catch (const OutOfMemory& error) {
    return Outcome::failed(error.what());
  } catch (const nn::train::NonFiniteLoss& error) {
    return Outcome::failed(error.what());
  }
}

void note_fingerprint(Trial& trial, const std::string& now) {
  const std::string before = fingerprint_of(trial.record());
  if (before.empty()) return trial.set_system_attr(kFingerprint, now);
  if (!before.ends_with(now)) trial.set_system_attr(kFingerprint, before + ", then " + now);
}

// The trial goes on from a copy: when it is killed, the paused one's is still whole.
void take_paused(const RunOptions& options) {
  std::error_code error;
  if (options.paused_checkpoint.empty() || options.checkpoint.empty() ||
      std::filesystem::exists(options.checkpoint, error) ||
      !std::filesystem::exists(options.paused_checkpoint, error))
    return;
  const std::string part = options.checkpoint + ".part";
  std::filesystem::copy_file(options.paused_checkpoint, part,
                             std::filesystem::copy_options::overwrite_existing, error);
  if (!error) std::filesystem::rename(part, options.checkpoint, error);
  if (!error) return;
  std::filesystem::remove(part, error);
  if (options.message)
    options.message("the checkpoint of the paused trial cannot be copied: this one begins anew");
}

}  // namespace

std::string fingerprint_of(const TrialRecord& trial) {
  const auto known = trial.system_attrs.find(kFingerprint);
  if (known == trial.system_attrs.end()) return "";
  const Value value = value_from_json(known->second);
  const std::string* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

std::string checkpoint_name(const std::string& study_token, int number) {
  check(!study_token.empty(), "checkpoint_name: the study has no token");
  return fmt::format("{}-{}", study_token, number);
}

Outcome run_trial(const nn::train::Training& training, Trial& trial,
                  std::unique_ptr<Backend> backend, const RunOptions& options) {
  check(backend != nullptr, "run_trial: the backend is null; use device->new_backend()");
  check(training.epochs >= 1, "run_trial: epochs is {}, it must be at least 1", training.epochs);
  check(!options.train.empty() && !options.validation.empty(), "run_trial: a data set is empty");
  note_fingerprint(trial, backend->fingerprint());
  const auto checkpoint = std::make_shared<KeptCheckpoint>(options.checkpoint, trial);
  take_paused(options);
  const bool is_stored = trial.when_stored([checkpoint, paused = options.paused_checkpoint] {
    checkpoint->remove();
    if (!paused.empty()) nn::train::CheckpointFile(paused).remove();
  });
  const Outcome outcome = train_or_fail(training, trial, std::move(backend), options, *checkpoint);
  if (!is_stored && outcome.kind != Outcome::Kind::interrupted) checkpoint->remove();
  return outcome;
}

}  // namespace hone::tune::training
