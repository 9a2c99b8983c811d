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

namespace hone::kernels {

class CpuBackend : public Backend {
 public:
  CpuBackend(std::shared_ptr<Device> device, const BackendOptions& options, const SimdTable& simd);

 protected:
  void do_fill(View y, double value) override;
  void do_copy(View y, ConstView x, Write write) override;
  void do_advance(View counters, int index, int by) override;
  void do_unary(View y, ConstView x, UnaryParams params) override;
  void do_unary_backward(View dx, ConstView dy, ConstView x, ConstView y, UnaryParams params,
                         Write write) override;
  void do_binary(View y, ConstView a, ConstView b, BinaryOp op) override;
  void do_reduce(View y, ConstView x, ReduceOp op, Write write) override;
  void do_broadcast_to(View y, ConstView x, Write write) override;
  void do_dropout(View y, ConstView x, ConstView step, DropoutParams params, Write write) override;
  void do_matmul(View c, ConstView a, ConstView b, MatmulParams params) override;
  void do_linear_forward(View y, ConstView x, ConstView w, ConstView b,
                         LinearParams params) override;
  void do_linear_backward_input(View dx, ConstView dy, ConstView y, ConstView w,
                                LinearParams params, Write write) override;
  void do_linear_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView x,
                                 LinearParams params, Write write) override;
  void do_conv2d_forward(View y, View argmax, ConstView x, ConstView w, ConstView b,
                         Conv2dParams params) override;
  void do_conv2d_backward_input(View dx, ConstView dy, ConstView y, ConstView argmax, ConstView w,
                                Conv2dParams params, Write write) override;
  void do_conv2d_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView argmax,
                                 ConstView x, Conv2dParams params, Write write) override;
  void do_maxpool2d_forward(View y, View argmax, ConstView x, Pool2dParams params) override;
  void do_maxpool2d_backward(View dx, ConstView dy, ConstView argmax, Pool2dParams params,
                             Write write) override;
  void do_softmax(View y, ConstView x) override;
  void do_softmax_backward(View dx, ConstView dy, ConstView y, Write write) override;
  void do_softmax_cross_entropy_forward(View loss, View probabilities, ConstView logits,
                                        ConstView labels) override;
  void do_softmax_cross_entropy_backward(View dlogits, ConstView probabilities, ConstView labels,
                                         ConstView dloss, Write write) override;
  void do_accumulate_metrics(View sums, ConstView loss, ConstView logits, ConstView labels,
                             ConstView step) override;
  void do_sgd_step(View params, View velocity, ConstView grads, ConstView scalars,
                   std::span<const Segment> segments, SgdParams settings) override;
  void do_adam_step(View params, View m, View v, ConstView grads, ConstView scalars, ConstView step,
                    std::span<const Segment> segments, AdamParams settings) override;
  void do_gather_batch(View x, View labels, ConstView images, ConstView all_labels, ConstView order,
                       ConstView cursor, GatherParams params) override;

  void do_conv2d_plain_forward(View y, ConstView x, ConstView w, Conv2dParams params) override;
  void do_conv2d_plain_backward_input(View dx, ConstView dy, ConstView w, Conv2dParams params,
                                      Write write) override;
  void do_conv2d_plain_backward_weight(View dw, ConstView dy, ConstView x, Conv2dParams params,
                                       Write write) override;

 private:
  // Calls body(first, count) for fixed parts of 0 .. count.
  template <class Body>
  void for_parts(std::int64_t count, std::int64_t part, Body body) {
    const std::int64_t parts = (count + part - 1) / part;
    parallel_for(threads(), parts, [&](std::int64_t i, int) {
      body(i * part, i + 1 < parts ? part : count - i * part);
    });
  }
  // The gradient before ReLU, in the workspace; dy itself without ReLU.
  const float* masked_gradient(ConstView dy, ConstView y, bool relu);
  CpuContext context() { return {threads(), workspace(), simd_}; }

  const SimdTable& simd_;
  Conv2dAlgorithms conv2d_;
};

// Elements that one chunk of a pointwise verb works on.
inline constexpr std::int64_t kPointwisePart = 1 << 15;

inline void require_f32(DType dtype, const char* verb) {
  check(dtype == DType::f32, "{}: the cpu backend computes in f32, got {}; open the ref device",
        verb, name_of(dtype));
}

}  // namespace hone::kernels
