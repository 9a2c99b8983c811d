// Convolution blocks on the CPU: an ordered list of algorithms for each direction, fastest first.
// The first one that accepts the problem runs; im2col accepts all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cpu/isa/table.h"
#include "kernels/params.h"
#include "kernels/workspace.h"

namespace hone::kernels {

// What a kernel needs of its backend.
struct CpuContext {
  int threads;
  Workspace& workspace;
  const SimdTable& simd;
};

// All extents of one block.
struct Conv2dProblem {
  std::int64_t n, h, w, cin;        // x: [N, H, W, Cin]
  std::int64_t conv_h, conv_w;      // the convolution's output: [N, CH, CW, Cout]
  std::int64_t out_h, out_w, cout;  // y: [N, OH, OW, Cout], pooled if params.pool
  Conv2dParams params;
  Write write = Write::set;  // of the gradients

  // The channels of one group.
  std::int64_t group_in() const { return cin / params.groups; }
  std::int64_t group_out() const { return cout / params.groups; }
  // What one value of the output is a sum over.
  std::int64_t patch() const { return group_in() * params.kernel_h * params.kernel_w; }
  std::int64_t conv_pixels() const { return conv_h * conv_w; }
  std::int64_t out_pixels() const { return out_h * out_w; }
};

// b may be null; argmax is null without pooling.
struct Conv2dForward {
  float* y;              // [N, OH, OW, Cout]
  std::uint8_t* argmax;  // like y
  const float* x;        // [N, H, W, Cin]
  const float* w;        // [Cout, KH, KW, Cin / groups]
  const float* b;        // [Cout]
};

struct Conv2dBackwardInput {
  float* dx;                   // [N, H, W, Cin]
  const float* dy;             // [N, OH, OW, Cout]
  const float* y;              // like dy
  const std::uint8_t* argmax;  // like dy
  const float* w;              // [Cout, KH, KW, Cin / groups]
};

// db may be null.
struct Conv2dBackwardWeight {
  float* dw;                   // [Cout, KH, KW, Cin / groups]
  float* db;                   // [Cout]
  const float* dy;             // [N, OH, OW, Cout]
  const float* y;              // like dy
  const std::uint8_t* argmax;  // like dy
  const float* x;              // [N, H, W, Cin]
};

template <class Arguments>
struct Conv2dAlgorithm {
  const char* name;
  bool (*accepts)(const SimdTable& simd, const Conv2dProblem& problem);
  void (*run)(CpuContext context, const Conv2dProblem& problem, const Arguments& arguments);
};

// The lists that a backend uses; one entry each when an algorithm is forced and has that direction.
struct Conv2dAlgorithms {
  std::vector<Conv2dAlgorithm<Conv2dForward>> forward;
  std::vector<Conv2dAlgorithm<Conv2dBackwardInput>> backward_input;
  std::vector<Conv2dAlgorithm<Conv2dBackwardWeight>> backward_weight;
};

// The algorithm that the option, else the environment's HONE_CONV, forces; "" where neither does.
std::string forced_conv2d(const std::string& option);
// All algorithms, or, when `forced` names one, that one first where it accepts the problem and
// im2col for the rest. Throws Error(usage) for an unknown name.
Conv2dAlgorithms choose_conv2d(const std::string& forced);
std::vector<std::string> conv2d_names();

// kernels/cpu/conv2d/im2col.cpp
bool accepts_all(const SimdTable& simd, const Conv2dProblem& problem);
void im2col_forward(CpuContext context, const Conv2dProblem& problem, const Conv2dForward& a);
void im2col_backward_input(CpuContext context, const Conv2dProblem& problem,
                           const Conv2dBackwardInput& a);
void im2col_backward_weight(CpuContext context, const Conv2dProblem& problem,
                            const Conv2dBackwardWeight& a);

// kernels/cpu/conv2d/depthwise.cpp
bool accepts_depthwise(const SimdTable& simd, const Conv2dProblem& problem);
void depthwise_forward(CpuContext context, const Conv2dProblem& problem, const Conv2dForward& a);
void depthwise_backward_input(CpuContext context, const Conv2dProblem& problem,
                              const Conv2dBackwardInput& a);
void depthwise_backward_weight(CpuContext context, const Conv2dProblem& problem,
                               const Conv2dBackwardWeight& a);

// kernels/cpu/conv2d/direct.cpp
bool accepts_pooled(const SimdTable& simd, const Conv2dProblem& problem);
void direct_forward(CpuContext context, const Conv2dProblem& problem, const Conv2dForward& a);
void direct_backward_input(CpuContext context, const Conv2dProblem& problem,
                           const Conv2dBackwardInput& a);
void direct_backward_weight(CpuContext context, const Conv2dProblem& problem,
                            const Conv2dBackwardWeight& a);

// kernels/cpu/conv2d/winograd.cpp
bool accepts_winograd(const SimdTable& simd, const Conv2dProblem& problem);
bool accepts_winograd_input(const SimdTable& simd, const Conv2dProblem& problem);
void winograd_forward(CpuContext context, const Conv2dProblem& problem, const Conv2dForward& a);
void winograd_backward_input(CpuContext context, const Conv2dProblem& problem,
                             const Conv2dBackwardInput& a);
void winograd_backward_weight(CpuContext context, const Conv2dProblem& problem,
                              const Conv2dBackwardWeight& a);

// kernels/cpu/conv2d/plain.cpp
bool accepts_plain(const SimdTable& simd, const Conv2dProblem& problem);
bool accepts_plain_input(const SimdTable& simd, const Conv2dProblem& problem);
void plain_forward(CpuContext context, const Conv2dProblem& problem, const Conv2dForward& a);
void plain_backward_input(CpuContext context, const Conv2dProblem& problem,
                          const Conv2dBackwardInput& a);
void plain_backward_weight(CpuContext context, const Conv2dProblem& problem,
                           const Conv2dBackwardWeight& a);

}  // namespace hone::kernels
