// Every layer kind of the library. A new one has a line in each of the two lists.
#pragma once

#include "nn/layers/conv2d.h"
#include "nn/layers/dropout.h"
#include "nn/layers/flatten.h"
#include "nn/layers/linear.h"
#include "nn/layers/maxpool2d.h"
#include "nn/layers/relu.h"

namespace hone::nn {

// One of each kind: what files can name without more ado.
inline std::vector<Layer> library_layers() {
  return {Conv2d{}, Dropout{}, Flatten{}, Linear{}, MaxPool2d{}, ReLU{}};
}

}  // namespace hone::nn
