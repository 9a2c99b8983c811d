// Every layer kind of the library. A new one has a line here and one in layers.cpp.
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
std::vector<Layer> library_layers();

}  // namespace hone::nn
