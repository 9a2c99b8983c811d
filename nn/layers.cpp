// The list of the library's layer kinds. Not in the header: making a Layer of each costs every file
// that includes it.
#include "nn/layers.h"

namespace hone::nn {

std::vector<Layer> library_layers() {
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
