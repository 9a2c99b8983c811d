// Matrix products, one or a batch of them.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// a and b of two axes each, or of three with the same first one.
Tensor products(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  const bool ta = options.transpose_a, tb = options.transpose_b;
  const std::int64_t m = a.shape()[ta ? -1 : -2], n = b.shape()[tb ? -2 : -1];
  const Shape out = a.shape().rank() == 3 ? Shape{a.shape()[0], m, n} : Shape{m, n};
  Tensor y = Tensor::empty(out, a.dtype());
  current_backend().run(verb::Matmul{.c = y.view(),
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

// The extents of all axes but the last two as one, and those two.
std::vector<std::int64_t> as_batch(const Shape& x) {
  std::int64_t batch = 1;
  for (int i = 0; i + 2 < x.rank(); ++i) batch *= x[i];
  return {batch, x[-2], x[-1]};
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  check_input("matmul", "a", a);
  check_like("matmul", "b", b, a);
  check(a.shape().rank() >= 2 && b.shape().rank() >= 2,
        "matmul: a has shape {}, b {}; both need two axes, [m, k] and [k, n]", a.shape().str(),
        b.shape().str());
  const bool ta = options.transpose_a, tb = options.transpose_b;
  const std::int64_t k = a.shape()[ta ? -2 : -1], k_of_b = b.shape()[tb ? -1 : -2];
  check(k == k_of_b, "matmul: the inner extents differ, {} and {} (a {}{}, b {}{})", k, k_of_b,
        a.shape().str(), ta ? " transposed" : "", b.shape().str(), tb ? " transposed" : "");
  const int rank = a.shape().rank();
  if (rank == 2 && b.shape().rank() == 2) return products(a, b, options);
  bool equal_fronts = b.shape().rank() == rank;
  for (int i = 0; i + 2 < rank && equal_fronts; ++i) equal_fronts = a.shape()[i] == b.shape()[i];
  check(
      equal_fronts || (b.shape().rank() == 2 && !ta),
      "matmul: a has shape {}, b {}; the axes in front must be equal, or b has two axes (and a is "
      "not transposed)",
      a.shape().str(), b.shape().str());
  std::vector<std::int64_t> out(a.shape().begin(), a.shape().end());
  out[out.size() - 2] = a.shape()[ta ? -1 : -2];
  out.back() = b.shape()[tb ? -2 : -1];
  if (!equal_fronts) {  // one product of all rows
    const std::int64_t rows = k == 0 ? 0 : a.count() / k;
    check(k > 0, "matmul: the inner extent is 0 (a {}, b {})", a.shape().str(), b.shape().str());
    return reshape(products(reshape(a, {rows, k}), b, options), out);
  }
  return reshape(
      products(reshape(a, as_batch(a.shape())), reshape(b, as_batch(b.shape())), options), out);
}

}  // namespace hone::ops
