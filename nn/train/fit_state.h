// What a fit holds, between the device and the host: the state transfer of checkpoints and of the
// search for a bad step. Internal to nn/train.
#pragma once

#include <string>
#include <vector>

#include "nn/io/safetensors.h"
#include "nn/train/callback.h"
#include "nn/train/passes.h"

namespace hone::nn::train {

// What the steps of a fit change.
struct Trained {
  Model& model;
  const optim::Optimizer& optimizer;
  const optim::WeightAverage* average = nullptr;  // null: none is kept
};

// Weights and buffers, the step counter, the optimizer's state and that of the average; of a model
// with members those of one.
std::vector<io::TensorData> download_state(const Trained& trained, int member = 0);
// Puts them back; further tensors are not looked at. Throws Error(data) that begins with `where`
// when one is missing or does not fit.
void upload_state(const Trained& trained, const std::vector<io::TensorData>& tensors,
                  const std::string& where, int member = 0);

// The sums of an epoch that is under way; `count` of them are expected. Version 0.1 had the first
// four alone: the others are then 0, as all are without a tensor for them.
void put_sums(std::vector<io::TensorData>& tensors, const MetricSums& sums);
MetricSums take_sums(const std::vector<io::TensorData>& tensors, std::size_t count,
                     const std::string& where);

// The weight slots, each of as many values as the model has.
void put_slots(std::vector<io::TensorData>& tensors, const WeightSlots& slots);
void take_slots(WeightSlots& slots, const Model& model, const std::vector<io::TensorData>& tensors,
                const std::string& where);

}  // namespace hone::nn::train
