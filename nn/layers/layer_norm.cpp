// Normalisation of each position over its channels.
#include "nn/layers/layer_norm.h"

#include "base/error.h"

namespace hone::nn {

namespace {

class LayerNormModule : public Module {
 public:
  LayerNormModule(const LayerNorm& norm, const Site& site)
      : norm_(norm),
        scale_(parameter("scale", {site.in[-1]}, Init::ones)),
        shift_(parameter("shift", {site.in[-1]}, Init::zeros)) {}
  Tensor forward(const Tensor& x) override {
    return ops::layer_norm(x, scale_, shift_, static_cast<double>(norm_.epsilon));
  }

 private:
  LayerNorm norm_;
  Parameter scale_, shift_;
};

}  // namespace

std::vector<Field> LayerNorm::fields() { return {{"epsilon", epsilon, {.low = 1e-12, .high = 1}}}; }

LayerCost LayerNorm::cost(const Shape& in) const {
  check(in.rank() >= 1, "needs an axis of channels, gets {}", in.str());
  return {.output = in,
          .parameters = product({2, in[-1]}),
          .flops = product({8, in.count()}),
          .activation_bytes = product({in.count(), 12})};
}

std::unique_ptr<Module> LayerNorm::build(const Site& site) const {
  return std::make_unique<LayerNormModule>(*this, site);
}

}  // namespace hone::nn
