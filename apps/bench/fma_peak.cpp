// Chains of multiply-adds on registers: as many chains as hide the latency, no memory.
#include "apps/bench/fma_peak.h"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "apps/bench/clock.h"
#include "base/parallel_for.h"

namespace hone::bench {
namespace {

constexpr int kChains = 12;
constexpr std::int64_t kRounds = 100'000;

// `run` multiplies by nearly 1, which keeps the values finite, and returns what depends on all of
// the work, so that none of it is removed.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) float run_avx512(float start) {
  __m512 chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.9999f), summand = _mm512_set1_ps(start);
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) chains[i] = _mm512_fmadd_ps(chains[i], factor, summand);
  __m512 sum = chains[0];
  for (int i = 1; i < kChains; ++i) sum = _mm512_add_ps(sum, chains[i]);
  float lanes[16];
  _mm512_storeu_ps(lanes, sum);
  return lanes[0];
}

__attribute__((target("avx2,fma"))) float run_avx2(float start) {
  __m256 chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.9999f), summand = _mm256_set1_ps(start);
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) chains[i] = _mm256_fmadd_ps(chains[i], factor, summand);
  __m256 sum = chains[0];
  for (int i = 1; i < kChains; ++i) sum = _mm256_add_ps(sum, chains[i]);
  float lanes[8];
  _mm256_storeu_ps(lanes, sum);
  return lanes[0];
}
#endif

// Without a fused instruction: a multiplication and an addition, four lanes as the compiler can.
float run_plain(float start) {
  float chains[kChains * 4];
  for (int i = 0; i < kChains * 4; ++i) chains[i] = static_cast<float>(i);
  for (std::int64_t round = 0; round < kRounds; ++round)
    for (float& chain : chains) chain = chain * 0.9999f + start;
  float sum = 0;
  for (const float chain : chains) sum += chain;
  return sum;
}

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
