// Learns ten shapes and names one that it has not seen.
#include <hone.h>

#include <fmt/core.h>

using namespace hone;

int main() {
  const auto device = open_device("cpu");

  // 3,000 pictures that hone draws itself: 2,500 to learn from, 500 to test with.
  const nn::data::ImageSet pictures = nn::data::synthetic_shapes({.count = 3000, .side = 20});
  const nn::data::Dataset train = nn::data::upload(*device, pictures.take(0, 2500));
  const nn::data::Dataset test = nn::data::upload(*device, pictures.take(2500, 3000));

  const nn::train::Training training{
      .network = {nn::Conv2d{.out = 16, .kernel = 3}, nn::ReLU{}, nn::MaxPool2d{},
                  nn::Conv2d{.out = 32, .kernel = 3}, nn::ReLU{}, nn::MaxPool2d{}, nn::Flatten{},
                  nn::Linear{.out = 10}},
      .optimizer = optim::Adam{.lr = 3e-3f},
      .epochs = 6,
      .batch = 32,
      .seed = 1};
  nn::train::Trainer trainer(training, train.shape(), device->new_backend());
  fmt::print("{}\n", trainer.model().summary());

  const auto print = [](const nn::train::Progress& now) {
    if (now.finished == nullptr) return;  // the epoch is still running
    fmt::print("epoch {}  loss {:.3f}  accuracy {:.3f}\n", now.epoch, now.loss, now.accuracy);
  };
  trainer.fit(train, {.progress = print});
  fmt::print("accuracy on new pictures {:.3f}\n", trainer.evaluate(test).accuracy);

  const std::vector<float> sure = trainer.predict(test);  // [500, 10], a probability a class
  int best = 0;
  for (int k = 1; k < 10; ++k)
    if (sure[static_cast<std::size_t>(k)] > sure[static_cast<std::size_t>(best)]) best = k;
  fmt::print("the first one is a {}\n", test.class_names()[static_cast<std::size_t>(best)]);
  nn::io::save_model("shapes.safetensors", trainer.model());
}
