// Every layer kind of the library. A new one has a line in each of the two lists.
#pragma once

#include "nn/layers/avgpool2d.h"
#include "nn/layers/batch_norm.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/dropout.h"
#include "nn/layers/elu.h"
#include "nn/layers/embedding.h"
#include "nn/layers/flatten.h"
#include "nn/layers/gelu.h"
#include "nn/layers/global_avgpool2d.h"
#include "nn/layers/global_maxpool2d.h"
#include "nn/layers/group_norm.h"
#include "nn/layers/layer_norm.h"
#include "nn/layers/leaky_relu.h"
#include "nn/layers/linear.h"
#include "nn/layers/maxpool2d.h"
#include "nn/layers/relu.h"
#include "nn/layers/residual.h"
#include "nn/layers/sigmoid.h"
#include "nn/layers/silu.h"
#include "nn/layers/softmax.h"
#include "nn/layers/softplus.h"
#include "nn/layers/tanh.h"
#include "nn/layers/zero_pad2d.h"

namespace hone::nn {

// One of each kind: what files can name without more ado.
inline std::vector<Layer> library_layers() {
  return {AvgPool2d{},
          BatchNorm{},
          Conv2d{},
          Dropout{},
          ELU{},
          Embedding{},
          Flatten{},
          GELU{},
          GlobalAvgPool2d{},
          GlobalMaxPool2d{},
          GroupNorm{},
          LayerNorm{},
          LeakyReLU{},
          Linear{},
          MaxPool2d{},
          ReLU{},
          Residual{},
          Sigmoid{},
          SiLU{},
          Softmax{},
          Softplus{},
          Tanh{},
          ZeroPad2d{}};
}

}  // namespace hone::nn
