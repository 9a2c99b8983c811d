// ModelInfo: what using a model needs to know besides its weights. It goes from the data and the
// loss of a training to the model, into its file, and back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernels/params.h"
#include "nn/data/standardization.h"

namespace hone::nn {

// What the numbers are that a model gives, and so what predict() makes of them.
enum class OutputKind : std::uint8_t {
  class_logits,  // [N, classes]: softmax gives one probability for each class
  label_logits,  // [N, ...]: a sigmoid each gives the probability that the label holds
  values         // as they are
};

struct ModelInfo {
  GatherParams normalization = {};                   // of bytes
  data::Standardization standardization = {};        // then, of the numbers
  std::vector<std::string> classes = {};             // names in the order of the labels
  std::map<std::string, std::string> metadata = {};  // your own, UTF-8
  OutputKind output = OutputKind::class_logits;
  data::Standardization target = {};  // of values: predictions undo it
};

}  // namespace hone::nn
