// Running a described training as a trial.
#include "tune/training/run_trial.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <list>

#include "base/byte_size.h"
#include "base/error.h"
#include "nn/network.h"
#include "nn/train/callbacks.h"
#include "nn/train/checkpoint.h"
#include "nn/train/fit_together.h"
#include "tune/training/trial_cost.h"

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
std::string over_limit(const nn::NetworkCost& cost, std::int64_t memory, int epochs,
                       const RunOptions& options, Trial& trial) {
  const CostLimits& limits = options.limits;
  std::string reason;
  const auto look = [&](const char* name, std::int64_t has, std::int64_t most, const char* what,
                        const std::string& has_text, const std::string& most_text) {
    if (most <= 0) return;
    trial.set_constraint(name, static_cast<double>(has) / static_cast<double>(most) - 1);
    if (has > most && reason.empty())
      reason = fmt::format("not trained: {} {}, at most {} are wanted", has_text, what, most_text);
  };
  const auto number = [](std::int64_t count) { return fmt::format("{}", count); };
  // Exact where three digits would hide the difference.
  const auto size = [&](std::int64_t bytes) {
    const auto text = [](std::int64_t b) { return bytes_text(static_cast<std::uint64_t>(b)); };
    return text(memory) != text(limits.memory) ? text(bytes) : number(bytes) + " B";
  };
  look("parameters", cost.parameters, limits.parameters, "parameters", number(cost.parameters),
       number(limits.parameters));
  look("training_flops", cost.training_flops, limits.training_flops,
       "FLOPs of training on a sample", number(cost.training_flops), number(limits.training_flops));
  look("memory", memory, limits.memory, "of memory", size(memory), size(limits.memory));
  if (limits.seconds <= 0) return reason;
  const std::optional<TimeRange> range = options.times().predict(cost.training_flops, epochs);
  trial.set_constraint("seconds", range ? range->low / limits.seconds - 1 : 0);
  if (range && range->low > limits.seconds && reason.empty())
    reason = fmt::format("not trained: predicted to take {}, at most {:.4g} s are wanted",
                         time_range_text(*range), limits.seconds);
  return reason;
}

void note_expected_cost(Trial& trial, std::int64_t training_flops, int epochs,
                        const RunOptions& options) {
  if (!options.cost_in_seconds)
    return trial.set_cost(std::max(1.0, static_cast<double>(training_flops)) * epochs *
                          static_cast<double>(options.train.count()));
  if (const auto range = options.times().predict(training_flops, epochs))
    trial.set_cost(range->expected);
}

// What the whole training takes, by the epochs that there were.
void note_measured_cost(Trial& trial, const nn::train::History& history, int epochs) {
  double seconds = 0;
  for (const nn::train::EpochRecord& epoch : history.epochs) seconds += epoch.seconds;
  if (seconds > 0) trial.set_cost(seconds / static_cast<double>(history.epochs.size()) * epochs);
}

