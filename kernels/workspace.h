// Scratch memory of one backend: a stack that grows to what the largest verb needs and stays there.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/pool.h"

namespace hone {

class Workspace {
 public:
  explicit Workspace(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}

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
    std::size_t block_ = 0;
    std::size_t used_ = 0;
  };

 private:
  // One block in the place of several: contiguous memory, and no search.
  void merge();

  std::shared_ptr<Pool> pool_;
  std::vector<std::shared_ptr<Buffer>> blocks_;
  std::size_t block_ = 0;  // index of the block in use
  std::size_t used_ = 0;   // bytes taken from it
  int depth_ = 0;
};

}  // namespace hone
