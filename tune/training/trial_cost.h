// What a trial costs, known before it is trained and noted with it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/numbers.h"
#include "nn/data/dataset.h"
#include "nn/network.h"
#include "nn/train/training.h"
#include "nn/train/training_memory.h"
#include "tune/trial.h"

namespace hone::tune::training {

// The user attributes of a trial that note_cost() sets.
inline constexpr const char* kParameters = "parameters";
inline constexpr const char* kTrainingFlops = "training_flops";  // a sample, forward and backward
inline constexpr const char* kTrainingBytes = "training_bytes";  // of memory, as predicted
// What a trial has that was trained: how many epochs.
inline constexpr const char* kEpochs = "epochs";
// The number that a trial has for one of these; nothing where it has none.
inline std::optional<double> noted_number(const TrialRecord& trial, const char* key) {
  const auto found = trial.user_attrs.find(key);
  return found == trial.user_attrs.end() ? std::nullopt : parse_double(found->second);
}

struct TrialCost {
  nn::NetworkCost network;
  nn::train::TrainingMemory memory;
};

// Throws Error(usage) where the network does not fit the samples.
TrialCost cost_of(const nn::train::Training& training, const nn::data::Dataset& train,
                  const nn::data::Dataset& validation);

// The same, and sets the attributes of the trial.
TrialCost note_cost(Trial& trial, const nn::train::Training& training,
                    const nn::data::Dataset& train, const nn::data::Dataset& validation);

}  // namespace hone::tune::training
