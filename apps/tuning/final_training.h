// The best configuration, retrained on the full training part and tested once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/tuning/run.h"
#include "nn/network.h"
#include "nn/train/history.h"
#include "nn/train/trainer.h"

namespace hone::app {

struct FinalResult {
  nn::train::History history;
  double seconds = 0;
  int epochs = 0;  // asked for
  nn::NetworkCost cost;
  nn::train::Evaluation test;
  std::vector<float> outputs;  // for the test part: [samples, classes] probabilities, or values
};

// What is trained: the trial's training, described again, as the problem finishes it.
nn::train::Training final_training(const Run& run, const tune::TrialRecord& best);

// What tells the training from others: equal jobs give equal bits.
std::string job_of(const nn::train::Training& training);

// Adds what the model says of the test part.
void test_final(const Run& run, nn::train::Trainer& trainer, FinalResult& final);

// Trains (or goes on from its checkpoint), writes model.safetensors and history.csv, tests. Empty
// when it was cancelled; the same command goes on then.
std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console);

}  // namespace hone::app
