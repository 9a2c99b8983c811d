// Bytes to floats.
#pragma once

#include "kernels/cpu/isa/vectors.h"
#include "kernels/params.h"

namespace hone::kernels::HONE_ISA {
namespace {

void bytes_to_floats(float* __restrict x, const std::uint8_t* __restrict bytes, std::int64_t n,
                     GatherParams params) {
  for (std::int64_t i = 0; i < n; ++i)
    x[i] = static_cast<float>(bytes[i]) * params.scale + params.offset;
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
