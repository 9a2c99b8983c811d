// Looking into a network: what each layer costs and gives, its gradients, and units that do
// nothing. Pictures of all of it: apps/report/inside.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/model.h"
#include "nn/train/loss.h"

namespace hone::nn::train {

// What one layer takes of a training step. A layer's own part: of a layer with layers inside, what
// is not theirs. Layers that one op computes count together, as "conv2d_1 to maxpool2d_1" (inside
// of other layers and in modules of yours under the name of the last of them); what comes after the
// layers is called "loss".
struct LayerUse {
  std::string layer;
  double forward_seconds = 0, backward_seconds = 0;  // medians
  // By how much the memory in use grew on the device: its output, and what its backward reads,
  // without an input that went.
  std::int64_t bytes = 0;
};

struct MeasureOptions {
  int batch = 128;
  int repeats = 5;  // after one step that is not counted
};

// Steps of training, without the optimizer's, on the first `batch` samples; each verb is waited for
// at the borders of layers. The model is left in evaluation mode with the state that it had, and
// without gradients. Nothing else may use the device meanwhile, or its bytes count, too. Throws
// Error(usage) for options below 1 and data that do not fit.
std::vector<LayerUse> measure_layers(Model& model, const Loss& loss, const data::Dataset& data,
                                     const MeasureOptions& options = {});
// One line a layer: milliseconds forward and backward, the share of the step, memory.
std::string layer_table(const std::vector<LayerUse>& layers);

// The units of a ReLU layer (channels of pictures, features of vectors), and how many of them gave
// 0 for every sample and at every place: no gradient reaches the weights before them.
struct DeadUnits {
  std::string layer;
  std::int64_t units = 0, dead = 0;
};

// Counts them over the data set for every layer named "relu_1", "relu_2", ..., inside of other
// layers, too. In a model of your own module a ReLU that is a part of another op is not seen.
std::vector<DeadUnits> dead_relus(Model& model, const data::Dataset& data, int batch = 256);

// Numbers with a name, on the host.
struct NamedValues {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

// What the model gets for one sample of the data set ("input"), and what every layer gives, in
// evaluation mode, without the batch axis. Throws Error(usage) when there is no such sample.
std::vector<NamedValues> layer_outputs(Model& model, const data::Dataset& data,
                                       std::int64_t sample);

// The gradient of every parameter on the first `batch` samples, in training mode. The model is left
// as by measure_layers().
std::vector<NamedValues> parameter_gradients(Model& model, const Loss& loss,
                                             const data::Dataset& data, int batch = 128);

}  // namespace hone::nn::train
