// The contract of a backend: the verbs, readable top to bottom.
//
// A verb takes views (outputs first, then inputs, then parameters), never owns memory, never
// allocates outside its workspace, and checks nothing but what is cheap: the op layer above checks
// shapes and says what is wrong. Shapes: activations [N, H, W, C], convolution weights [Cout, KH,
// KW, Cin], dense weights [in, out]. Same inputs, same bits, for any number of threads.
//
// One Backend is one execution context on a Device: use it from one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "kernels/params.h"
#include "kernels/view.h"
#include "kernels/workspace.h"

namespace hone {

// Entries of the f64 sums that accumulate_metrics keeps.
enum MetricSum : int {
  kLossSum,       // sum over samples of the loss
  kCorrectSum,    // samples whose largest logit is the label
  kSampleSum,     // samples
  kFirstBadStep,  // 1 + step of the first loss that was not finite, 0 if none
  kMetricSums
};

// One verb call of a timed replay.
struct VerbTime {
  const char* name;  // of the verb, a literal
  Shape shape;       // of its first output
  double seconds;
};

// A recorded sequence of verb calls that can be run again.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
  virtual std::size_t size() const = 0;  // verb calls
  // Replays once and tells the time of every call in order; `now` reads a clock in seconds. A
  // recording that cannot tell its calls apart replays as a whole and returns nothing.
  virtual std::vector<VerbTime> replay_timed(const std::function<double()>& now);
};

// One verb call of a recording.
struct RecordedVerb {
  const char* name;
  Shape shape;
  std::function<void()> run;
};

class Backend {
 public:
  Backend(std::shared_ptr<Device> device, const BackendOptions& options);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  Device& device() const { return *device_; }
  int threads() const { return threads_; }
  const BackendOptions& options() const { return options_; }
  Workspace& workspace() { return workspace_; }
  // Blocks until all verbs are done. A CPU backend is always done.
  virtual void synchronize() {}

  // Between the two calls every verb runs and is recorded. The memory that the recorded verbs use
  // must outlive the recording. Recordings do not nest.
  virtual void begin_recording();
  virtual std::unique_ptr<Recording> end_recording();
  bool recording() const { return recording_; }

  // --- memory ---

  // Every element of y becomes `value`.
  void fill(View y, double value) {
    run("fill", y, [=, this] { do_fill(y, value); });
  }

  // y = x or y += x; same shape and type.
  void copy(View y, ConstView x, Write write = Write::set) {
    run("copy", y, [=, this] { do_copy(y, x, write); });
  }

  // counters[index] += by. counters: i32 [n]
  void advance(View counters, int index, int by) {
    run("advance", counters, [=, this] { do_advance(counters, index, by); });
  }

  // --- pointwise ---

  // y = op(x); y and x may be the same memory.
  void unary(View y, ConstView x, UnaryParams params) {
    run("unary", y, [=, this] { do_unary(y, x, params); });
  }

  // dx = dy * op'(x), from x and y = op(x). dx may be the memory of dy. ReLU's gradient at 0 is 0.
  void unary_backward(View dx, ConstView dy, ConstView x, ConstView y, UnaryParams params,
                      Write write) {
    run("unary_backward", dx, [=, this] { do_unary_backward(dx, dy, x, y, params, write); });
  }

  // y = op(a, b) with NumPy broadcasting; y has the broadcast shape.
  void binary(View y, ConstView a, ConstView b, BinaryOp op) {
    run("binary", y, [=, this] { do_binary(y, a, b, op); });
  }

  // Reduces every axis on which y has extent 1 and x has not; same rank. Fixed order of summation.
  void reduce(View y, ConstView x, ReduceOp op, Write write) {
    run("reduce", y, [=, this] { do_reduce(y, x, op, write); });
  }

  // Repeats x along every axis on which it has extent 1 and y has not; same rank.
  void broadcast_to(View y, ConstView x, Write write) {
    run("broadcast_to", y, [=, this] { do_broadcast_to(y, x, write); });
  }

