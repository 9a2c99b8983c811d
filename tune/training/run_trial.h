// The bridge between tune and nn/train: a trial as a training.
//
// An objective has two halves. describe(Trial&) -> nn::train::Training only suggests values and
// writes down what is to be trained; run_trial() trains it. What is known from the description
// alone (cost, settings, replay) needs no training.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "nn/train/trainer.h"
#include "tune/outcome.h"
#include "tune/study.h"
#include "tune/training/trial_times.h"
#include "tune/trial.h"

namespace hone::tune::training {

// Which epoch's monitored metric is the trial's value. NaN is never the best.
enum class ValueOf { best_epoch, last_epoch };

// What a network may cost at most; 0: anything. Known before it is trained.
struct CostLimits {
  std::int64_t parameters = 0;
  std::int64_t training_flops = 0;  // forward and backward, one sample
  std::int64_t memory = 0;          // bytes in all (nn::train::training_memory)
  // Of the whole training, as RunOptions::times predict it; what they know nothing of is trained.
  double seconds = 0;
};

struct RunOptions {
  const nn::data::Dataset& train;
  const nn::data::Dataset& validation;
  ValueOf value = ValueOf::best_epoch;
  // A network beyond them is not trained: the trial is pruned, with the reason, and a constraint
  // (parameters, training_flops, memory, seconds: its cost / the limit - 1) keeps samplers away
  // from such ones. Of seconds it is the low end of the predicted range that counts: what may be
  // within the limit is trained.
  CostLimits limits = {};
  // How long the trials of the study have taken so far; to be given with limits.seconds and
  // cost_in_seconds. These depend on clocks: another run of the study refuses and suggests others,
  // and yet each trial is replayed to the bit, and what a sampler saw is stored.
  std::function<TrialTimes()> times = {};
  // The cost of a trial (Trial::set_cost) is the seconds of its whole training, by `times` before
  // it and by its own epochs after it. Otherwise the FLOPs of all its epochs.
  bool cost_in_seconds = false;
  // A checkpoint after each epoch, from which an interrupted, killed or released trial goes on,
  // exactly; see checkpoint_name(). It is a cache: a file of somebody else is left alone, a damaged
  // one renamed, each with a message, and the trial starts anew. Removed when the study has stored
  // the trial's end (Trial::when_stored), so that no failure of the store loses the training; at
  // the end of run_trial() for a fixed trial. That of a paused trial stays. Empty: none.
  std::string checkpoint = {};
  // Of a trial that continues a paused one (Trial::continues): that one's checkpoint. It goes when
  // the study has stored how this trial ended. Where it is missing the trial begins anew, with the
  // same result.
  std::string paused_checkpoint = {};
  CancelToken cancel = {};
  std::function<void(const nn::train::EpochRecord&)> on_epoch = {};
  std::function<void(const nn::train::Progress&)> progress = {};
  std::function<void(const std::string&)> message = {};  // what resuming and the plateau had to say
};

// "<study token>-<number>": no two trials of any two studies share it.
std::string checkpoint_name(const std::string& study_token, int number);

// The system attribute of a trial that says what its numbers depend on besides its values and its
// seed (Backend::fingerprint); of a trial that went on elsewhere all of them, "a, then b".
inline constexpr const char* kFingerprint = "hone:fingerprint";
// What the attribute says; empty: run_trial() did not run this trial.
std::string fingerprint_of(const TrialRecord& trial);

// Trains `training`, reports its monitored metric (nn::train::monitor_of) after every epoch (step
// 0, 1, ...) and stops when the pruner says so. Sets the trial's user attributes parameters,
// training_flops, training_bytes (the memory it is predicted to take), epochs, the system attribute
// kFingerprint, and its cost.
//
// What the trial's own values cause is a failed outcome with its reason: a network that does not
// fit the samples, a loss that is not finite, and memory that the device does not have, after its
// caches were freed and the training was tried once more. A cancelled training is an interrupted
// outcome. All else (storage, checkpoint, threads, misuse) is thrown: the trial can be run again,
// and its checkpoint stays. The data and the device are not harmed.
Outcome run_trial(const nn::train::Training& training, Trial& trial,
                  std::unique_ptr<Backend> backend, const RunOptions& options);

// What run_trial() gets for a trial.
struct TrialRun {
  nn::train::Training training;
  std::unique_ptr<Backend> backend;
  RunOptions options;
};

// run_trial() of all trials of a group, each of which `begin` describes. Those of one form
// (nn::train::why_not_together) take their steps together, one form after the other, and each gets
// what run_trial() would give it, to the bit: its reports, its checkpoint, its outcome, the word
// when it is pruned, which ends it while the others go on. CostLimits::memory bounds what those
// that take their steps together take; where the device has no memory for them they train one after
// another. The data of all must be the same.
void run_trials(TrialGroup& group, const std::function<TrialRun(Trial&)>& begin);

}  // namespace hone::tune::training
