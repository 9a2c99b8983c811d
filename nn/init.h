// Initial weights, drawn on the host from Philox: the same on every device.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/shape.h"

namespace hone::nn {

// How weights start. Fans of a convolution count the kernel's area. Glorot & Bengio 2010, He et al.
// 2015: glorot_uniform on +-sqrt(6 / (fan_in + fan_out)), he_uniform on +-sqrt(6 / fan_in), the
// normal forms with standard deviation sqrt(2 / (fan_in + fan_out)) and sqrt(2 / fan_in).
enum class Init : std::uint8_t {
  glorot_uniform,
  glorot_normal,
  he_uniform,
  he_normal,
  zeros,
  ones
};

// Their names, for the field of a layer kind.
const std::vector<std::pair<Init, const char*>>& init_names();

// Values for a parameter of `shape`. Fans: rank 2 is [in, out], rank 4 [out, kh, kw, in]; any other
// rank has both fans equal to its count. `stream` is the parameter's ordinal in its model.
std::vector<float> initial_values(const Shape& shape, Init init, std::uint64_t seed,
                                  std::uint64_t stream);

}  // namespace hone::nn
