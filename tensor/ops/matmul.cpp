// Matrix product.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  Backend& backend = check_input("matmul", "a", a);
  check_like("matmul", "b", b, a);
  check_rank("matmul", "a", a, 2, "[m, k]");
  check_rank("matmul", "b", b, 2, "[k, n]");
  const bool ta = options.transpose_a, tb = options.transpose_b;
  const std::int64_t m = a.shape()[ta ? 1 : 0], k = a.shape()[ta ? 0 : 1];
  const std::int64_t n = b.shape()[tb ? 0 : 1], k_of_b = b.shape()[tb ? 1 : 0];
  check(k == k_of_b, "matmul: the inner extents differ, {} and {} (a {}{}, b {}{})", k, k_of_b,
        a.shape().str(), ta ? " transposed" : "", b.shape().str(), tb ? " transposed" : "");
  Tensor y = Tensor::empty(Shape{m, n}, a.dtype());
  backend.run(verb::Matmul{.c = y.view(),
                           .a = a.view(),
                           .b = b.view(),
                           .params = {.transpose_a = ta, .transpose_b = tb}});
  const Tensor kept_a = saved_if(wants_grad(b), a), kept_b = saved_if(wants_grad(a), b);
  record("matmul", y, {a, b},
         [a = kept_a, b = kept_b, ta, tb](const Tensor& dy, InputGrads& grads) {
           Backend& on = current_backend();
           if (grads.wanted(0)) {  // dA = dY op(B)^T, or its transpose
             const GradTarget da = grads.target(0);
             if (ta)
               on.run(verb::Matmul{.c = da.view,
                                   .a = b.view(),
                                   .b = dy.view(),
                                   .params = {tb, true},
                                   .write = da.write});
             else
               on.run(verb::Matmul{.c = da.view,
                                   .a = dy.view(),
                                   .b = b.view(),
                                   .params = {false, !tb},
                                   .write = da.write});
           }
           if (grads.wanted(1)) {  // dB = op(A)^T dY, or its transpose
             const GradTarget db = grads.target(1);
             if (tb)
               on.run(verb::Matmul{.c = db.view,
                                   .a = dy.view(),
                                   .b = a.view(),
                                   .params = {true, ta},
                                   .write = db.write});
             else
               on.run(verb::Matmul{.c = db.view,
                                   .a = a.view(),
                                   .b = dy.view(),
                                   .params = {!ta, false},
                                   .write = db.write});
           }
         });
  return y;
}

}  // namespace hone::ops
