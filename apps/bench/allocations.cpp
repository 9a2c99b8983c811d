// Replaces operator new for the whole program: malloc, and a counter for what is large. The other
// forms (arrays, nothrow, sized delete) go through these by the rules of the language.
#include "apps/bench/allocations.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace hone::bench {
namespace {

std::atomic<std::uint64_t> large{0};

void count(std::size_t bytes) {
  if (bytes >= kLargeAllocation) large.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::uint64_t large_allocations() { return large.load(std::memory_order_relaxed); }

}  // namespace hone::bench

void* operator new(std::size_t bytes) {
  hone::bench::count(bytes);
  if (void* data = std::malloc(std::max<std::size_t>(bytes, 1))) return data;
  throw std::bad_alloc();
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  hone::bench::count(bytes);
  const std::size_t least = std::max(static_cast<std::size_t>(alignment), sizeof(void*));
  void* data = nullptr;
  if (posix_memalign(&data, least, std::max<std::size_t>(bytes, 1)) == 0) return data;
  throw std::bad_alloc();
}

void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }
