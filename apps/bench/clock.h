// The clocks of measurements.
#pragma once

#include <ctime>

namespace hone::bench {

inline double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One thread is measured by its own CPU time, which other programs disturb less; several by the
// wall clock.
inline clockid_t clock_for(int threads) {
  return threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

}  // namespace hone::bench
