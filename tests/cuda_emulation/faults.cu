// faults FAULT: some kernels on two streams, checked against plain loops, with one fault planted;
// `none` plants none. Ends with 1 where numbers are wrong. tests/cuda_emulation/faults_test.py says
// which way of running it finds which fault.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/cuda/device_api.h"
#include "kernels/cuda/launch.h"

namespace hone::kernels {

// That of cuda_error.cpp would bring hone's libraries along.
void check_cuda(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  std::fprintf(stderr, "faults: %s: %s\n", what, cudaGetErrorString(code));
  std::exit(3);
}

namespace {

enum Fault {
  none,
  index_global,        // reads behind an array
  index_shared,        // writes behind the dynamic shared memory
  misaligned,          // loads four floats at once from where they may not lie
  barrier_before_use,  // none between filling a tile and reading it
  barrier_after_use,   // none between reading a tile and filling it again
  barrier_reuse,       // none between two uses of one array by sums over the block
  two_blocks,          // write one element
  divergent_shuffle,   // some lanes leave it out
  divergent_barrier,   // some threads leave it out
  missing_event,       // one stream reads what the other writes
  kFaults
};
constexpr const char* kNames[] = {"none",
                                  "index_global",
                                  "index_shared",
                                  "misaligned",
                                  "barrier_before_use",
                                  "barrier_after_use",
                                  "barrier_reuse",
                                  "two_blocks",
                                  "divergent_shuffle",
                                  "divergent_barrier",
                                  "missing_event"};

constexpr int kTile = 16;
using Tile = float[kTile][kTile + 1];

// c: [m, n] = a: [m, k] b: [k, n]
__global__ void product(float* c, const float* a, const float* b, int m, int n, int k, int fault) {
  HONE_SHARED(Tile, from_a);
  HONE_SHARED(Tile, from_b);
  const int tx = device::thread_x(), ty = device::thread_y();
  const int row = device::block_y() * kTile + ty, column = device::block_x() * kTile + tx;
  float sum = 0;
  for (int t = 0; t < k; t += kTile) {
    const bool inside = row < m && (t + tx < k || fault == index_global);
    from_a[ty][tx] = inside ? a[row * k + t + tx] : 0.0f;
    from_b[ty][tx] = t + ty < k && column < n ? b[(t + ty) * n + column] : 0.0f;
    if (fault != barrier_before_use) device::barrier();
    for (int i = 0; i < kTile; ++i) sum += from_a[ty][i] * from_b[i][tx];
    if (fault != barrier_after_use) device::barrier();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}

// The sum over the block, thread 0's.
__device__ float sum_of(float value, int fault) {
  using Partial = float[32];
  HONE_SHARED(Partial, partial);
  for (int distance = 16; distance > 0; distance /= 2) {
    if (fault == divergent_shuffle && device::thread_x() == 7 && distance == 2) continue;
    value += device::shuffle_down(value, distance);
  }
  const int lane = device::thread_x() % 32, warp = device::thread_x() / 32;
  if (lane == 0) partial[warp] = value;
  if (fault != divergent_barrier || device::thread_x() < 200) device::barrier();
  value = 0;
  if (device::thread_x() == 0)
    for (int i = 0; i < device::threads_x() / 32; ++i) value += partial[i];
  if (fault != barrier_reuse) device::barrier();
  return value;
}

// y: [rows, 2] = sum and count of each row of x: [rows, count]
__global__ void sums(float* y, const float* x, int count, int fault) {
  const float* row = x + device::block_x() * count;
  float value = 0, counted = 0;
  for (int i = device::thread_x(); i < count; i += device::threads_x()) {
    value += row[i];
    counted += 1;
  }
  value = sum_of(value, fault);
  counted = sum_of(counted, fault);
  if (device::thread_x() != 0) return;
  y[2 * device::block_x()] = value;
  y[2 * device::block_x() + 1] = counted;
  if (fault == two_blocks) y[2 * device::blocks_x()] = 1;
}

// y: [rows, count] = x with each row turned around, through shared memory.
__global__ void reversed(float* y, const float* x, int count, int fault) {
  HONE_DYNAMIC_SHARED(float, row);
  const int i = device::thread_x(), first = device::block_x() * count;
  if (i < count) row[i] = x[first + i];
  if (i == 0 && fault == index_shared) row[count] = 1;
  device::barrier();
  if (i < count) y[first + i] = row[count - 1 - i];
}

// y: [4] = x: [4], at once.
__global__ void four(float* y, const float* x) {
  *reinterpret_cast<float4*>(y) = *reinterpret_cast<const float4*>(x);
}

float* on_device(std::size_t count) {
  float* data = nullptr;
  check_cuda(cudaMalloc(&data, count * sizeof(float)), "cudaMalloc");
  return data;
}

int run(int fault) {
  constexpr int m = 37, n = 45, k = 53;
  std::vector<float> a(m * k), b(k * n), c(m * n), y(2 * m + 1), back(m * k), copy(4);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * 7 % 11) - 5;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i * 5 % 13) - 6;
  cudaStream_t one = nullptr, two = nullptr;
  cudaEvent_t ready = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&one, cudaStreamNonBlocking), "stream");
  check_cuda(cudaStreamCreateWithFlags(&two, cudaStreamNonBlocking), "stream");
  check_cuda(cudaEventCreateWithFlags(&ready, cudaEventDisableTiming), "event");
  float *da = on_device(a.size()), *db = on_device(b.size()), *dc = on_device(c.size());
  float *dy = on_device(y.size()), *dback = on_device(back.size()), *dcopy = on_device(8);
  const auto bring = [](std::vector<float>& to, const float* from, cudaStream_t stream) {
    check_cuda(
        cudaMemcpyAsync(to.data(), from, to.size() * sizeof(float), cudaMemcpyDeviceToHost, stream),
        "download");
  };
  check_cuda(cudaMemcpyAsync(da, a.data(), a.size() * sizeof(float), cudaMemcpyHostToDevice, one),
             "upload");
  check_cuda(cudaMemcpyAsync(db, b.data(), b.size() * sizeof(float), cudaMemcpyHostToDevice, one),
             "upload");
  launch(one, "product", dim3((n + kTile - 1) / kTile, (m + kTile - 1) / kTile), dim3(kTile, kTile),
         0, product, dc, da, db, m, n, k, fault);
  check_cuda(cudaEventRecord(ready, one), "record");
  if (fault != missing_event) check_cuda(cudaStreamWaitEvent(two, ready, 0), "wait");
  launch(two, "sums", dim3(m), dim3(256), 0, sums, dy, dc, n, fault);
  launch(one, "reversed", dim3(m), dim3(64), k * sizeof(float), reversed, dback, da, k, fault);
  launch(one, "four", dim3(1), dim3(1), 0, four, dcopy, da + (fault == misaligned ? 1 : 0));
  bring(c, dc, two);
  bring(y, dy, two);
  bring(back, dback, one);
  bring(copy, dcopy, one);
  check_cuda(cudaStreamSynchronize(two), "wait");
  check_cuda(cudaStreamSynchronize(one), "wait");
  int wrong = 0;
  for (int i = 0; i < m; ++i) {
    float total = 0;
    for (int j = 0; j < n; ++j) {
      float expected = 0;
      for (int q = 0; q < k; ++q)
        expected += a[static_cast<std::size_t>(i * k + q)] * b[static_cast<std::size_t>(q * n + j)];
      wrong += c[static_cast<std::size_t>(i * n + j)] != expected;
      total += expected;
    }
    wrong += y[static_cast<std::size_t>(2 * i)] != total;
    wrong += y[static_cast<std::size_t>(2 * i + 1)] != n;
    for (int q = 0; q < k; ++q)
      wrong += back[static_cast<std::size_t>(i * k + q)] !=
               a[static_cast<std::size_t>(i * k + k - 1 - q)];
  }
  for (std::size_t i = 0; i < 4; ++i) wrong += copy[i] != a[i + (fault == misaligned ? 1 : 0)];
  std::printf("%s: %d wrong numbers\n", kNames[fault], wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hone::kernels

int main(int argc, char** argv) {
  for (int fault = 0; argc == 2 && fault < hone::kernels::kFaults; ++fault)
    if (std::strcmp(argv[1], hone::kernels::kNames[fault]) == 0) return hone::kernels::run(fault);
  std::fprintf(stderr, "usage: faults FAULT\n");
  return 2;
}
