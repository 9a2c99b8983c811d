// Network: a list of layer descriptions, a value that can be printed, costed, saved and compared.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "nn/layers.h"

namespace hone::nn {

class Network {
 public:
  Network() = default;
  Network(std::initializer_list<Layer> layers) : layers_(layers) {}

  Network& add(const Layer& layer) {
    layers_.push_back(layer);
    return *this;
  }
  const std::vector<Layer>& layers() const { return layers_; }
  bool operator==(const Network&) const = default;

 private:
  std::vector<Layer> layers_;
};

// One line of JSON, and back; from_json throws Error(data) that names the layer and the field.
std::string to_json(const Network& network);
Network network_from_json(const std::string& text);

// What one layer is and costs, for one sample. From the description alone.
struct LayerCost {
  std::string name;  // "conv2d_1": the kind and a running number
  std::string text;  // "conv2d 32 3x3 same"
  Shape output;      // of one sample, without the batch axis
  std::int64_t parameters = 0;
  std::int64_t flops = 0;             // forward; a multiply-add counts as two
  std::int64_t activation_bytes = 0;  // kept for the backward, as folded (see Model)
  std::string folded_into;  // the layer whose op computes this one, empty if it has its own
};

struct NetworkCost {
  std::vector<LayerCost> layers;
  std::int64_t parameters = 0;
  std::int64_t flops = 0;           // forward, one sample
  std::int64_t training_flops = 0;  // forward and backward, one sample
  std::int64_t activation_bytes = 0;
  Shape output;
};

// Shapes and costs for samples of shape `input` ([H, W, C]). Throws Error(usage) that names the
// layer, the shape it got and what would fit. fuse: whether layers are folded into block ops.
NetworkCost cost(const Network& network, const Shape& input, bool fuse = true);

// The table that Model::summary() prints.
std::string summary(const Network& network, const Shape& input, bool fuse = true);

}  // namespace hone::nn
