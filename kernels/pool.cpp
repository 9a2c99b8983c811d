// The free lists of Pool.
#include "kernels/pool.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "kernels/exact.h"

namespace hone {
namespace {

// Eight buckets per power of two: at most 1/8 of a block is waste, and nearly equal sizes share
// blocks.
std::size_t bucket_of(std::size_t bytes) {
  if (exact_memory()) return std::max<std::size_t>(bytes, 1);
  const std::size_t least = 64;
  if (bytes <= least) return least;
  const std::size_t step = std::max(least, std::bit_floor(bytes - 1) / 8);
  return (bytes + step - 1) / step * step;
}

}  // namespace

bool exact_memory() {
  static const bool exact = std::getenv("HONE_EXACT_MEMORY") != nullptr;
  return exact;
}

Buffer::~Buffer() { pool_->release(*this, bucket_); }

// All but the mutex is guarded by it.
struct Pool::Lists {
  std::mutex mutex;
  std::map<std::pair<MemoryContext, std::size_t>, std::vector<void*>> free;  // by context, bucket
  std::set<MemoryContext> retired;
  PoolStats stats;
};

Pool::Pool(std::shared_ptr<RawMemory> memory, std::shared_ptr<Pool> shared)
    : memory_(std::move(memory)), shared_(std::move(shared)), lists_(std::make_unique<Lists>()) {}

Pool::~Pool() { trim(); }

// A free block of the context, else one of no context; null when there is neither.
Pool::Block Pool::take_free(std::size_t bucket, MemoryContext context) {
  for (const MemoryContext from : {context, MemoryContext{0}}) {
    const auto list = lists_->free.find({from, bucket});
    if (list == lists_->free.end() || list->second.empty()) continue;
    const Block block{list->second.back(), from};
    list->second.pop_back();
    return block;
  }
  return {};
}

void* Pool::fetch(std::size_t bucket) {
  try {
    return memory_->allocate(bucket);
  } catch (const OutOfMemory&) {
    // A private pool keeps its own free blocks: a recording may have their addresses.
    if (shared_) {
      shared_->trim();
    } else {
      trim();
    }
    return memory_->allocate(bucket);
  }
}

std::shared_ptr<Buffer> Pool::allocate(std::size_t bytes, MemoryContext context) {
  const std::size_t bucket = bucket_of(bytes);
  Block block;
  {
    const std::lock_guard lock(lists_->mutex);
    block = take_free(bucket, context);
    if (block.data != nullptr) {
      ++lists_->stats.hits;
      if (block.from != context) make_room(bucket, context);
    } else {
      ++lists_->stats.misses;
      lists_->stats.held_bytes += bucket;
      make_room(bucket, context);
      make_room(bucket, 0);
    }
    lists_->stats.live_bytes += bucket;
    lists_->stats.peak_bytes = std::max(lists_->stats.peak_bytes, lists_->stats.live_bytes);
  }
  try {
    if (block.data == nullptr) {
      block.data = fetch(bucket);
    } else if (block.from == 0) {
      memory_->settle();  // any backend may have used it
    }
    if (poison_) memory_->poison(block.data, bucket, context);
    return std::make_shared<Buffer>(block.data, bytes, bucket, context, shared_from_this());
  } catch (...) {
    const std::lock_guard lock(lists_->mutex);
    lists_->stats.live_bytes -= bucket;
    if (block.data != nullptr) {
      lists_->free[{block.from, bucket}].push_back(block.data);
    } else {
      lists_->stats.held_bytes -= bucket;
    }
    throw;
  }
}

// So that release(), which may not throw, need not allocate.
void Pool::make_room(std::size_t bucket, MemoryContext context) {
  std::vector<void*>& list = lists_->free[{context, bucket}];
  list.reserve(list.capacity() + 1);
}

void Pool::release(const Buffer& buffer, std::size_t bucket) noexcept {
  if (poison_) memory_->poison(buffer.data(), bucket, buffer.context());
  const std::lock_guard lock(lists_->mutex);
  lists_->stats.live_bytes -= bucket;
  const bool retired = lists_->retired.contains(buffer.context());
  lists_->free[{retired ? 0 : buffer.context(), bucket}].push_back(buffer.data());
}

void Pool::retire(MemoryContext context) noexcept {
  if (context == 0) return;
  const std::lock_guard lock(lists_->mutex);
  try {
    lists_->retired.insert(context);
    for (auto& [key, list] : lists_->free) {
      if (key.first != context) continue;
      auto& to = lists_->free[{0, key.second}];
      to.insert(to.end(), list.begin(), list.end());
      list.clear();
    }
  } catch (const std::bad_alloc&) {
    // The blocks stay where only trim() finds them.
  }
}

PoolStats Pool::stats() const {
  const std::lock_guard lock(lists_->mutex);
  return lists_->stats;
}

// Takes one free block out of its list; null when there is none.
void* Pool::take_any() noexcept {
  const std::lock_guard lock(lists_->mutex);
  for (auto& [key, list] : lists_->free) {
    if (list.empty()) continue;
    void* data = list.back();
    list.pop_back();
    lists_->stats.held_bytes -= key.second;
    return data;
  }
  return nullptr;
}

void Pool::trim() noexcept {
  // Given back without the lock: a device may have to finish verbs first, which take memory
  // themselves. One by one: a list of them would take memory where there is none.
  while (void* data = take_any()) memory_->release(data);
}

}  // namespace hone
