// What a user of the installed package may rely on: the umbrella header, every layer linked,
// results.
#include <apps/report/report.h>
#include <hone.h>

#include <cmath>
#include <cstdio>

using namespace hone;

namespace {

// y = w * x learnt by hand with tensors and the tape: 60 steps to the slope 3.
double learn_slope(Backend& backend) {
  const BackendScope scope(backend);
  const Tensor x = Tensor::from<float>(std::vector<float>{1, 2, 3, 4}, Shape{4});
  const Tensor y = Tensor::from<float>(std::vector<float>{3, 6, 9, 12}, Shape{4});
  float w = 0;
  for (int step = 0; step < 60; ++step) {
    Tensor weight = Tensor::scalar(w);
    weight.set_requires_grad();
    const Tensor error = x * weight - y;
    ops::mean(error * error).backward();
    w -= 0.05f * static_cast<float>(weight.grad().item());
  }
  return w;
}

// The tuner alone: the lowest point of a parabola, and the page about it.
double tune_parabola() {
  tune::Study study = tune::Study::open({.name = "parabola"});
  const auto objective = [](tune::Trial& trial) {
    const double x = trial.suggest_float("x", -10, 10);
    return tune::Outcome::complete((x - 2) * (x - 2));
  };
  study.optimize(tune::Objective(objective), {.trials = 30});
  const std::string page = report::render_report(report::study_report(study));
  check(page.find("Tuning parabola") != std::string::npos, "the report does not name its study");
  return *study.best().value();
}

}  // namespace

int main() {
  try {
    const auto device = open_device("cpu");
    const double slope = learn_slope(*device->new_backend({.threads = 1}));
    const nn::Network network{nn::Conv2d{.out = 4}, nn::ReLU{}, nn::MaxPool2d{}, nn::Flatten{},
                              nn::Linear{.out = 10}};
    nn::Model model(network, Shape{28, 28, 1}, device->new_backend({.threads = 1}), 1);
    const double lowest = tune_parabola();
    std::printf("hone %s on %s\n%sslope %.4f, lowest %.4f\n", kVersion,
                device->description().c_str(), model.summary().c_str(), slope, lowest);
    return std::abs(slope - 3) < 1e-3 && lowest < 4 ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
