// From raw samples to what a model takes, on its device. Internal to nn.
#pragma once

#include <vector>

#include "nn/model.h"

namespace hone::nn {

// (x - mean) * scale with the two on the device; the bits of Standardization::apply.
class Standardizer {
 public:
  // `sample`: the shape of one. Needs a BackendScope.
  Standardizer(const data::Standardization& by, const Shape& sample);
  // x: f32 [N, ...sample]
  Tensor operator()(const Tensor& x) const;
  // And back: x / scale + mean.
  Tensor undo(const Tensor& x) const;
  bool empty() const { return !mean_.defined(); }

 private:
  Tensor mean_, scale_;  // undefined: x stays as it is
};

// What `model` gives for each of the raw samples, row-major: see Model::predict.
std::vector<float> predict(Model& model, const Tensor& samples, const ModelInfo& info, int batch);

}  // namespace hone::nn
