// What decides the result of a fit, as text: its checkpoint goes on only where all of it is equal.
// Internal to nn/train.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/train/callback.h"

namespace hone::nn::train {

// A JSON object. What was added after version 0.1 stands in it only where it is not the default, so
// that older checkpoints go on.
std::string fit_settings(const Model& model, const Training& training, const data::Dataset& train,
                         const data::Dataset* validation,
                         const std::vector<std::shared_ptr<Callback>>& callbacks);

}  // namespace hone::nn::train
