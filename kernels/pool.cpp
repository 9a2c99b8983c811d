// The free lists of Pool.
#include "kernels/pool.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hone {
namespace {

// Eight buckets per power of two: at most 1/8 of a block is waste, and nearly equal sizes share
// blocks.
std::size_t bucket_of(std::size_t bytes) {
  const std::size_t least = 64;
  if (bytes <= least) return least;
  const std::size_t step = std::max(least, std::bit_floor(bytes - 1) / 8);
  return (bytes + step - 1) / step * step;
}

}  // namespace

Buffer::~Buffer() { pool_->release(data_, bytes_, bucket_); }

Pool::~Pool() { trim(); }

std::shared_ptr<Buffer> Pool::allocate(std::size_t bytes) {
  const std::size_t bucket = bucket_of(bytes);
  void* data = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& list = free_[bucket];
    if (!list.empty()) {
      data = list.back();
      list.pop_back();
      ++stats_.hits;
    } else {
      ++stats_.misses;
      stats_.held_bytes += bucket;
      list.reserve(list.capacity() + 1);  // so that release() need not allocate
    }
    stats_.live_bytes += bucket;
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  }
  try {
    if (data == nullptr) data = fetch(bucket);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    stats_.held_bytes -= bucket;
    stats_.live_bytes -= bucket;
    throw;
  }
  if (poison_) std::memset(data, 0xff, bucket);
  return std::make_shared<Buffer>(data, bytes, bucket, shared_from_this());
}

void* Pool::fetch(std::size_t bucket) {
  try {
    return memory_->allocate(bucket);
  } catch (const OutOfMemory&) {
    trim();
  }
  return memory_->allocate(bucket);
}

void Pool::release(void* data, std::size_t, std::size_t bucket) noexcept {
  const std::lock_guard lock(mutex_);
  stats_.live_bytes -= bucket;
  free_[bucket].push_back(data);
}

PoolStats Pool::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void Pool::trim() {
  const std::lock_guard lock(mutex_);
  for (auto& [bucket, list] : free_) {
    for (void* data : list) memory_->release(data);
    stats_.held_bytes -= bucket * list.size();
    list.clear();
  }
}

void Pool::set_poison(bool poison) { poison_ = poison; }

}  // namespace hone
