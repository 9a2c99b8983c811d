// Convolution: shapes, costs, and its block with ReLU and max-pooling.
#include "nn/layers/conv2d.h"

#include "nn/layers/block_tail.h"

namespace hone::nn {
namespace {

Shape weight_of(const Conv2d& conv, const Shape& in) {
  return {conv.out, conv.kernel, conv.kernel, in[2]};
}

class Conv2dModule : public Module {
 public:
  Conv2dModule(const Conv2d& conv, const Site& site)
      : weight_(parameter("weight", weight_of(conv, site.in), conv.init)) {
    if (conv.bias) bias_ = parameter("bias", {conv.out}, Init::zeros);
    const BlockTail tail = block_tail(site.absorbed, true);
    options_ = {
        .stride = conv.stride, .padding = conv.padding, .relu = tail.relu, .pool = tail.pool};
  }

  Tensor forward(const Tensor& x) override {
    return ops::conv2d(x, weight_, bias_.tensor_or_none(), options_);
  }

 private:
  Parameter weight_, bias_;
  ops::Conv2dOptions options_;
};

}  // namespace

std::vector<Field> Conv2d::fields() {
  return {{"out", out, {.low = 1, .high = kMaxWidth, .text = "{}"}},
          {"kernel", kernel, {.low = 1, .high = 4096, .text = "{0}x{0}"}},
          {"stride", stride, {.low = 1, .high = kMaxStride}},
          {"padding", padding, {{Padding::valid, "valid"}, {Padding::same, "same"}}},
          {"bias", bias},
          {"init", init, init_names()}};
}

LayerCost Conv2d::cost(const Shape& in) const {
  needs_image(in);
  const Conv2dParams params = ops::conv2d_params({1, in[0], in[1], in[2]}, weight_of(*this, in),
                                                 {.stride = stride, .padding = padding});
  LayerCost cost;
  cost.output = {params.out_h(in[0]), params.out_w(in[1]), out};
  cost.parameters = product({out, product({kernel, kernel, in[2]}) + (bias ? 1 : 0)});
  const std::int64_t per_value = product({2, kernel, kernel, in[2]}) + (bias ? 1 : 0);
  cost.flops = product({cost.output.count(), per_value});
  cost.activation_bytes = product({cost.output.count(), 4});
  return cost;
}

std::size_t Conv2d::absorbs(std::span<const Layer> next) const {
  return block_tail(next, true).layers;
}

std::unique_ptr<Module> Conv2d::build(const Site& site) const {
  return std::make_unique<Conv2dModule>(*this, site);
}

}  // namespace hone::nn
