// Convolutions without their epilogues on a CUDA device: the seam between the verbs and a library
// that has plans.
#pragma once

#include <cuda_runtime.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "kernels/device.h"
#include "kernels/params.h"

namespace hone::kernels {

enum class ConvDirection : std::uint8_t { forward, backward_input, backward_weight };

// A cross-correlation without bias, ReLU and pooling. x: [n, h, w, cin], weight: [cout, kernel_h,
// kernel_w, cin / groups], y: [n, oh, ow, cout], all f32.
struct ConvProblem {
  ConvDirection direction = ConvDirection::forward;
  std::int64_t n = 0, h = 0, w = 0, cin = 0, cout = 0;
  std::int64_t oh = 0, ow = 0;
  int kernel_h = 0, kernel_w = 0, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1, groups = 1;
  int alignment = 16;  // bytes that all three pointers are a multiple of: 16 or 4

  constexpr std::int64_t group_in() const { return cin / groups; }
  constexpr std::int64_t group_out() const { return cout / groups; }

  // clang-tidy takes the 0 that the compiler compares with for a pointer.
  auto operator<=>(const ConvProblem&) const = default;  // NOLINT(modernize-use-nullptr)
};

// From shapes as the verbs have them; relu and pool of `params` are not looked at.
ConvProblem conv_problem(ConvDirection direction, const Shape& x, std::int64_t cout,
                         const Conv2dParams& params);

// How a library runs one problem. Deterministic; overwrites its output.
class ConvPlan {
 public:
  virtual ~ConvPlan() = default;
  // Bytes of scratch memory that run() needs.
  virtual std::size_t workspace_bytes() const = 0;
  // out, a, b: y, x, weight; dx, dy, weight; or dweight, dy, x, by the problem's direction.
  virtual void run(cudaStream_t stream, void* out, const void* a, const void* b,
                   void* workspace) = 0;
};

// Finds plans and keeps them by problem. One for each backend.
class ConvPlanner {
 public:
  virtual ~ConvPlanner() = default;
  // Null where the library has no deterministic plan of this precision within the bound of
  // workspace: then im2col and a product do it.
  virtual ConvPlan* plan(const ConvProblem& problem) = 0;
};

}  // namespace hone::kernels
