// Every layer kind of the library. A new one has a line in each of the two lists.
#pragma once

#include "nn/layers/avgpool2d.h"
#include "nn/layers/batch_norm.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/dropout.h"
#include "nn/layers/flatten.h"
#include "nn/layers/global_avgpool2d.h"
#include "nn/layers/linear.h"
#include "nn/layers/maxpool2d.h"
#include "nn/layers/relu.h"
#include "nn/layers/residual.h"
#include "nn/layers/sigmoid.h"
#include "nn/layers/tanh.h"

namespace hone::nn {

// One of each kind: what files can name without more ado.
inline std::vector<Layer> library_layers() {
  return {AvgPool2d{}, BatchNorm{}, Conv2d{}, Dropout{},  Flatten{}, GlobalAvgPool2d{},
          Linear{},    MaxPool2d{}, ReLU{},   Residual{}, Sigmoid{}, Tanh{}};
}

}  // namespace hone::nn
