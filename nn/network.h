// Network: a list of layers, a value that can be printed, costed, saved and compared.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "nn/layer.h"

namespace hone::nn {

class Network {
 public:
  Network() = default;
  Network(std::initializer_list<Layer> layers) : layers_(layers) {}

  Network& add(Layer layer) {
    layers_.push_back(std::move(layer));
    return *this;
  }
  const std::vector<Layer>& layers() const { return layers_; }
  bool operator==(const Network&) const = default;

 private:
  std::vector<Layer> layers_;
};

// Whether two networks differ in the p of their Dropout layers at most, those of networks inside of
// layers included: such models can be trained together.
bool same_but_dropout(const Network& a, const Network& b);

// One line of JSON with every field.
std::string to_json(const Network& network);
// And back: a missing field has its default, an unknown one is an error, as is a value out of its
// range. `kinds`: one layer of each kind of your own that the text may name; one with the name of a
// library's kind takes its place. Throws Error(data) that names the layer and the field.
Network network_from_json(const std::string& text, const std::vector<Layer>& kinds = {});

struct NetworkCost {
  std::vector<LayerCost> layers;
  std::int64_t parameters = 0;
  std::int64_t flops = 0;             // forward, one sample
  std::int64_t training_flops = 0;    // forward and backward, one sample
  std::int64_t activation_bytes = 0;  // kept for the backward, as folded (see Model)
  Shape output;
};

// Shapes and costs for samples of shape `input` ([H, W, C] or [features]). In a block of folded
// layers the first has the block's activation_bytes. Throws Error(usage) that names the layer, the
// shape it got and what would fit. fuse: whether layers are folded into block ops.
NetworkCost cost(const Network& network, const Shape& input, bool fuse = true);

// The table that Model::summary() prints.
std::string summary(const Network& network, const Shape& input, bool fuse = true);

// The module of a network or of one layer for samples of shape `input`, for a Module of your own
// (Module::child). Throws as cost().
std::unique_ptr<Module> build(const Network& network, const Shape& input, bool fuse = true);
std::unique_ptr<Module> build(const Layer& layer, const Shape& input);

}  // namespace hone::nn
