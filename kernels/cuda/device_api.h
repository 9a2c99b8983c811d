// All of CUDA that device code uses: where a thread is, barriers, shuffles, shared memory, sums
// over a block. Kernels say nothing of CUDA but __global__ and __device__ themselves, so that the
// same sources run on the host as well (tests/cuda_emulation), where threads are fibres.
//
// Blocks are one- or two-dimensional and their size is a multiple of 32; the z axis of the grid is
// that of models (each.h).
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/cuda/each.h"

namespace hone::kernels::device {

#if defined(__CUDACC__)

// Where in the source something was called; on a device nobody asks.
struct Site {
  static constexpr __device__ Site current() { return {}; }
};

// HONE_SHARED(T, name): `name` is a T that the threads of a block share. An array is a T by an
// alias: using Tile = float[16][17].
#define HONE_SHARED(T, name)  \
  __shared__ T name##_shared; \
  T& name = name##_shared
// HONE_DYNAMIC_SHARED(T, name): `name` points to the dynamic shared memory that launch() was told.
#define HONE_DYNAMIC_SHARED(T, name)                              \
  extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
  T* name = reinterpret_cast<T*>(dynamic_shared)

__device__ inline int thread_x() { return static_cast<int>(threadIdx.x); }
__device__ inline int thread_y() { return static_cast<int>(threadIdx.y); }
__device__ inline int threads_x() { return static_cast<int>(blockDim.x); }
__device__ inline int block_x() { return static_cast<int>(blockIdx.x); }
__device__ inline int block_y() { return static_cast<int>(blockIdx.y); }
__device__ inline int block_z() { return static_cast<int>(blockIdx.z); }
__device__ inline int blocks_x() { return static_cast<int>(gridDim.x); }

// All threads of the block come here before one goes on; what they wrote is seen by all.
__device__ inline void barrier(Site = Site::current()) { __syncthreads(); }

// `value` of the lane `distance` further up in the warp, the own one where there is none.
template <class T>
__device__ inline T shuffle_down(T value, int distance, Site = Site::current()) {
  return __shfl_down_sync(0xffffffffu, value, static_cast<unsigned>(distance));
}

#else

using cuda_emulation::Site;

#define HONE_SHARED(T, name)        \
  static const char name##_key = 0; \
  T& name = *static_cast<T*>(cuda_emulation::shared_memory(&name##_key, sizeof(T), alignof(T)))
#define HONE_DYNAMIC_SHARED(T, name) \
  T* name = static_cast<T*>(cuda_emulation::dynamic_shared_memory())

inline int thread_x() { return cuda_emulation::thread_index().x; }
inline int thread_y() { return cuda_emulation::thread_index().y; }
inline int threads_x() { return cuda_emulation::block_size().x; }
inline int block_x() { return cuda_emulation::block_index().x; }
inline int block_y() { return cuda_emulation::block_index().y; }
inline int block_z() { return cuda_emulation::block_index().z; }
inline int blocks_x() { return cuda_emulation::grid_size().x; }

inline void barrier(Site site = Site::current()) { cuda_emulation::barrier(site); }

template <class T>
inline T shuffle_down(T value, int distance, Site site = Site::current()) {
  T result;
  cuda_emulation::shuffle_down(&result, &value, sizeof(T), distance, site);
  return result;
}

#endif

// Calls body(i) once for each i of 0 .. count, over all threads of a one-dimensional grid.
template <class Body>
__device__ inline void for_each(std::int64_t count, Body body) {
  const std::int64_t step = static_cast<std::int64_t>(threads_x()) * blocks_x();
  for (std::int64_t i = static_cast<std::int64_t>(block_x()) * threads_x() + thread_x(); i < count;
       i += step)
    body(i);
}

// combine(combine(v0, v1), ...) over the threads of a one-dimensional block, in an order that
// depends on the size of the block alone; `none` changes nothing. The result is thread 0's.
template <class T, class Combine>
__device__ inline T block_reduce(T value, T none, Combine combine, Site site = Site::current()) {
  using Warps = T[32];
  HONE_SHARED(Warps, partial);
  for (int distance = 16; distance > 0; distance /= 2)
    value = combine(value, shuffle_down(value, distance, site));
  const int lane = thread_x() % 32, warp = thread_x() / 32;
  if (lane == 0) partial[warp] = value;
  device::barrier(site);
  if (warp == 0) {
    value = lane < threads_x() / 32 ? partial[lane] : none;
    for (int distance = 16; distance > 0; distance /= 2)
      value = combine(value, shuffle_down(value, distance, site));
  }
  device::barrier(site);  // before the next use of `partial`
  return value;
}

template <class T>
__device__ inline T block_sum(T value, Site site = Site::current()) {
  return block_reduce(
      value, T(0), [](T a, T b) { return a + b; }, site);
}

}  // namespace hone::kernels::device

namespace hone::kernels {

template <class T>
__device__ inline Each<T>::operator T*() const {
  return stride_ == 0 ? data_ : moved(stride_ * device::block_z());
}

}  // namespace hone::kernels
