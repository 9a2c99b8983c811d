// Fibres (Boost.Context), and what the sanitizers have to be told of them.
//
// The emulation itself is compiled without a sanitizer; HONE_EMULATION_ASAN or HONE_EMULATION_TSAN
// says which one watches the kernels. To the thread sanitizer each fibre is a thread of its own,
// and switching orders nothing: only acquire() and release() do.
#pragma once

#include <cstddef>

#if defined(HONE_EMULATION_ASAN)
#include <sanitizer/asan_interface.h>
#endif
#if defined(HONE_EMULATION_TSAN)
extern "C" {
void __tsan_acquire(void* at);
void __tsan_release(void* at);
}
#endif

namespace cuda_emulation {

#if defined(HONE_EMULATION_TSAN)
inline constexpr bool kWatchesRaces = true;
inline void acquire(void* at) { __tsan_acquire(at); }
inline void release(void* at) { __tsan_release(at); }
#else
inline constexpr bool kWatchesRaces = false;
inline void acquire(void*) {}
inline void release(void*) {}
#endif

#if defined(HONE_EMULATION_ASAN)
inline void forbid(void* data, std::size_t bytes) { __asan_poison_memory_region(data, bytes); }
inline void allow(void* data, std::size_t bytes) { __asan_unpoison_memory_region(data, bytes); }
#else
inline void forbid(void*, std::size_t) {}
inline void allow(void*, std::size_t) {}
#endif

class Fiber;

// body(argument) is called on the fibre each time it is resumed after the body has returned.
Fiber* new_fiber(void (*body)(void*));
// Runs `fiber` until it suspends, or its body returns. `argument` is heard when a body begins.
void resume(Fiber* fiber, void* argument);
// Back to who resumed it.
void suspend(Fiber* fiber);

// What runs under it is another thread to the race detector: a stream's work.
class TrackedThread {
 public:
  TrackedThread();
  TrackedThread(const TrackedThread&) = delete;
  TrackedThread& operator=(const TrackedThread&) = delete;
  ~TrackedThread();  // NOLINT(performance-trivially-destructible): not under the race detector
  void enter();
  void leave();

 private:
  void* own_ = nullptr;
  void* back_ = nullptr;
};

}  // namespace cuda_emulation
