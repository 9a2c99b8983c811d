// A race on purpose: the thread sanitizer must see it, or its silence elsewhere means nothing.
#include <atomic>
#include <cstdio>
#include <thread>

#include "base/parallel_for.h"

int main() {
  int shared = 0;
  std::atomic<int> arrived = 0;  // relaxed: orders nothing, but holds two threads to one chunk each
  hone::parallel_for(2, 2, [&](std::int64_t, int) {
    arrived.fetch_add(1, std::memory_order_relaxed);
    for (int i = 0; i < 1000000 && arrived.load(std::memory_order_relaxed) < 2; ++i)
      std::this_thread::yield();
    ++shared;
  });
  std::printf("%d\n", shared);
}
