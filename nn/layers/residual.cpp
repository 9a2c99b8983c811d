// Residual connections: two networks and a sum.
#include "nn/layers/residual.h"

#include "base/error.h"

namespace hone::nn {
namespace {

class ResidualModule : public Module {
 public:
  ResidualModule(const Residual& residual, const Site& site)
      : body_(child("body", nn::build(residual.body, site.in, site.fuse))) {
    if (!residual.shortcut.layers().empty())
      shortcut_ = &child("shortcut", nn::build(residual.shortcut, site.in, site.fuse));
  }

  Tensor forward(const Tensor& x) override {
    return body_.forward(x) + (shortcut_ == nullptr ? x : shortcut_->forward(x));
  }

 private:
  Module& body_;
  Module* shortcut_ = nullptr;
};

// Adds the costs of `network`, whose layers get the prefix `name`, to `cost`. Returns its output.
Shape add_network(const Network& network, const char* name, const Shape& in, LayerCost& cost) {
  NetworkCost part;
  try {
    part = nn::cost(network, in);
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", name, error.what());
  }
  cost.parameters = sum_of({cost.parameters, part.parameters});
  cost.flops = sum_of({cost.flops, part.flops});
  cost.activation_bytes = sum_of({cost.activation_bytes, part.activation_bytes});
  for (LayerCost& layer : part.layers) {
    layer.name = fmt::format("{}.{}", name, layer.name);
    if (!layer.folded_into.empty())
      layer.folded_into = fmt::format("{}.{}", name, layer.folded_into);
    cost.inner.push_back(std::move(layer));
  }
  return part.output;
}

}  // namespace

std::vector<Field> Residual::fields() { return {{"body", body}, {"shortcut", shortcut}}; }

LayerCost Residual::cost(const Shape& in) const {
  LayerCost cost;
  cost.output = add_network(body, "body", in, cost);
  const Shape other = shortcut.layers().empty() ? in : add_network(shortcut, "shortcut", in, cost);
  check(cost.output == other,
        "body gives {}, shortcut {}; they must be equal to be added, so give the shortcut a layer, "
        "such as a Conv2d with kernel 1",
        cost.output.str(), other.str());
  cost.flops = sum_of({cost.flops, cost.output.count()});
  cost.activation_bytes = sum_of({cost.activation_bytes, product({cost.output.count(), 4})});
  return cost;
}

std::unique_ptr<Module> Residual::build(const Site& site) const {
  return std::make_unique<ResidualModule>(*this, site);
}

}  // namespace hone::nn
