// Trainings that stop and go on, and the files of models.
#include <hone.h>

#include <fmt/core.h>
#include <atomic>

using namespace hone;

int main() {
  const auto device = open_device("cpu");
  const nn::data::ImageSet pictures = nn::data::synthetic_shapes({.count = 1000, .side = 16});
  const nn::data::Dataset train = nn::data::upload(*device, pictures.take(0, 900));
  const nn::data::Dataset test = nn::data::upload(*device, pictures.take(900, 1000));
  const nn::train::Training training{
      .network = {nn::Conv2d{.out = 8}, nn::ReLU{}, nn::MaxPool2d{}, nn::Flatten{},
                  nn::Dropout{.p = 0.2f}, nn::Linear{.out = 10}},
      .epochs = 4,
      .seed = 11};

  // One training without a stop, to compare with.
  nn::train::Trainer whole(training, train.shape(), device->new_backend());
  whole.fit(train);

  // The same, stopped after the second epoch. Ctrl-C would do it in the same way.
  std::atomic<bool> cancelled = false;
  const auto stop = [&](const nn::train::Progress& now) {
    if (now.epoch == 2 && now.finished != nullptr) cancelled = true;
  };
  nn::train::Trainer first(training, train.shape(), device->new_backend());
  const nn::train::FitResult stopped = first.fit(
      train,
      {.cancel = CancelToken(cancelled), .checkpoint = "shapes.checkpoint", .progress = stop});
  fmt::print("{}: {} whole epochs\n", name_of(stopped.stop), stopped.history.epochs.size());

  // Later, in another process: the same call goes on.
  nn::train::Trainer second(training, train.shape(), device->new_backend());
  const nn::train::FitResult done = second.fit(train, {.checkpoint = "shapes.checkpoint"});
  for (const std::string& line : done.messages) fmt::print("{}\n", line);
  const bool equal = second.model().parameters().values().to_vector() ==
                     whole.model().parameters().values().to_vector();
  fmt::print("{}: {} epochs, weights {}\n", name_of(done.stop), done.history.epochs.size(),
             equal ? "equal to the last bit" : "different");

  // A model file has all that prediction needs: no network, no normalisation is written again.
  nn::io::save_model("shapes.safetensors", second.model());
  const nn::io::LoadedModel loaded =
      nn::io::load_model("shapes.safetensors", device->new_backend());
  const std::vector<float> sure = loaded.model->predict(test.samples());
  fmt::print("{} classes, the first is {}; {} probabilities\n", loaded.classes.size(),
             loaded.classes[0], sure.size());
  fmt::print("as predicted before: {}\n", sure == second.predict(test));
}
