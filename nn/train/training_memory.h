// How much memory a training will take, from its description alone.
#pragma once

#include <cstdint>

#include "nn/train/training.h"

namespace hone::nn::train {

// Bytes. The data set, which trials share, is not counted.
struct TrainingMemory {
  std::int64_t weights = 0;     // weights, gradients, moments, averages
  std::int64_t host = 0;        // the state that a fit goes back to when a loss is not finite
  std::int64_t steps = 0;       // what the tape keeps of a batch, its gradients, the batch itself
  std::int64_t validation = 0;  // outputs of a batch of validation
  std::int64_t scratch = 0;     // of convolutions and normalisation, in each kind of step
  std::int64_t total() const;   // at most the largest std::int64_t
};

// How many samples a fit sees. A smaller last batch is a step of its own, with memory of its own.
struct TrainingSamples {
  std::int64_t training = 0;
  std::int64_t validation = 0;  // 0: no validation
  int validation_batch = 256;
};

// An estimate for samples of shape `input`. The blocks of a recorded step are not given back before
// the end of the fit, and one that served a tensor serves later ones of its size alone: so each
// size of output counts once or twice more for its gradients, and as often in a validation, which
// keeps no tape. What a backend adds (its vendor's libraries, copies in another layout) is not in
// it. On the processor it is within 25% (tests/nn/training_memory_test.cpp): a limit wants a
// margin. Throws Error(usage) where the network does not take such samples, for a
// negative count and a validation_batch below 1.
TrainingMemory training_memory(const Training& training, const Shape& input,
                               const TrainingSamples& samples);

}  // namespace hone::nn::train
