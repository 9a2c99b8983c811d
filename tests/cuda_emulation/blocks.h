// Running the blocks of a grid, one after the other, the threads of a block on fibres.
//
// A thread runs until it waits for others. What a device would hang on or leave undefined ends the
// process with the kernel, block and thread: a barrier or a shuffle that not all reach, two places
// in the source that wait for each other, too much shared memory. Shared memory is filled with 0xff
// for each block, with forbidden gaps between variables.
#pragma once

#include <cuda_runtime.h>

#include <functional>
#include <memory>

namespace cuda_emulation {

struct Grid {
  const char* name;
  dim3 grid, block;
  std::size_t shared_bytes;
  std::function<void()> thread;
};

// Whether a device would take it; cudaSuccess if so.
cudaError_t checked(const Grid& grid);

// The fibres and the shared memory that the grids of one stream run on.
class Executor {
 public:
  Executor();
  ~Executor();
  // One grid of the process at a time.
  void run(const Grid& grid);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cuda_emulation
