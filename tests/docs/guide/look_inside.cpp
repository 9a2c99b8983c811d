// Looking into a network while it learns and afterwards.
#include <apps/report/inside.h>
#include <hone.h>

#include <fmt/core.h>

using namespace hone;

int main() {
  const auto device = open_device("cpu");
  const nn::data::ImageSet pictures = nn::data::synthetic_shapes({.count = 1500, .side = 20});
  const nn::data::Dataset train = nn::data::upload(*device, pictures.take(0, 1250));
  const nn::data::Dataset test = nn::data::upload(*device, pictures.take(1250, 1500));

  // The same network at two learning rates.
  const auto training_at = [](float lr) {
    return nn::train::Training{
        .network = {nn::Conv2d{.out = 16, .kernel = 5}, nn::ReLU{}, nn::MaxPool2d{}, nn::Flatten{},
                    nn::Linear{.out = 32}, nn::ReLU{}, nn::Linear{.out = 10}},
        .optimizer = optim::SGD{.lr = lr, .momentum = 0.9f},
        .epochs = 10,
        .seed = 1};
  };
  std::vector<report::Run> runs;
  for (const float lr : {0.01f, 0.08f}) {
    const nn::train::Training training = training_at(lr);
    nn::train::Trainer trainer(training, train.shape(), device->new_backend());
    runs.push_back({fmt::format("lr {}", lr), trainer.fit(train, {.validation = &test}).history});

    for (const nn::train::DeadUnits& layer : nn::train::dead_relus(trainer.model(), train))
      fmt::print("lr {}: {} of {} units of {} are dead\n", lr, layer.dead, layer.units,
                 layer.layer);
    if (lr > 0.05f) continue;
    report::write_filters("filters.svg", trainer.model());
    report::write_activations("activations.svg", trainer.model(), test, 4);
    report::write_gradients("gradients.svg", trainer.model(), training.loss, train);
  }
  report::write_curves("curves.svg", runs);
}
