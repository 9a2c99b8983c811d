// The convolution blocks made of plain convolutions and pointwise verbs, so that a new backend is
// right before it is fast: it writes the plain convolution (a block without bias, ReLU and pooling)
// and hands every other block to these.
#pragma once

#include "kernels/backend.h"

namespace hone {

// No bias, no ReLU, no pooling. A plain backward does not read y and argmax.
bool is_plain(const verb::Conv2dForward& v);
bool is_plain(const verb::Conv2dBackwardInput& v);
bool is_plain(const verb::Conv2dBackwardWeight& v);

// The same result from plain convolutions, binary, unary, reduce and maxpool2d, which `backend`
// runs. For one model; scratch memory comes from the workspace.
void conv2d_forward_from_plain(Backend& backend, const verb::Conv2dForward& v);
void conv2d_backward_input_from_plain(Backend& backend, const verb::Conv2dBackwardInput& v);
void conv2d_backward_weight_from_plain(Backend& backend, const verb::Conv2dBackwardWeight& v);

}  // namespace hone
