// What a verb's types have to be: in a unit of their own, because nvcc does not take fmt's checked
// formats.
#pragma once

#include "kernels/dtype.h"

namespace hone::kernels {

// Error(usage) that names the verb.
void require_f32(DType dtype, const char* verb);
void require_same_type(DType y, DType x, const char* verb);

}  // namespace hone::kernels
