// Dataset: images as bytes and their labels, resident on a device, shared by every trial.
#pragma once

#include <cstdint>
#include <string>

#include "nn/data/image_set.h"
#include "tensor/tensor.h"

namespace hone::nn::data {

// Read-only once made, so threads may share it. Bytes become floats in gather_batch alone, by
// `normalization`, which model files carry along.
struct Dataset {
  Tensor images;  // u8 [N, H, W, C]
  Tensor labels;  // i32 [N]
  int classes = 10;
  GatherParams normalization;

  std::int64_t count() const { return images.shape()[0]; }
  // [H, W, C] of one sample.
  Shape shape() const { return images.shape().without(0); }
};

// Copies `set` to the device. The default normalisation is x / 255.
Dataset upload(Device& device, const ImageSet& set, int classes = 10,
               const GatherParams& normalization = {});

}  // namespace hone::nn::data
