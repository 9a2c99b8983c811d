// A chain of modules, one a layer; the first of a block computes all of it.
#include "nn/sequential.h"

#include <fmt/core.h>

#include "base/error.h"

namespace hone::nn {

Sequential::Sequential(const Network& network, const Shape& input, bool fuse) : Sequential(input) {
  const std::vector<Layer>& layers = network.layers();
  const NetworkCost costs = cost(network, input, fuse);
  const auto build_one = [&](std::size_t i, const Site& site) {
    std::unique_ptr<Module> module = layers[i].build(site);
    if (module == nullptr)
      fail(ErrorKind::internal, "{}: its build() gave no module", costs.layers[i].name);
    return module;
  };
  const auto input_of = [&](std::size_t i) { return i == 0 ? input : costs.layers[i - 1].output; };
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i + 1;
    while (end < layers.size() && !costs.layers[end].folded_into.empty()) ++end;
    // The first needs the modules of the others; they are registered in the order of the layers.
    std::vector<std::unique_ptr<Module>> absorbed;
    std::vector<Module*> pointers;
    for (std::size_t k = i + 1; k < end; ++k) {
      absorbed.push_back(build_one(k, {.in = input_of(k), .fuse = fuse}));
      pointers.push_back(absorbed.back().get());
    }
    Module& head = child(costs.layers[i].name,
                         build_one(i, {.in = input_of(i),
                                       .fuse = fuse,
                                       .absorbed = std::span(layers).subspan(i + 1, end - i - 1),
                                       .modules = pointers}));
    for (std::size_t k = i + 1; k < end; ++k)
      child(costs.layers[k].name, std::move(absorbed[k - i - 1]));
    blocks_.push_back({&head, costs.layers[end - 1].name});
    i = end;
  }
  for (const Layer& layer : layers) ++numbers_[layer.kind()];
  output_ = costs.output;
}

Sequential& Sequential::add(const Layer& layer) {
  const std::string name = fmt::format("{}_{}", layer.kind(), numbers_[layer.kind()] + 1);
  LayerCost costs;
  try {
    costs = layer.cost(output_);
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", name, error.what());
  }
  add(name, layer.build({.in = output_}), costs.output);
  ++numbers_[layer.kind()];
  return *this;
}

Sequential& Sequential::add(const std::string& name, const Network& network) {
  auto module = std::make_unique<Sequential>(network, output_);
  const Shape output = module->output();
  return add(name, std::move(module), output);
}

Sequential& Sequential::add(const std::string& name, std::unique_ptr<Module> module,
                            const Shape& output) {
  blocks_.push_back({&child(name, std::move(module)), name});
  output_ = output;
  return *this;
}

Tensor Sequential::forward(const Tensor& input) {
  Tensor x = input;
  for (const Block& block : blocks_) {
    x = block.head->forward(x);
    observe(block.name, x);
  }
  return x;
}

std::unique_ptr<Module> build(const Network& network, const Shape& input, bool fuse) {
  return std::make_unique<Sequential>(network, input, fuse);
}

std::unique_ptr<Module> build(const Layer& layer, const Shape& input) {
  layer.cost(input);  // throws when it does not fit
  return layer.build({.in = input});
}

}  // namespace hone::nn
