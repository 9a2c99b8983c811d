// The bridge between tune and nn/train: a trial as a training.
//
// An objective has two halves. describe(Trial&) -> TrainingJob only suggests values and writes down
// what is to be trained; run_trial() trains it. What is known from the description alone (cost,
// settings, replay) needs no training.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "nn/network.h"
#include "nn/train/trainer.h"
#include "optim/optimizer.h"
#include "optim/plateau.h"
#include "tune/outcome.h"
#include "tune/trial.h"

namespace hone::tune::training {

// Which validation accuracy is the trial's value.
enum class Value { best_epoch, last_epoch };

// All values of one training, nothing that lives. Equal jobs on equal data give equal results.
struct TrainingJob {
  nn::Network network;
  optim::OptimizerSpec optimizer = optim::Adam{};
  int epochs = 1;
  int batch = 32;
  std::uint64_t seed = 0;  // of the weights, the shuffles and the dropout masks
  std::optional<optim::PlateauOptions> plateau = std::nullopt;  // cuts on val_loss
  Value value = Value::best_epoch;
};

struct RunOptions {
  const nn::data::Dataset& train;
  const nn::data::Dataset& validation;
  // A checkpoint after each epoch; an interrupted or killed trial goes on from it, exactly. Empty:
  // none.
  std::filesystem::path checkpoint = {};
  CancelToken cancel = {};
  std::function<void(const nn::train::EpochRecord&)> on_epoch = {};
  std::function<void(const nn::train::Progress&)> progress = {};
};

// Trains `job`, reports the validation accuracy of every epoch (step 0, 1, ...) and stops when the
// pruner says so. Sets the trial's user attributes parameters, training_flops, epochs. A loss that
// is not finite, or a network that does not fit, is a failed outcome with its reason; the caller's
// data and backend are not harmed. The checkpoint is removed unless the outcome is interrupted.
Outcome run_trial(const TrainingJob& job, Trial& trial, std::unique_ptr<Backend> backend,
                  const RunOptions& options);

}  // namespace hone::tune::training
