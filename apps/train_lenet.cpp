// The example of the README: a small convolutional network on Fashion-MNIST.
#include <hone.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

using namespace hone;

static void train(const std::string& device_name, const std::optional<std::string>& folder,
                  int epochs) {
  // [example]
  const auto device = open_device(device_name);
  const auto files = nn::data::load_fashion_mnist_files(nn::data::find_fashion_mnist(folder));
  const nn::data::Dataset data = nn::data::upload(*device, files.train);
  const nn::data::Dataset test = nn::data::upload(*device, files.test);

  nn::Network network;
  network.add(nn::Conv2d{.out = 32, .kernel = 3}).add(nn::ReLU{}).add(nn::MaxPool2d{});
  network.add(nn::Conv2d{.out = 64, .kernel = 3}).add(nn::ReLU{}).add(nn::MaxPool2d{});
  network.add(nn::Flatten{}).add(nn::Dropout{.p = 0.25f}).add(nn::Linear{.out = 10});

  const nn::train::Training training{.network = network,
                                     .optimizer = optim::Adam{.lr = 1e-3f},
                                     .epochs = epochs,
                                     .batch = 128,
                                     .seed = 42};
  nn::train::Trainer trainer(training, data.shape(), device->new_backend());
  const auto report = [](const nn::train::Progress& now) {
    if (now.finished == nullptr) return;
    std::printf("epoch %d  loss %.4f  accuracy %.4f\n", now.epoch, now.loss, now.accuracy);
  };
  trainer.fit(data, {.progress = report});

  const nn::train::Evaluation result = trainer.evaluate(test);
  std::printf("test loss %.4f  accuracy %.4f\n", result.loss, result.accuracy);
  // [/example]
}

int main(int argc, char** argv) {
  std::string device = "auto";
  std::optional<std::string> folder;
  int epochs = 5;
  // By itself CLI11 takes 010 for eight and 0x10 for sixteen.
  const auto decimal = [](std::string text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
      throw CLI::ValidationError("--epochs", text + " is not a whole number");
    return text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
  };
  CLI::App app("Trains a small convolutional network on Fashion-MNIST.", "train_lenet");
  app.add_option("--device", device, "cpu, ref, cuda or auto")->capture_default_str();
  app.add_option("--data", folder, "folder of the four files; default: where fetch-data puts them");
  app.add_option("--epochs", epochs, "passes over the images")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000))
      ->transform(decimal);
  try {
    app.parse(argc, argv);
    train(device, folder, epochs);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ErrorKind::usage);
  } catch (const Error& error) {
    std::fprintf(stderr, "train_lenet: %s\n", printable_lines(error.what()).c_str());
    return error.exit_code();
  }
}
