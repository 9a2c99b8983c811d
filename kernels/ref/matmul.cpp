// matmul. Sums are kept in double, so that the reference is better than what it judges.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_matmul(View c, ConstView a, ConstView b, MatmulParams params) {
  const std::int64_t m = c.shape[0], n = c.shape[1];
  const std::int64_t k = params.transpose_a ? a.shape[0] : a.shape[1];
  with_float(c.dtype, "matmul", [&]<class T>(T) {
    const T* from_a = a.as<T>();  // a: [m, k], transposed [k, m]
    const T* from_b = b.as<T>();  // b: [k, n], transposed [n, k]
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l)
          sum += static_cast<double>(from_a[params.transpose_a ? l * m + i : i * k + l]) *
                 static_cast<double>(from_b[params.transpose_b ? j * k + l : l * n + j]);
        put(c.as<T>()[i * n + j], sum, params.write);  // c: [m, n]
      }
    }
  });
}

}  // namespace hone::kernels
