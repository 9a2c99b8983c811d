// Memory of a device: size-bucketed free lists over the device's own allocator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"

namespace hone {

// The device has no memory of this size left.
class OutOfMemory : public Error {
 public:
  explicit OutOfMemory(const std::string& message) : Error(ErrorKind::device, message) {}
};

class Pool;

// One block of device memory; goes back to its pool when the last owner lets go.
class Buffer {
 public:
  Buffer(void* data, std::size_t bytes, std::size_t bucket, std::shared_ptr<Pool> pool)
      : data_(data), bytes_(bytes), bucket_(bucket), pool_(std::move(pool)) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* data_;
  std::size_t bytes_;
  std::size_t bucket_;
  std::shared_ptr<Pool> pool_;
};

// Where a pool gets its memory. Thread-safe.
class RawMemory {
 public:
  virtual ~RawMemory() = default;
  // 64-byte aligned. Throws OutOfMemory, or another Error(device) where the device itself failed.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data) noexcept = 0;
};

struct PoolStats {
  std::uint64_t hits = 0;    // served from a free list
  std::uint64_t misses = 0;  // fetched from the device
  std::uint64_t live_bytes = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t held_bytes = 0;  // live and free together
};

// Thread-safe. Freed blocks are kept for the next request of the same bucket until trim().
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  explicit Pool(std::shared_ptr<RawMemory> memory) : memory_(std::move(memory)) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // Uninitialised; `bytes` may be 0 (still a valid, distinct block). Throws OutOfMemory where the
  // device has none left even after trim().
  std::shared_ptr<Buffer> allocate(std::size_t bytes);
  PoolStats stats() const;
  // Gives all free blocks back to the device.
  void trim();
  // New blocks are filled with 0xff (NaN as f32 and f64), so that an unwritten output shows. For
  // tests.
  void set_poison(bool poison);

 private:
  friend class Buffer;
  // From the device; frees what is kept here when that has nothing left.
  void* fetch(std::size_t bucket);
  void release(void* data, std::size_t bytes, std::size_t bucket) noexcept;

  std::shared_ptr<RawMemory> memory_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> free_;
  PoolStats stats_;
  bool poison_ = false;
};

}  // namespace hone
