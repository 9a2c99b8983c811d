// Weights of a network that was trained with PyTorch or Keras, from a safetensors file.
//
// docs/weights.md has the tables of layers, options and arrays, and how the file is written there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/model.h"

namespace hone::nn::io {

// How arrays are named and laid out.
//
//            convolution    dense      embedding   scale, shift   running statistics
//   pytorch  O I H W        out, in    n, width    weight, bias   running_mean, running_var
//   keras    H W I O        in, out    n, width    gamma, beta    moving_mean, moving_variance
//
// Keras' depthwise kernels are H W C M, its names have '/' where PyTorch's have '.'.
enum class WeightLayout { pytorch, keras };

struct ForeignWeights {
  WeightLayout layout = WeightLayout::pytorch;
  // What the file calls a layer of the model ({"conv2d_1", "features.0"}) or one parameter
  // ({"conv2d_1.weight", "stem/depthwise_kernel"}). What is not named here has the model's own name
  // there.
  std::map<std::string, std::string> names = {};
  // How the names of arrays begin that are not for this model ("optimizer.").
  std::vector<std::string> ignore = {};
  // PyTorch flattens images as [C, H, W]: the shapes [H, W, C] that were flattened before dense and
  // batch-norm layers, by the name of the layer. A model that was made of a Network knows them.
  std::map<std::string, Shape> flattened = {};
};

// Puts the arrays of the file into the model's parameters and running statistics. A weight of two
// axes is a dense layer's unless the name of its layer begins with "embedding". Throws Error(data)
// that names every array that is missing, left over, of another shape or type, or not finite,
// and Error(usage) for a name that the model does not have; the model is then unchanged.
void load_foreign_weights(const std::string& path, Model& model, const ForeignWeights& how);

}  // namespace hone::nn::io
