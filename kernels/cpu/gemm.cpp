// The only calls into OpenBLAS.
#include "kernels/cpu/gemm.h"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>

#include "base/error.h"
#include "kernels/cpu/blas.h"
#include "kernels/pool.h"

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
    if (blas().get_parallel() != OPENBLAS_OPENMP || omp_in_parallel()) return;
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

// What OpenBLAS maps for every call that runs beside others.
constexpr std::size_t kBufferBytes = std::size_t{128} << 20;

bool have_room(std::size_t bytes) {
  void* room = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, bytes);
  return true;
}

[[noreturn]] void fail_for_room() {
  throw OutOfMemory(fmt::format(
      "memory: OpenBLAS needs {} MiB of address space for each thread, and this process gets no "
      "more; raise its limit (ulimit -v), use fewer threads, or the ref device",
      kBufferBytes >> 20));
}

// OpenBLAS keeps its buffers, and tries for ever where it gets none. So the room for one is asked
// for before a call that may be the first of its number.
class BlasBuffer {
 public:
  BlasBuffer() {
    const int running = ++running_;
    if (running <= sure_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(mutex_);
    new_ = std::max(0, running - sure_.load());
    if (new_ == 0) return;
    if (!have_room(kBufferBytes * static_cast<std::size_t>(new_ + coming_))) {
      --running_;
      fail_for_room();
    }
    coming_ += new_;
    sure_ = running;
  }
  ~BlasBuffer() {
    if (new_ > 0) {
      const std::lock_guard lock(mutex_);
      coming_ -= new_;
    }
    --running_;
  }
  BlasBuffer(const BlasBuffer&) = delete;
  BlasBuffer& operator=(const BlasBuffer&) = delete;

 private:
  static inline std::atomic<int> running_{0};  // calls now
  static inline std::atomic<int> sure_{0};     // calls at once for which there is, or will be, room
  static inline std::mutex mutex_;
  static inline int coming_ = 0;  // of them, those that may not have their buffer yet
  int new_ = 0;
};

}  // namespace

void prepare_blas() {
  // The library itself asks for a buffer when it is loaded.
  static std::once_flag once;
  std::call_once(once, [] {
    if (!have_room(kBufferBytes)) fail_for_room();
    blas();
  });
}

const char* blas_core() { return blas().get_corename(); }

void gemm(float* c, const float* a, const float* b, const Gemm& problem) {
  if (problem.m == 0 || problem.n == 0) return;
  const SingleThread guard;
  const BlasBuffer buffer;
  const auto op = [](bool transpose) { return transpose ? CblasTrans : CblasNoTrans; };
  const auto stride = [](std::int64_t value) { return narrow(std::max<std::int64_t>(value, 1)); };
  blas().sgemm(CblasRowMajor, op(problem.transpose_a), op(problem.transpose_b), narrow(problem.m),
               narrow(problem.n), narrow(problem.k), 1.0f, a, stride(problem.lda), b,
               stride(problem.ldb), problem.beta, c, stride(problem.ldc));
}

}  // namespace hone::kernels
