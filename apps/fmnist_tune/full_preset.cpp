// The parts of the recipe.
#include "apps/fmnist_tune/full_preset.h"

#include "nn/layers.h"

namespace hone::app {

nn::Network full_network(const FullRecipe& recipe) {
  nn::Network network;
  const auto add = [&](int filters, bool pool) {
    network.add(nn::Conv2d{.out = filters, .kernel = 3, .padding = nn::Padding::same});
    // Statistics about as old as the average of the weights that they go with.
    if (recipe.batch_norm) network.add(nn::BatchNorm{.momentum = 0.98f});
    network.add(nn::ReLU{});
    if (pool) network.add(nn::MaxPool2d{});
  };
  add(32, false);
  add(32, true);
  add(64, false);
  add(64, true);
  add(128, false);
  add(128, false);
  return network.add(nn::GlobalAvgPool2d{}).add(nn::Linear{.out = recipe.classes});
}

nn::train::Training full_training(const FullRecipe& recipe) {
  nn::train::Training training;
  training.network = full_network(recipe);
  training.optimizer = optim::SGD{.lr = static_cast<float>(recipe.lr),
                                  .momentum = 0.9f,
                                  .nesterov = true,
                                  .weight_decay = static_cast<float>(recipe.weight_decay),
                                  .form = OptimizerForm::pytorch};
  if (recipe.one_cycle) training.schedule = optim::OneCycle{};
  if (recipe.label_smoothing > 0)
    training.loss = nn::train::CrossEntropy{.label_smoothing = recipe.label_smoothing};
  if (recipe.augment) training.augment = {nn::train::Flip{}};
  training.ema = static_cast<float>(recipe.ema);
  return training;
}

}  // namespace hone::app
