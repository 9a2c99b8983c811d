// The one way in which a kernel is started.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "kernels/cuda/cuda_error.h"
#include "kernels/cuda/each.h"

namespace hone::kernels {

// Puts kernel(args...) into the stream, for as many models as its arguments have (each.h): the z
// axis of the grid. `name` is a literal, for messages; `shared_bytes` of dynamic shared memory. The
// arguments are copied. Nothing is started for a grid without blocks. Throws as check_cuda() does.
template <class... Parameters, class... Arguments>
void launch(cudaStream_t stream, const char* name, dim3 grid, dim3 block, std::size_t shared_bytes,
            void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (grid.x == 0 || grid.y == 0) return;
  grid.z = static_cast<unsigned>(std::max({1, members_of(arguments)...}));
#if defined(__CUDACC__)
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  check_cuda(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), name);
#else
  using Copies = std::tuple<std::decay_t<Parameters>...>;
  const auto thread = [kernel, copies = Copies(static_cast<Parameters>(arguments)...)] {
    std::apply(kernel, copies);
  };
  check_cuda(cuda_emulation::launch(stream, name, grid, block, shared_bytes, thread), name);
#endif
}

inline constexpr int kThreads = 256;  // of a block of a one-dimensional grid

// A grid of one thread an element; device::for_each walks the rest of very many.
inline dim3 grid_of(std::int64_t count) {
  constexpr std::int64_t kMost = 1 << 20;
  return dim3(static_cast<unsigned>(std::min((count + kThreads - 1) / kThreads, kMost)));
}

// launch() with one thread for each of `count` elements.
template <class... Parameters, class... Arguments>
void launch_each(cudaStream_t stream, const char* name, std::int64_t count,
                 void (*kernel)(Parameters...), Arguments&&... arguments) {
  launch(stream, name, grid_of(count), dim3(kThreads), 0, kernel,
         std::forward<Arguments>(arguments)...);
}

}  // namespace hone::kernels