  // y = x * mask / (1 - p), the mask from DropoutParams and step[0]. Also its own backward: call it
  // with dx, dy. step: i32 [1]
  void dropout(View y, ConstView x, ConstView step, DropoutParams params, Write write) {
    run("dropout", y, [=, this] { do_dropout(y, x, step, params, write); });
  }

  // --- linear algebra ---

  // c = op(a) * op(b) or c += it. a: [m, k] or, transposed, [k, m]; b: [k, n] or [n, k]; c: [m, n]
  void matmul(View c, ConstView a, ConstView b, MatmulParams params) {
    run("matmul", c, [=, this] { do_matmul(c, a, b, params); });
  }

  // y = x * w (+ b) (ReLU). y: [N, out], x: [N, in], w: [in, out], b: [out] or empty
  void linear_forward(View y, ConstView x, ConstView w, ConstView b, LinearParams params) {
    run("linear_forward", y, [=, this] { do_linear_forward(y, x, w, b, params); });
  }

  // dx: [N, in] from dy: [N, out], w: [in, out]; with params.relu, dy counts only where y > 0.
  void linear_backward_input(View dx, ConstView dy, ConstView y, ConstView w, LinearParams params,
                             Write write) {
    run("linear_backward_input", dx,
        [=, this] { do_linear_backward_input(dx, dy, y, w, params, write); });
  }

