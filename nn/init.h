// Initial weights, drawn on the host from Philox: the same on every device.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/layers.h"

namespace hone::nn {

// Values for a parameter of `shape` in layout rank 2 [in, out], rank 4 [out, kh, kw, in], others
// one fan = count. `stream` is the parameter's ordinal in its model.
std::vector<float> initial_values(const Shape& shape, Init init, std::uint64_t seed,
                                  std::uint64_t stream);

}  // namespace hone::nn
