// The reference backend: plain loops, one thread, f32 and f64. It says what each verb means; every
// other backend is tested against it. Each family of verbs has its own file, named as the op.
//
// The convolution blocks come from the base class, which builds them of the plain verbs.
#pragma once

#include "base/error.h"
#include "kernels/backend.h"

namespace hone::kernels {

class RefBackend : public Backend {
 public:
  using Backend::Backend;

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
};

// Calls use(T{}) with the C++ type of a float view.
template <class Use>
void with_float(DType dtype, const char* verb, Use use) {
  if (dtype == DType::f32) return use(float{});
  if (dtype == DType::f64) return use(double{});
  fail(ErrorKind::usage, "{}: f32 or f64 expected, got {}", verb, name_of(dtype));
}

// y = value or y += value.
template <class T, class V>
void put(T& y, V value, Write write) {
  y = write == Write::set ? static_cast<T>(value) : static_cast<T>(y + static_cast<T>(value));
}

}  // namespace hone::kernels
