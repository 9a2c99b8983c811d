// What this processor can do at most, measured now.
#pragma once

namespace hone::bench {

// f32 GFLOP/s of independent multiply-adds in registers on `threads` threads, with the widest
// instructions that the processor has. Takes about `seconds`.
double fma_peak_gflops(int threads, double seconds);

}  // namespace hone::bench
