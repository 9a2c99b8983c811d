// matmul. Sums are kept in double, so that the reference is better than what it judges.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Matmul& v) {
  const std::int64_t batch = v.c.shape.rank() == 3 ? v.c.shape[0] : 1;
  const std::int64_t m = v.c.shape[-2], n = v.c.shape[-1];
  const std::int64_t k = v.a.shape[v.params.transpose_a ? -2 : -1];
  with_float(v.c.dtype, "matmul", [&]<class T>(T) {
    for (std::int64_t product = 0; product < batch; ++product) {
      const T* from_a = v.a.as<T>() + product * m * k;  // a: [m, k], transposed [k, m]
      const T* from_b = v.b.as<T>() + product * k * n;  // b: [k, n], transposed [n, k]
      T* to = v.c.as<T>() + product * m * n;            // c: [m, n]
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (std::int64_t l = 0; l < k; ++l)
            sum += static_cast<double>(from_a[v.params.transpose_a ? l * m + i : i * k + l]) *
                   static_cast<double>(from_b[v.params.transpose_b ? j * k + l : l * n + j]);
          put(to[i * n + j], sum, v.write);
        }
      }
    }
  });
}

}  // namespace hone::kernels
