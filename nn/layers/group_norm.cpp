// Normalisation of each sample over groups of channels.
#include "nn/layers/group_norm.h"

#include "base/error.h"

namespace hone::nn {

namespace {

class GroupNormModule : public Module {
 public:
  GroupNormModule(const GroupNorm& norm, const Site& site)
      : norm_(norm),
        scale_(parameter("scale", {site.in[-1]}, Init::ones)),
        shift_(parameter("shift", {site.in[-1]}, Init::zeros)) {}
  Tensor forward(const Tensor& x) override {
    return ops::group_norm(x, scale_, shift_, norm_.groups, static_cast<double>(norm_.epsilon));
  }

 private:
  GroupNorm norm_;
  Parameter scale_, shift_;
};

}  // namespace

std::vector<Field> GroupNorm::fields() {
  return {{"groups", groups, {.low = 1, .high = kMaxWidth, .text = "{}"}},
          {"epsilon", epsilon, {.low = 1e-12, .high = 1}}};
}

LayerCost GroupNorm::cost(const Shape& in) const {
  check(in.rank() >= 1 && in[-1] % groups == 0,
        "{} groups need a multiple of so many channels, gets {}", groups, in.str());
  return {.output = in,
          .parameters = product({2, in[-1]}),
          .flops = product({8, in.count()}),
          .activation_bytes = product({in.count(), 20})};
}

std::unique_ptr<Module> GroupNorm::build(const Site& site) const {
  return std::make_unique<GroupNormModule>(*this, site);
}

}  // namespace hone::nn
