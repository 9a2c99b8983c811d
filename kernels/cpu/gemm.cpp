// The only calls into OpenBLAS.
#include "kernels/cpu/gemm.h"

#include <cblas.h>
#include <omp.h>

#include <algorithm>
#include <limits>
#include <mutex>

#include "base/error.h"

namespace hone::kernels {
namespace {

blasint narrow(std::int64_t value) {
  check(value <= std::numeric_limits<blasint>::max(), "matmul: an extent of {} is too large",
        value);
  return static_cast<blasint>(value);
}

// An OpenBLAS that was itself built on OpenMP asks OpenMP for the number of threads at every call.
class SingleThread {
 public:
  SingleThread() {
    if (openblas_get_parallel() != OPENBLAS_OPENMP || omp_in_parallel()) return;
    saved_ = omp_get_max_threads();
    omp_set_num_threads(1);
  }
  ~SingleThread() {
    if (saved_ > 0) omp_set_num_threads(saved_);
  }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int saved_ = 0;
};

}  // namespace

void prepare_blas() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

const char* blas_core() { return openblas_get_corename(); }

void gemm(float* c, const float* a, const float* b, const Gemm& problem) {
  if (problem.m == 0 || problem.n == 0) return;
  const SingleThread guard;
  const auto op = [](bool transpose) { return transpose ? CblasTrans : CblasNoTrans; };
  const auto stride = [](std::int64_t value) { return narrow(std::max<std::int64_t>(value, 1)); };
  cblas_sgemm(CblasRowMajor, op(problem.transpose_a), op(problem.transpose_b), narrow(problem.m),
              narrow(problem.n), narrow(problem.k), 1.0f, a, stride(problem.lda), b,
              stride(problem.ldb), problem.beta, c, stride(problem.ldc));
}

}  // namespace hone::kernels