Prepared prepare(const nn::train::Training& training, Trial& trial,
                 std::unique_ptr<Backend> backend, const RunOptions& options,
                 const std::shared_ptr<ReportToTrial>& reporter) {
  try {
    const auto [cost, memory] = note_cost(trial, training, options.train, options.validation);
    note_expected_cost(trial, cost.training_flops, training.epochs, options);
    if (std::string refused = over_limit(cost, memory.total(), training.epochs, options, trial);
        !refused.empty())
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

nn::train::FitOptions fit_options(const RunOptions& options, KeptCheckpoint& checkpoint) {
  return {.validation = &options.validation,
          .cancel = options.cancel,
          .checkpoint = options.checkpoint,
          .checkpoint_is_cache = true,
          .on_checkpoint = [&checkpoint] { checkpoint.set_own(); },
          .progress = options.progress,
          .message = options.message};
}

Outcome outcome_of(const nn::train::FitResult& result, const nn::train::Training& training,
                   Trial& trial, const RunOptions& options, ReportToTrial& reporter,
                   KeptCheckpoint& checkpoint) {
  if (result.stop == nn::train::Stop::cancelled) return Outcome::interrupted();
  if (options.cost_in_seconds) note_measured_cost(trial, result.history, training.epochs);
  trial.set_user_attr(kEpochs, static_cast<std::int64_t>(result.history.epochs.size()));
  const std::optional<std::string> pruned = reporter.report(result.history);
  if (reporter.paused()) checkpoint.keep();
  if (pruned) return Outcome::pruned(*pruned);
  return Outcome::complete(value_of(result.history, training, options.value));
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
      prepared.trainer->fit(options.train, fit_options(options, checkpoint));
  return outcome_of(result, training, trial, options, *reporter, checkpoint);
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

namespace {

// A trial from its first word to its last.
struct Running {
  std::shared_ptr<KeptCheckpoint> checkpoint;
  bool is_stored = false;  // the study will say when its end is

  Outcome ended(const Outcome& outcome) const {
    if (!is_stored && outcome.kind != Outcome::Kind::interrupted) checkpoint->remove();
    return outcome;
  }
};

Running begin_trial(const nn::train::Training& training, Trial& trial, const Backend* backend,
                    const RunOptions& options) {
  check(backend != nullptr, "run_trial: the backend is null; use device->new_backend()");
  check(training.epochs >= 1, "run_trial: epochs is {}, it must be at least 1", training.epochs);
  check(!options.train.empty() && !options.validation.empty(), "run_trial: a data set is empty");
  check(options.times || (options.limits.seconds <= 0 && !options.cost_in_seconds),
        "run_trial: seconds are to be predicted, and RunOptions::times is empty");
  note_fingerprint(trial, backend->fingerprint());
  Running running{std::make_shared<KeptCheckpoint>(options.checkpoint, trial)};
  take_paused(options);
  running.is_stored =
      trial.when_stored([checkpoint = running.checkpoint, paused = options.paused_checkpoint] {
        checkpoint->remove();
        if (!paused.empty()) nn::train::CheckpointFile(paused).remove();
      });
  return running;
}

}  // namespace

Outcome run_trial(const nn::train::Training& training, Trial& trial,
                  std::unique_ptr<Backend> backend, const RunOptions& options) {
  const Running running = begin_trial(training, trial, backend.get(), options);
  return running.ended(
      train_or_fail(training, trial, std::move(backend), options, *running.checkpoint));
}

namespace {

// One trial of a group.
struct GroupTrial {
  Trial* trial = nullptr;
  TrialRun run;
  Running running = {};
  std::shared_ptr<ReportToTrial> reporter = nullptr;
  std::unique_ptr<nn::train::Trainer> trainer = nullptr;

  Outcome alone() {
    return running.ended(train_or_fail(run.training, *trial, std::move(run.backend), run.options,
                                       *running.checkpoint));
  }
};
using Form = std::vector<GroupTrial*>;

// The trials of a group, each with what it trains; one that cannot begin has ended.
std::list<GroupTrial> begin_all(TrialGroup& group, const std::function<TrialRun(Trial&)>& begin) {
  std::list<GroupTrial> trials;
  while (Trial* trial = group.ask()) {
    std::exception_ptr error;
    try {
      trials.push_back({trial, begin(*trial)});
      TrialRun& run = trials.back().run;
      trials.back().running = begin_trial(run.training, *trial, run.backend.get(), run.options);
    } catch (...) {
      error = std::current_exception();
    }
    if (!error) continue;
    if (!trials.empty() && trials.back().trial == trial) trials.pop_back();
    group.end(*trial, [&]() -> Outcome { std::rethrow_exception(error); });
  }
  return trials;
}

bool is_out_of_memory(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const OutOfMemory&) {
    return true;
  } catch (...) {
    // Another error: the trial's.
  }
  return false;
}

// A new backend for a trial that begins anew.
std::unique_ptr<Backend> another(const Backend& backend) {
  return backend.device().new_backend(backend.options());
}

// The trainers of those that can be trained; the others have ended, or are left for later.
Form prepare_all(TrialGroup& group, const Form& form, Form& alone) {
  Form prepared;
  for (GroupTrial* one : form) {
    Prepared made;
    std::exception_ptr error;
    one->reporter = std::make_shared<ReportToTrial>(
        *one->trial, nn::train::monitor_of(one->run.training), one->run.options);
    try {
      made = prepare(one->run.training, *one->trial, another(*one->run.backend), one->run.options,
                     one->reporter);
    } catch (...) {
      error = std::current_exception();
    }
    one->trainer = std::move(made.trainer);
    if (one->trainer) {
      prepared.push_back(one);
    } else if (is_out_of_memory(error)) {
      alone.push_back(one);
    } else {
      group.end(*one->trial, [&] {
        if (error) std::rethrow_exception(error);
        return one->running.ended(made.refused.empty() ? Outcome::failed(made.misfit)
                                                       : Outcome::pruned(made.refused));
      });
    }
  }
  return prepared;
}

Outcome outcome_of(const nn::train::FitEnd& end, GroupTrial& one) {
  try {
    if (end.error) std::rethrow_exception(end.error);
    return one.running.ended(outcome_of(end.result, one.run.training, *one.trial, one.run.options,
                                        *one.reporter, *one.running.checkpoint));
  } catch (const nn::train::NonFiniteLoss& error) {
    return one.running.ended(Outcome::failed(error.what()));
  }
}

// Those for which there was no memory are trained again, each alone.
void train_form(TrialGroup& group, const Form& form) {
  Form alone;
  if (form.size() == 1) {
    alone = form;
  } else {
    const Form prepared = prepare_all(group, form, alone);
    std::vector<nn::train::FitMember> members;
    for (GroupTrial* one : prepared)
      members.push_back({*one->trainer, fit_options(one->run.options, *one->running.checkpoint)});
    const auto ended = [&](std::size_t i, const nn::train::FitEnd& end) {
      GroupTrial& one = *prepared[i];
      one.trainer = nullptr;
      if (is_out_of_memory(end.error)) {
        if (one.run.options.message)
          one.run.options.message(
              fmt::format("the device has no memory for {} trainings together, this one goes alone",
                          prepared.size()));
        return alone.push_back(&one);
      }
      group.end(*one.trial, [&] { return outcome_of(end, one); });
    };
    if (!members.empty()) nn::train::fit_together(members, form.front()->run.options.train, ended);
    if (!alone.empty()) alone.front()->run.backend->device().pool()->trim();
  }
  for (GroupTrial* one : alone) group.end(*one->trial, [&] { return one->alone(); });
}

// Whether one more fits into the memory that may be taken: each member takes what it would take
// alone, and the weights of its own model stay beside those in the shared one.
bool has_room(const Form& form, const TrialRun& run) {
  const std::int64_t most = run.options.limits.memory;
  if (most <= 0) return true;
  try {
    const nn::train::TrainingMemory memory =
        cost_of(run.training, run.options.train, run.options.validation).memory;
    const auto members = static_cast<std::int64_t>(form.size()) + 1;
    return memory.total() <= most / members && memory.weights <= most / members - memory.total();
  } catch (const Error&) {
    return false;  // it does not fit the samples, which is its own end
  }
}

}  // namespace

void run_trials(TrialGroup& group, const std::function<TrialRun(Trial&)>& begin) {
  check(begin != nullptr, "run_trials: the function that describes a trial is empty");
  std::list<GroupTrial> trials = begin_all(group, begin);
  std::vector<Form> forms;
  for (GroupTrial& one : trials) {
    const auto fits = [&](const Form& form) {
      const TrialRun& run = form.front()->run;
      return nn::train::why_not_together(run.training, one.run.training).empty() &&
             &run.options.train == &one.run.options.train &&
             &run.options.validation == &one.run.options.validation &&
             &run.backend->device() == &one.run.backend->device() &&
             run.backend->fingerprint() == one.run.backend->fingerprint() &&
             has_room(form, one.run);
    };
    const auto found = std::find_if(forms.begin(), forms.end(), fits);
    if (found == forms.end())
      forms.push_back({&one});
    else
      found->push_back(&one);
  }
  for (const Form& form : forms) train_form(group, form);
}

}  // namespace hone::tune::training
