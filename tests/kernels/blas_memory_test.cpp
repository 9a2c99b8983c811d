// Too little memory for the BLAS library is an error; left alone, it tries for ever.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/parallel_for.h"
#include "kernels/cpu/gemm.h"

#ifndef HONE_SANITIZED

namespace {

// In a child process: products side by side on more threads than before, in little address space.
int products_in_little_memory() {
  constexpr int kThreads = 24;
  constexpr std::int64_t kSize = 600;
  const std::vector<float> a(kSize * kSize, 1.0f), b = a;
  std::vector<std::vector<float>> c(kThreads, a);
  hone::parallel_for(kThreads, 1000,
                     [](std::int64_t, int) { ::usleep(100); });  // makes the threads
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit limit{pages * 4096 + (rlim_t{16} << 20), RLIM_INFINITY};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
  std::atomic<int> waiting{0};
  try {
    hone::parallel_for(kThreads, kThreads, [&](std::int64_t i, int) {
      ++waiting;
      for (int spin = 0; waiting < kThreads && spin < 1000; ++spin) ::usleep(100);
      hone::kernels::gemm(
          c[static_cast<std::size_t>(i)].data(), a.data(), b.data(),
          {.m = kSize, .n = kSize, .k = kSize, .lda = kSize, .ldb = kSize, .ldc = kSize});
    });
  } catch (const hone::Error& error) {
    const bool says = std::string(error.what()).find("OpenBLAS") != std::string::npos;
    return says && error.kind() == hone::ErrorKind::device ? 0 : 2;
  }
  return 3;
}

}  // namespace

TEST_CASE("too little memory for the BLAS library is an error, not a wait for ever") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(products_in_little_memory());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

#endif
