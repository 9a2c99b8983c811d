// What a step costs, and what decides it.
#include <apps/report/inside.h>
#include <hone.h>

#include <fmt/core.h>
#include <chrono>

using namespace hone;

// Images a second of an epoch after the first, which also records the steps.
static double speed(const nn::train::Training& training, const nn::data::Dataset& data,
                    std::unique_ptr<Backend> backend, const nn::train::TrainerOptions& options) {
  nn::train::Trainer trainer(training, data.shape(), std::move(backend), options);
  const nn::train::EpochRecord last = trainer.fit(data).history.epochs.back();
  return static_cast<double>(last.images) / last.seconds;
}

int main() {
  const auto device = open_device("cpu");
  fmt::print("{}\n", device->description());
  const nn::data::Dataset data =
      nn::data::upload(*device, nn::data::synthetic_shapes({.count = 2560, .side = 20}));
  const nn::train::Training training{
      .network = {nn::Conv2d{.out = 16}, nn::ReLU{}, nn::MaxPool2d{}, nn::Conv2d{.out = 32},
                  nn::ReLU{}, nn::MaxPool2d{}, nn::Flatten{}, nn::Linear{.out = 10}},
      .epochs = 2,
      .batch = 128};

  nn::Model model(training.network, data.shape(), device->new_backend(), 1);
  fmt::print("{}", layer_table(nn::train::measure_layers(model, training.loss, data)));

  fmt::print("recorded steps: {:.0f} images/s\n", speed(training, data, device->new_backend(), {}));
  fmt::print("eager steps:    {:.0f} images/s\n",
             speed(training, data, device->new_backend(), {.capture = false}));
  fmt::print("one thread:     {:.0f} images/s\n",
             speed(training, data, device->new_backend({.threads = 1}), {}));

  // The same numbers for any number of threads.
  const auto weights = [&](int threads) {
    nn::train::Trainer trainer(training, data.shape(), device->new_backend({.threads = threads}));
    trainer.fit(data);
    return trainer.model().parameters().values().to_vector();
  };
  fmt::print("one thread and two: {}\n", weights(1) == weights(2) ? "the same bits" : "different");

  // 64 bits, on the reference device: slow, and as exact as a double.
  const auto reference = open_device("ref");
  const auto backend = reference->new_backend();
  const BackendScope scope(*backend);
  const double tiny = 1e-10;
  const Tensor one32 = Tensor::full({1}, 1), one64 = Tensor::full({1}, 1, DType::f64);
  fmt::print("1 + 1e-10 - 1 in f32: {}, in f64: {:.2g}\n", (one32 + tiny - one32).item(),
             (one64 + tiny - one64).item());

  for (const char* name : {"cuda", "auto"}) {
    try {
      std::string note;
      fmt::print("{}: {}\n", name, open_device(name, &note)->name());
    } catch (const Error& error) {
      fmt::print("{}\n", error.what());
    }
  }
}
