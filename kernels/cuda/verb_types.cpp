// What a verb's types have to be.
#include "kernels/cuda/verb_types.h"

#include "base/error.h"

namespace hone::kernels {

void require_f32(DType dtype, const char* verb) {
  check(dtype == DType::f32, "{}: the cuda backend computes in f32, got {}; open the ref device",
        verb, name_of(dtype));
}

void require_same_type(DType y, DType x, const char* verb) {
  check(x == y, "{}: the types differ ({} from {})", verb, name_of(y), name_of(x));
}

}  // namespace hone::kernels
