// Dense layers and their block with ReLU.
#include "nn/layers/linear.h"

#include "nn/layers/block_tail.h"

namespace hone::nn {
namespace {

class LinearModule : public Module {
 public:
  LinearModule(const Linear& linear, const Site& site)
      : weight_(parameter("weight", {site.in[0], linear.out}, linear.init)),
        relu_(block_tail(site.absorbed, false).relu) {
    if (linear.bias) bias_ = parameter("bias", {linear.out}, Init::zeros);
  }

  Tensor forward(const Tensor& x) override {
    return ops::linear(x, weight_, bias_.tensor_or_none(), {.relu = relu_});
  }

 private:
  Parameter weight_, bias_;
  bool relu_;
};

}  // namespace

std::vector<Field> Linear::fields() {
  return {{"out", out, {.low = 1, .high = kMaxWidth, .text = "{}"}},
          {"bias", bias},
          {"init", init, init_names()}};
}

LayerCost Linear::cost(const Shape& in) const {
  needs_features(in);
  return {.output = {out},
          .parameters = product({out, in[0] + (bias ? 1 : 0)}),
          .flops = product({out, product({2, in[0]}) + (bias ? 1 : 0)}),
          .activation_bytes = product({out, 4})};
}

std::size_t Linear::absorbs(std::span<const Layer> next) const {
  return block_tail(next, false).layers;
}

std::unique_ptr<Module> Linear::build(const Site& site) const {
  return std::make_unique<LinearModule>(*this, site);
}

}  // namespace hone::nn
