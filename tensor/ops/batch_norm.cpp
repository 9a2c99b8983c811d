// The block of batch normalisation, ReLU and 2x2 max-pooling in one verb.
#include <array>
#include <optional>

#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

void check_inputs(const Tensor& x, const std::array<std::pair<const char*, const Tensor*>, 4>& rest,
                  const BatchNormOptions& options) {
  check_input("batch_norm", "x", x);
  const int rank = x.shape().rank();
  check(rank == 2 || rank == 4, "batch_norm: x has shape {}, [N, C] or [N, H, W, C] is needed",
        x.shape().str());
  check(x.shape()[-1] >= 1, "batch_norm: x {} has no channels", x.shape().str());
  for (const auto& [name, tensor] : rest) {
    check_like("batch_norm", name, *tensor, x);
    check(tensor->shape() == Shape{x.shape()[-1]}, "batch_norm: {} has shape {}, [{}] is needed",
          name, tensor->shape().str(), x.shape()[-1]);
  }
  check(!options.pool || (rank == 4 && x.shape()[1] >= 2 && x.shape()[2] >= 2),
        "batch_norm: a 2x2 window does not fit x {}", x.shape().str());
  check(options.epsilon > 0 && options.momentum >= 0 && options.momentum <= 1,
        "batch_norm: epsilon {} must be above 0 and momentum {} within 0 to 1", options.epsilon,
        options.momentum);
  check(!options.training || x.count() >= 2 * x.shape()[-1],
        "batch_norm: x {} has {} values a channel, a batch needs at least 2 to train on",
        x.shape().str(), x.count() / x.shape()[-1]);
}

// What the channels are normalised with.
struct Moments {
  Tensor mean, inverse;  // inverse: 1 / std
};

// Of the batch in training, which moves the running ones; else the running ones.
Moments moments(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                const BatchNormOptions& options) {
  if (!options.training) {
    const NoGrad no_grad;
    const Tensor square = ops::shift(running_variance.detach(), options.epsilon);
    return {running_mean.detach(), divide(ops::sqrt(square), square)};
  }
  Moments batch{Tensor::empty(running_mean.shape(), x.dtype()),
                Tensor::empty(running_mean.shape(), x.dtype())};
  current_backend().run(verb::BatchNormStatistics{
      .mean = batch.mean.view(),
      .inverse = batch.inverse.view(),
      .running_mean = running_mean.view(),
      .running_variance = running_variance.view(),
      .x = x.view(),
      .params = {
          .epsilon = options.epsilon, .momentum = options.momentum, .unbiased = options.unbiased}});
  return batch;
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                  const Tensor& running_mean, const Tensor& running_variance,
                  const BatchNormOptions& options) {
  check_inputs(x,
               {{{"scale", &scale},
                 {"shift", &shift},
                 {"running_mean", &running_mean},
                 {"running_variance", &running_variance}}},
               options);
  const Moments by = moments(x, running_mean, running_variance, options);
  const Tensor &mean = by.mean, &inverse = by.inverse;
  const Shape& in = x.shape();
  const Shape out = options.pool ? Shape{in[0], in[1] / 2, in[2] / 2, in[3]} : in;
  const BatchNormParams params{
      .relu = options.relu, .pool = options.pool, .fixed = !options.training};
  Tensor y = Tensor::empty(out, x.dtype());
  const Tensor argmax = options.pool ? Tensor::empty(out, DType::u8) : Tensor();
  current_backend().run(
      verb::BatchNormActPoolForward{.y = y.view(),
                                    .argmax = options.pool ? argmax.view() : View{},
                                    .x = x.view(),
                                    .mean = mean.view(),
                                    .inverse = inverse.view(),
                                    .scale = scale.view(),
                                    .shift = shift.view(),
                                    .params = params});
  // Saved: x, mean and 1 / std, the scale, one byte of arg-max per pooled value and, for ReLU's
  // mask, y.
  record("batch_norm", y, {x, scale, shift},
         [x, scale, mean, inverse, argmax, y = saved_if(params.relu, y.detach()), params](
             const Tensor& dy, InputGrads& grads) {
           std::optional<ParameterGradients> to;
           if (grads.wanted(1) || grads.wanted(2)) to.emplace(grads, 1, 2);
           const GradTarget dx = grads.wanted(0) ? grads.target(0) : GradTarget{};
           current_backend().run(
               verb::BatchNormActPoolBackward{.dx = dx.view,
                                              .dscale = to ? to->weight : View{},
                                              .dshift = to ? to->bias : View{},
                                              .dy = dy.view(),
                                              .y = params.relu ? y.cview() : dy.cview(),
                                              .argmax = params.pool ? argmax.cview() : ConstView(),
                                              .x = x.view(),
                                              .mean = mean.view(),
                                              .inverse = inverse.view(),
                                              .scale = scale.view(),
                                              .params = params,
                                              .write = dx.write,
                                              .parameters_write = to ? to->write : Write::set});
           if (to) to->finish();
         });
  return y;
}

}  // namespace hone::ops
