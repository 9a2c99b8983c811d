// Convolution: shapes, costs, and its block with ReLU and max-pooling.
#include "nn/layers/conv2d.h"

#include "base/error.h"
#include "nn/layers/batch_norm_module.h"
#include "nn/layers/block_tail.h"

namespace hone::nn {
namespace {

Shape weight_of(const Conv2d& conv, const Shape& in) {
  return {conv.out, conv.kernel, conv.kernel, in[2] / conv.groups};
}

// Batch normalisation and what its block takes, or ReLU and pooling.
struct ConvTail : BlockTail {
  bool norm = false;
};

ConvTail conv_tail(std::span<const Layer> next) {
  const bool norm = !next.empty() && next[0].as<BatchNorm>() != nullptr;
  ConvTail tail{block_tail(norm ? next.subspan(1) : next, true), norm};
  if (norm) ++tail.layers;
  return tail;
}

class Conv2dModule : public Module {
 public:
  Conv2dModule(const Conv2d& conv, const Site& site)
      : weight_(parameter("weight", weight_of(conv, site.in), conv.init)) {
    if (conv.bias) bias_ = parameter("bias", {conv.out}, Init::zeros);
    const ConvTail tail = conv_tail(site.absorbed);
    if (tail.norm) norm_ = dynamic_cast<const BatchNormModule*>(site.modules[0]);
    options_ = {.stride = conv.stride,
                .padding = conv.padding,
                .dilation = conv.dilation,
                .groups = conv.groups,
                .relu = tail.relu,
                .pool = tail.pool};
  }

  Tensor forward(const Tensor& x) override {
    if (norm_ == nullptr) return ops::conv2d(x, weight_, bias_.tensor_or_none(), options_);
    if (!training()) return forward_folded(x);
    ops::Conv2dOptions plain = options_;
    plain.relu = plain.pool = false;
    return norm_->forward_block(ops::conv2d(x, weight_, bias_.tensor_or_none(), plain),
                                options_.relu, options_.pool);
  }

 private:
  // Outside of training, normalising is another weight and another bias.
  Tensor forward_folded(const Tensor& x) const {
    const BatchNormModule::Affine affine = norm_->affine();
    const Tensor weight =
        weight_.tensor() * ops::reshape(affine.factor, {affine.factor.count(), 1, 1, 1});
    const Tensor bias = bias_.tensor_or_none().defined()
                            ? bias_.tensor() * affine.factor + affine.summand
                            : affine.summand;
    return ops::conv2d(x, weight, bias, options_);
  }

  Parameter weight_, bias_;
  const BatchNormModule* norm_ = nullptr;  // the next layer, when it is part of the block
  ops::Conv2dOptions options_;
};

}  // namespace

std::vector<Field> Conv2d::fields() {
  return {{"out", out, {.low = 1, .high = kMaxWidth, .text = "{}"}},
          {"kernel", kernel, {.low = 1, .high = 4096, .text = "{0}x{0}"}},
          {"stride", stride, {.low = 1, .high = kMaxStride}},
          {"padding", padding, {{Padding::valid, "valid"}, {Padding::same, "same"}}},
          {"bias", bias},
          {"init", init, init_names()},
          Field("dilation", dilation, {.low = 1, .high = kMaxStride}).added_later(),
          Field("groups", groups, {.low = 1, .high = kMaxWidth}).added_later()};
}

LayerCost Conv2d::cost(const Shape& in) const {
  needs_image(in);
  check(in[2] % groups == 0 && out % groups == 0,
        "{} groups need {} input and {} output channels to be multiples of it", groups, in[2], out);
  const Conv2dParams params = ops::conv2d_params(
      {1, in[0], in[1], in[2]}, weight_of(*this, in),
      {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
  LayerCost cost;
  cost.output = {params.out_h(in[0]), params.out_w(in[1]), out};
  cost.parameters = product({out, product({kernel, kernel, in[2] / groups}) + (bias ? 1 : 0)});
  const std::int64_t per_value = product({2, kernel, kernel, in[2] / groups}) + (bias ? 1 : 0);
  cost.flops = product({cost.output.count(), per_value});
  cost.activation_bytes = product({cost.output.count(), 4});
  return cost;
}

std::size_t Conv2d::absorbs(std::span<const Layer> next) const { return conv_tail(next).layers; }

std::unique_ptr<Module> Conv2d::build(const Site& site) const {
  return std::make_unique<Conv2dModule>(*this, site);
}

}  // namespace hone::nn
