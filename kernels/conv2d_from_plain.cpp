// The stages of a convolution block, one verb each.
#include "kernels/conv2d_from_plain.h"

namespace hone {
namespace {

bool no_flags(const Conv2dParams& params) { return !params.relu && !params.pool; }

Conv2dParams plain(Conv2dParams params) {
  params.relu = params.pool = false;
  return params;
}

View scratch(Backend& backend, const Shape& shape, DType dtype) {
  return {backend.workspace().take(static_cast<std::size_t>(shape.count()) * size_of(dtype)), shape,
          dtype};
}

// The gradient of the plain convolution's output, from the block's: undo ReLU, then the pooling.
template <class V>
ConstView dense_gradient(Backend& backend, const V& v, const Shape& x, std::int64_t cout) {
  ConstView dy = v.dy;
  if (v.params.relu) {
    const View masked = scratch(backend, dy.shape, dy.dtype);
    backend.run(verb::UnaryBackward{
        .dx = masked, .dy = dy, .x = v.y, .y = v.y, .params = {.op = UnaryOp::relu}});
    dy = masked;
  }
  if (v.params.pool) {
    const Shape dense{x[0], v.params.conv_h(x[1]), v.params.conv_w(x[2]), cout};
    const View dz = scratch(backend, dense, dy.dtype);
    backend.run(verb::MaxPool2dBackward{.dx = dz, .dy = dy, .argmax = v.argmax});
    dy = dz;
  }
  return dy;
}

}  // namespace

bool is_plain(const verb::Conv2dForward& v) { return !v.b && no_flags(v.params); }
bool is_plain(const verb::Conv2dBackwardInput& v) { return no_flags(v.params); }
bool is_plain(const verb::Conv2dBackwardWeight& v) { return !v.db && no_flags(v.params); }

void conv2d_forward_from_plain(Backend& backend, const verb::Conv2dForward& v) {
  const Workspace::Scope scope(backend.workspace());
  const Shape dense{v.x.shape[0], v.params.conv_h(v.x.shape[1]), v.params.conv_w(v.x.shape[2]),
                    v.w.shape[0]};
  const View z = v.params.pool ? scratch(backend, dense, v.y.dtype) : v.y;
  backend.run(verb::Conv2dForward{
      .y = z, .argmax = {}, .x = v.x, .w = v.w, .b = {}, .params = plain(v.params)});
  if (v.b) backend.run(verb::Binary{.y = z, .a = z, .b = v.b, .op = BinaryOp::add});
  if (v.params.relu) backend.run(verb::Unary{.y = z, .x = z, .params = {.op = UnaryOp::relu}});
  if (v.params.pool) backend.run(verb::MaxPool2dForward{.y = v.y, .argmax = v.argmax, .x = z});
}

void conv2d_backward_input_from_plain(Backend& backend, const verb::Conv2dBackwardInput& v) {
  const Workspace::Scope scope(backend.workspace());
  const ConstView dz = dense_gradient(backend, v, v.dx.shape, v.w.shape[0]);
  backend.run(verb::Conv2dBackwardInput{.dx = v.dx,
                                        .dy = dz,
                                        .y = dz,
                                        .argmax = {},
                                        .w = v.w,
                                        .params = plain(v.params),
                                        .write = v.write});
}

void conv2d_backward_weight_from_plain(Backend& backend, const verb::Conv2dBackwardWeight& v) {
  const Workspace::Scope scope(backend.workspace());
  const ConstView dz = dense_gradient(backend, v, v.x.shape, v.dw.shape[0]);
  backend.run(verb::Conv2dBackwardWeight{.dw = v.dw,
                                         .db = {},
                                         .dy = dz,
                                         .y = dz,
                                         .argmax = {},
                                         .x = v.x,
                                         .params = plain(v.params),
                                         .write = v.write});
  if (!v.db) return;
  View bias = v.db;
  bias.shape = Shape{1, 1, 1, v.db.count()};
  backend.run(verb::Reduce{.y = bias, .x = dz, .op = ReduceOp::sum, .write = v.write});
}

}  // namespace hone
