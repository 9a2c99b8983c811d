// Scratch memory of one backend: a stack that grows to what the largest verb needs and stays there.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/pool.h"

namespace hone {

class Workspace {
 public:
  explicit Workspace(std::shared_ptr<Pool> pool, MemoryContext context = 0)
      : pool_(std::move(pool)), context_(context) {}

  // Scratch memory for one recording, with as much room as this one has come to. It gives no block
  // back before its end and starts each verb at the same place: a verb that runs again finds its
  // scratch memory where it was.
  std::shared_ptr<Workspace> for_recording() const;

  // 64-byte aligned, uninitialised, valid until the innermost Scope that was open at the call ends.
  void* take(std::size_t bytes);
  template <class T>
  T* take_array(std::int64_t count) {
    return static_cast<T*>(take(static_cast<std::size_t>(count) * sizeof(T)));
  }

  // Everything taken during its life is given back at its end. Scopes nest.
  class Scope {
   public:
    explicit Scope(Workspace& workspace);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    Workspace& workspace_;
    std::size_t block_;
    std::size_t used_;
  };

 private:
  std::shared_ptr<Pool> pool_;
  MemoryContext context_;
  bool keeps_blocks_ = false;
  std::vector<std::shared_ptr<Buffer>> blocks_;
  std::size_t block_ = 0;  // index of the block in use
  std::size_t used_ = 0;   // bytes taken from it
  int depth_ = 0;
  std::size_t next_ = std::size_t{1} << 20;  // least bytes of the next block
};

}  // namespace hone
