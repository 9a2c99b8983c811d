// A network as a chain of ops, with conv2d and linear layers folded into block ops.
#include "nn/sequential.h"

#include "base/error.h"
#include "nn/fold.h"

namespace hone::nn {
namespace {

class Sequential : public Module {
 public:
  Sequential(const Network& network, const Shape& input, bool fuse) : network_(network) {
    const NetworkCost costs = cost(network, input, fuse);
    Shape shape = input;
    for (Block& block : fold(network, fuse)) {
      const Layer& layer = network.layers()[block.layers[0]];
      const std::string name = costs.layers[block.layers[0]].name;
      Stage stage{std::move(block), name, {}, {}};
      if (const Conv2d* c = std::get_if<Conv2d>(&layer)) {
        stage.weight = parameter(stage.name + ".weight",
                                 Shape{c->out, c->kernel, c->kernel, shape[2]}, c->init);
        if (c->bias) stage.bias = parameter(stage.name + ".bias", Shape{c->out}, Init::zeros);
      } else if (const Linear* l = std::get_if<Linear>(&layer)) {
        stage.weight = parameter(stage.name + ".weight", Shape{shape[0], l->out}, l->init);
        if (l->bias) stage.bias = parameter(stage.name + ".bias", Shape{l->out}, Init::zeros);
      }
      shape = costs.layers[stage.block.layers.back()].output;
      stages_.push_back(std::move(stage));
    }
  }

  Tensor forward(const Tensor& input) override {
    Tensor x = input;
    for (const Stage& stage : stages_) {
      x = run(stage, x);
      observe(stage.name, x);
    }
    return x;
  }

 private:
  struct Stage {
    Block block;
    std::string name;
    Parameter weight, bias;
  };

  Tensor run(const Stage& stage, const Tensor& x) const {
    const std::size_t index = stage.block.layers[0];
    const Layer& layer = network_.layers()[index];
    const auto bias = [&](bool has) { return has ? stage.bias.tensor() : Tensor(); };
    if (const Conv2d* c = std::get_if<Conv2d>(&layer))
      return ops::conv2d(x, stage.weight, bias(c->bias),
                         {.stride = c->stride,
                          .padding = c->padding,
                          .relu = stage.block.relu,
                          .pool = stage.block.pool});
    if (const Linear* l = std::get_if<Linear>(&layer))
      return ops::linear(x, stage.weight, bias(l->bias), {.relu = stage.block.relu});
    if (const MaxPool2d* p = std::get_if<MaxPool2d>(&layer))
      return ops::maxpool2d(
          x, {.kernel = p->kernel, .stride = p->stride == 0 ? p->kernel : p->stride});
    if (std::holds_alternative<ReLU>(layer)) return ops::relu(x);
    if (std::holds_alternative<Flatten>(layer)) return ops::flatten(x);
    // The stream is the layer's place in the unfolded network: masks do not depend on folding.
    return dropout(x, static_cast<double>(std::get<Dropout>(layer).p),
                   static_cast<std::uint32_t>(index));
  }

  Network network_;
  std::vector<Stage> stages_;
};

}  // namespace

std::unique_ptr<Module> make_sequential(const Network& network, const Shape& input, bool fuse) {
  return std::make_unique<Sequential>(network, input, fuse);
}

}  // namespace hone::nn
