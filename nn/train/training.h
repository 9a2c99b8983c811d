// Training: all that decides what a training gives, as one value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/layers.h"
#include "nn/network.h"
#include "nn/train/augmentation.h"
#include "nn/train/metrics.h"
#include "optim/optimizer.h"
#include "optim/plateau.h"
#include "optim/schedule.h"

namespace hone::nn::train {

// Nothing here lives: a Training can be copied, compared and described before anything is trained.
// Equal trainings on equal data give equal results. How a run of it goes (validation data,
// checkpoints, progress) is said to Trainer::fit.
//
// The learning rate of a step is the optimizer's lr, times the factor of the parameter group, times
// the plateau's cuts so far, times the schedule's factor for the step.
struct Training {
  Network network = {};
  optim::OptimizerSpec optimizer = optim::Adam{};
  optim::Schedule schedule = {};                                // any function of the step
  std::optional<optim::PlateauOptions> plateau = std::nullopt;  // cuts on val_loss
  Loss loss = {};
  std::vector<Metric> metrics = {};  // besides the loss, and the accuracy where the loss classifies
  std::vector<Augmentation> augment = {};  // of the training samples, anew in each epoch
  int epochs = 1;                          // in all: a resumed fit trains what is missing
  int batch = 32;
  // A step of the optimizer takes the gradients of so many batches together: what a batch that many
  // times the size would give, to rounding, in the memory of one. Steps, progress and callbacks
  // count the whole; what looks at its batch alone (batch normalisation, weights of classes) still
  // sees the parts.
  int accumulate = 1;
  // 0: none. Above: the exponential average of the weights over the steps is kept, average = ema *
  // average + (1 - ema) * weights (Keras' use_ema); running statistics stay as they are. The
  // average is what is validated, what callbacks see between epochs, what the best epoch keeps, and
  // what the model has when fit() returns; training goes on from the weights themselves.
  float ema = 0;
  bool shuffle = true;
  std::uint64_t seed = 0;     // of the weights, shuffles, dropout masks and augmentation
  std::string monitor = {};   // what makes an epoch the best; empty: val_accuracy where the loss
                              // classifies, else val_loss
  bool restore_best = false;  // the best epoch's weights at the end
  bool operator==(const Training&) const = default;
};

// Throws Error(usage) for numbers that no training can have.
void check_training(const Training& training);

// training.monitor, or what stands for it when it is empty.
std::string monitor_of(const Training& training);

// Whether less of this metric is better: of a loss yes, of an accuracy no, of a metric of the
// training as its kind says. Throws Error(usage) for any other name.
bool lower_is_better(const std::string& metric, const Training& training);

}  // namespace hone::nn::train
