// The CPU backend: f32, threads through parallel_for, OpenBLAS on fixed tiles, own SIMD loops.
//
// Every verb splits its work into chunks that depend on the shapes alone, so that the result has
// the same bits for any number of threads.
#pragma once

#include "base/error.h"
#include "base/parallel_for.h"
#include "kernels/backend.h"
#include "kernels/cpu/conv2d/conv2d.h"
#include "kernels/cpu/isa/table.h"
#include "kernels/indexing.h"

namespace hone::kernels {

class CpuBackend : public Implements<CpuBackend> {
 public:
  CpuBackend(std::shared_ptr<Device> device, const BackendOptions& options, const SimdTable& simd);
  std::string fingerprint() const override;

  template <class V>
  void implement(const V& verb);

 private:
  // Calls body(first, count) for fixed parts of 0 .. count.
  template <class Body>
  void for_parts(std::int64_t count, std::int64_t part, Body body) {
    const std::int64_t parts = (count + part - 1) / part;
    parallel_for(threads(), parts, [&](std::int64_t i, int) {
      body(i * part, i + 1 < parts ? part : count - i * part);
    });
  }
  // Calls body(at, offsets, n, steps) for runs of n elements of y from element `at` on, over which
  // each operand, given by its strides onto y, moves by its step of 0 or 1 from its offset.
  template <std::size_t N, class Body>
  void for_runs_of(const Shape& y, const std::array<Strides, N>& operands, Body body);
  // The gradient before ReLU, in the workspace; dy itself without ReLU.
  const float* masked_gradient(ConstView dy, ConstView y, bool relu);
  CpuContext context() { return {threads(), workspace(), simd_}; }

  const SimdTable& simd_;
  std::string forced_conv2d_;  // by the options or the environment; empty: none
  Conv2dAlgorithms conv2d_;
};

// Elements that one chunk of a pointwise verb works on.
inline constexpr std::int64_t kPointwisePart = 1 << 15;

inline void require_f32(DType dtype, const char* verb) {
  check(dtype == DType::f32, "{}: the cpu backend computes in f32, got {}; open the ref device",
        verb, name_of(dtype));
}

}  // namespace hone::kernels