  // dw: [in, out], db: [out] or empty, from dy: [N, out], x: [N, in]; ReLU as above.
  void linear_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView x,
                              LinearParams params, Write write) {
    run("linear_backward_weight", dw,
        [=, this] { do_linear_backward_weight(dw, db, dy, y, x, params, write); });
  }

  // --- convolution and pooling ---

  // One block (see Conv2dParams). y: [N, OH, OW, Cout], argmax: u8 like y (position 0..3 of the
  // maximum in its 2x2 window, row-major, first maximum wins) or empty without pooling, x: [N, H,
  // W, Cin], w: [Cout, KH, KW, Cin], b: [Cout] or empty.
  void conv2d_forward(View y, View argmax, ConstView x, ConstView w, ConstView b,
                      Conv2dParams params) {
    run("conv2d_forward", y, [=, this] { do_conv2d_forward(y, argmax, x, w, b, params); });
  }

  // dx: [N, H, W, Cin] from dy, y, argmax (all like the block's output) and w. The gradient goes to
  // the arg-max position of each pooling window, and only where y > 0 with ReLU.
  void conv2d_backward_input(View dx, ConstView dy, ConstView y, ConstView argmax, ConstView w,
                             Conv2dParams params, Write write) {
    run("conv2d_backward_input", dx,
        [=, this] { do_conv2d_backward_input(dx, dy, y, argmax, w, params, write); });
  }

  // dw: [Cout, KH, KW, Cin], db: [Cout] or empty, from dy, y, argmax and x.
  void conv2d_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView argmax,
                              ConstView x, Conv2dParams params, Write write) {
    run("conv2d_backward_weight", dw,
        [=, this] { do_conv2d_backward_weight(dw, db, dy, y, argmax, x, params, write); });
  }

  // y: [N, OH, OW, C], argmax: u8 like y (row-major position in the window, first maximum wins), x:
  // [N, H, W, C]
  void maxpool2d_forward(View y, View argmax, ConstView x, Pool2dParams params) {
    run("maxpool2d_forward", y, [=, this] { do_maxpool2d_forward(y, argmax, x, params); });
  }

  // dx: [N, H, W, C] from dy and argmax.
  void maxpool2d_backward(View dx, ConstView dy, ConstView argmax, Pool2dParams params,
                          Write write) {
    run("maxpool2d_backward", dx,
        [=, this] { do_maxpool2d_backward(dx, dy, argmax, params, write); });
  }

  // --- loss and metrics ---

  // y = softmax of each row. y, x: [N, C]
  void softmax(View y, ConstView x) {
    run("softmax", y, [=, this] { do_softmax(y, x); });
  }

  // dx from dy and y = softmax(x).
  void softmax_backward(View dx, ConstView dy, ConstView y, Write write) {
    run("softmax_backward", dx, [=, this] { do_softmax_backward(dx, dy, y, write); });
  }

  // loss: [] = mean over rows of -log softmax(logits)[label], in log space; probabilities: [N, C]
  // are kept for the backward. labels: i32 [N], each in 0..C-1 (any other makes the loss NaN).
  void softmax_cross_entropy_forward(View loss, View probabilities, ConstView logits,
                                     ConstView labels) {
    run("softmax_cross_entropy_forward", loss,
        [=, this] { do_softmax_cross_entropy_forward(loss, probabilities, logits, labels); });
  }

  // dlogits = (probabilities - onehot(label)) * dloss / N. dloss: []
  void softmax_cross_entropy_backward(View dlogits, ConstView probabilities, ConstView labels,
                                      ConstView dloss, Write write) {
    run("softmax_cross_entropy_backward", dlogits, [=, this] {
      do_softmax_cross_entropy_backward(dlogits, probabilities, labels, dloss, write);
    });
  }

  // sums: f64 [kMetricSums], see MetricSum. Adds one batch: loss * N, the rows whose largest logit
  // (first one wins) is the label, and N; notes step[0] the first time the loss is not finite.
  // step: i32 [1]
  void accumulate_metrics(View sums, ConstView loss, ConstView logits, ConstView labels,
                          ConstView step) {
    run("accumulate_metrics", sums,
        [=, this] { do_accumulate_metrics(sums, loss, logits, labels, step); });
  }

  // --- optimizers ---

  // One step over flat arrays, in place. params, velocity, grads: f32 [n]; scalars: [rows,
  // kScalarColumns]. velocity is not read or written by a segment whose momentum is 0. The segments
  // must outlive a recording. Formulas: Keras v = m v - lr g, w += v (Nesterov: w += m v - lr g),
  // decay w -= lr wd w first; PyTorch g += wd w, v = m v + g, w -= lr v (Nesterov: w -= lr (g + m
  // v)).
  void sgd_step(View params, View velocity, ConstView grads, ConstView scalars,
                std::span<const Segment> segments, SgdParams settings) {
    run("sgd_step", params,
        [=, this] { do_sgd_step(params, velocity, grads, scalars, segments, settings); });
  }

  // As sgd_step; m, v: first and second moments, step: i32 [1], 1 at the first step (advance it
  // before). Keras: w -= lr sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps); PyTorch: w -= lr /
  // (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps). Source: Kingma & Ba, arXiv 1412.6980.
  void adam_step(View params, View m, View v, ConstView grads, ConstView scalars, ConstView step,
                 std::span<const Segment> segments, AdamParams settings) {
    run("adam_step", params,
        [=, this] { do_adam_step(params, m, v, grads, scalars, step, segments, settings); });
  }

  // --- data ---

  // Row i of the batch is image order[cursor[0] + i]. x: f32 [B, H, W, C], labels: i32 [B],
  // images: u8 [M, H, W, C], all_labels: i32 [M], order: i32 [any], cursor: i32 [1]. On the host an
  // index out of range is an Error(usage).
  void gather_batch(View x, View labels, ConstView images, ConstView all_labels, ConstView order,
                    ConstView cursor, GatherParams params) {
    run("gather_batch", x,
        [=, this] { do_gather_batch(x, labels, images, all_labels, order, cursor, params); });
  }

 protected:
  virtual void do_fill(View y, double value) = 0;
  virtual void do_copy(View y, ConstView x, Write write) = 0;
  virtual void do_advance(View counters, int index, int by) = 0;
  virtual void do_unary(View y, ConstView x, UnaryParams params) = 0;
  virtual void do_unary_backward(View dx, ConstView dy, ConstView x, ConstView y,
                                 UnaryParams params, Write write) = 0;
  virtual void do_binary(View y, ConstView a, ConstView b, BinaryOp op) = 0;
  virtual void do_reduce(View y, ConstView x, ReduceOp op, Write write) = 0;
  virtual void do_broadcast_to(View y, ConstView x, Write write) = 0;
  virtual void do_dropout(View y, ConstView x, ConstView step, DropoutParams params,
                          Write write) = 0;
  virtual void do_matmul(View c, ConstView a, ConstView b, MatmulParams params) = 0;
  virtual void do_linear_forward(View y, ConstView x, ConstView w, ConstView b,
                                 LinearParams params) = 0;
  virtual void do_linear_backward_input(View dx, ConstView dy, ConstView y, ConstView w,
                                        LinearParams params, Write write) = 0;
  virtual void do_linear_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView x,
                                         LinearParams params, Write write) = 0;
  virtual void do_conv2d_forward(View y, View argmax, ConstView x, ConstView w, ConstView b,
                                 Conv2dParams params);
  virtual void do_conv2d_backward_input(View dx, ConstView dy, ConstView y, ConstView argmax,
                                        ConstView w, Conv2dParams params, Write write);
  virtual void do_conv2d_backward_weight(View dw, View db, ConstView dy, ConstView y,
                                         ConstView argmax, ConstView x, Conv2dParams params,
                                         Write write);
  virtual void do_maxpool2d_forward(View y, View argmax, ConstView x, Pool2dParams params) = 0;
  virtual void do_maxpool2d_backward(View dx, ConstView dy, ConstView argmax, Pool2dParams params,
                                     Write write) = 0;
  virtual void do_softmax(View y, ConstView x) = 0;
  virtual void do_softmax_backward(View dx, ConstView dy, ConstView y, Write write) = 0;
  virtual void do_softmax_cross_entropy_forward(View loss, View probabilities, ConstView logits,
                                                ConstView labels) = 0;
  virtual void do_softmax_cross_entropy_backward(View dlogits, ConstView probabilities,
                                                 ConstView labels, ConstView dloss,
                                                 Write write) = 0;
  virtual void do_accumulate_metrics(View sums, ConstView loss, ConstView logits, ConstView labels,
                                     ConstView step) = 0;
  virtual void do_sgd_step(View params, View velocity, ConstView grads, ConstView scalars,
                           std::span<const Segment> segments, SgdParams settings) = 0;
  virtual void do_adam_step(View params, View m, View v, ConstView grads, ConstView scalars,
                            ConstView step, std::span<const Segment> segments,
                            AdamParams settings) = 0;
  virtual void do_gather_batch(View x, View labels, ConstView images, ConstView all_labels,
                               ConstView order, ConstView cursor, GatherParams params) = 0;

  // A convolution without bias, ReLU and pooling: all that a new backend must write. The block
  // verbs above are then built from these and from the pointwise verbs; a fast backend overrides
  // the block verbs.
  virtual void do_conv2d_plain_forward(View y, ConstView x, ConstView w, Conv2dParams params) = 0;
  virtual void do_conv2d_plain_backward_input(View dx, ConstView dy, ConstView w,
                                              Conv2dParams params, Write write) = 0;
  virtual void do_conv2d_plain_backward_weight(View dw, ConstView dy, ConstView x,
                                               Conv2dParams params, Write write) = 0;

 private:
  template <class Verb>
  void run(const char* name, const View& output, Verb verb) {
    if (recording_) recorded_.push_back({name, output.shape, verb});
    verb();
  }

  ConstView dense_gradient(ConstView dy, ConstView y, ConstView argmax, const Shape& dense,
                           Conv2dParams params);

  std::shared_ptr<Device> device_;
  BackendOptions options_;
  int threads_;
  Workspace workspace_;
  bool recording_ = false;
  std::vector<RecordedVerb> recorded_;
};

}  // namespace hone
