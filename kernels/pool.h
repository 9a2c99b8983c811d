// Memory of a device: size-bucketed free lists over the device's own allocator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"

namespace hone {

class Pool;

// Whose verbs use a block: those of one backend, in their order, so that a block that is given back
// while verbs are still under way serves the same backend at once and no other. 0: of no backend in
// particular; all memory of a device that is never behind (Device::new_context) is of this kind.
using MemoryContext = std::uint64_t;

// One block of device memory; goes back to its pool when the last owner lets go.
class Buffer {
 public:
  Buffer(void* data, std::size_t bytes, std::size_t bucket, MemoryContext context,
         std::shared_ptr<Pool> pool)
      : data_(data), bytes_(bytes), bucket_(bucket), context_(context), pool_(std::move(pool)) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  MemoryContext context() const { return context_; }

 private:
  void* data_;
  std::size_t bytes_;
  std::size_t bucket_;
  MemoryContext context_;
  std::shared_ptr<Pool> pool_;
};

// The device has no memory of this size left.
class OutOfMemory : public Error {
 public:
  explicit OutOfMemory(const std::string& message) : Error(ErrorKind::device, message) {}
};

// Where a pool gets its memory. Thread-safe.
class RawMemory {
 public:
  virtual ~RawMemory() = default;
  // 64-byte aligned. Throws OutOfMemory, or another Error(device) where the device itself failed.
  virtual void* allocate(std::size_t bytes) = 0;
  // Waits for what may still use the block.
  virtual void release(void* data) noexcept = 0;
  // Fills with 0xff, in order with the verbs of the context.
  virtual void poison(void* data, std::size_t bytes, MemoryContext context) noexcept = 0;
  // Waits for all that the backends of the device were given.
  virtual void settle() noexcept = 0;
};

struct PoolStats {
  std::uint64_t hits = 0;    // served from a free list
  std::uint64_t misses = 0;  // fetched from the device
  std::uint64_t live_bytes = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t held_bytes = 0;  // live and free together
};

// Thread-safe. Freed blocks are kept for the next request of the same bucket and context until
// trim().
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  // `shared`: the device's pool, whose free blocks also go when memory is short; null for itself.
  explicit Pool(std::shared_ptr<RawMemory> memory, std::shared_ptr<Pool> shared = nullptr);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // Uninitialised; `bytes` may be 0 (still a valid, distinct block). Where the device has no room,
  // free blocks are given back and it is asked once more; throws OutOfMemory.
  std::shared_ptr<Buffer> allocate(std::size_t bytes, MemoryContext context = 0);
  // The context's backend is gone and has finished: its blocks may serve anyone.
  void retire(MemoryContext context) noexcept;
  PoolStats stats() const;
  // Gives all free blocks back to the device.
  void trim() noexcept;
  // Blocks are filled with 0xff (NaN as f32 and f64) when they are handed out and when they come
  // back, so that an unwritten output and a use after the end show. For tests.
  void set_poison(bool poison) { poison_ = poison; }
  bool poison() const { return poison_; }

 private:
  friend class Buffer;
  struct Block {
    void* data = nullptr;
    MemoryContext from = 0;
  };
  Block take_free(std::size_t bucket, MemoryContext context);
  void* fetch(std::size_t bucket);
  void make_room(std::size_t bucket, MemoryContext context);
  void* take_any() noexcept;
  void release(const Buffer& buffer, std::size_t bucket) noexcept;

  std::shared_ptr<RawMemory> memory_;
  std::shared_ptr<Pool> shared_;
  struct Lists;
  const std::unique_ptr<Lists> lists_;
  bool poison_ = false;
};

}  // namespace hone
