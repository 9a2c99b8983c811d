// Chains of multiply-adds on registers: as many chains as hide the latency, no memory.
#include "apps/bench/fma_peak.h"

#include <algorithm>
#include <cstdint>

#include "apps/bench/clock.h"
#include "kernels/base/parallel_for.h"

namespace hone::bench {
namespace {

constexpr int kChains = 12;
constexpr std::int64_t kRounds = 100'000;

// Vectors of the compiler; the function's target decides the instructions. The result is returned
// so that the work is not removed; multiplying by nearly 1 keeps the values finite.
#define HONE_FMA_LOOP(bytes)                                                    \
  typedef float Vector __attribute__((vector_size(bytes)));                     \
  Vector chains[kChains];                                                       \
  for (int i = 0; i < kChains; ++i) chains[i] = Vector{} + float(i);            \
  const Vector factor = Vector{} + 0.9999f, summand = Vector{} + start;         \
  for (std::int64_t round = 0; round < kRounds; ++round)                        \
    for (int i = 0; i < kChains; ++i) chains[i] = chains[i] * factor + summand; \
  Vector sum{};                                                                 \
  for (int i = 0; i < kChains; ++i) sum += chains[i];                           \
  return sum[0];

#if defined(__x86_64__)
__attribute__((target("avx512f"), optimize("fp-contract=fast", "unroll-loops"))) float run_avx512(
    float start) {
  HONE_FMA_LOOP(64)
}
__attribute__((target("avx2,fma"), optimize("fp-contract=fast", "unroll-loops"))) float run_avx2(
    float start) {
  HONE_FMA_LOOP(32)
}
#endif
__attribute__((optimize("fp-contract=fast", "unroll-loops"))) float run_plain(float start) {
  HONE_FMA_LOOP(16)
}
#undef HONE_FMA_LOOP

struct Loop {
  float (*run)(float);
  int lanes;
};

Loop widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {run_avx512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {run_avx2, 8};
#endif
  return {run_plain, 4};
}

volatile float sink;

}  // namespace

double fma_peak_gflops(int threads, double seconds) {
  const Loop loop = widest();
  const clockid_t clock = clock_for(threads);
  const double flops = 2.0 * kChains * kRounds * loop.lanes * threads;
  double best = 0;
  const double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  do {
    const double start = seconds_of(clock);
    parallel_for(threads, threads, [&](std::int64_t chunk, int) {
      const float result = loop.run(static_cast<float>(chunk) * 1e-6f);
      if (result == 0.125f) sink = result;
    });
    best = std::max(best, flops / (seconds_of(clock) - start));
  } while (seconds_of(CLOCK_MONOTONIC) < end);
  return best * 1e-9;
}

}  // namespace hone::bench
