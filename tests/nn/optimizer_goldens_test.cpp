// Optimizers step by step against the paths that Keras and PyTorch took.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "optim/optimizer.h"
#include "optim/weight_average.h"
#include "tensor/ops.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using Json = nlohmann::json;

namespace {

optim::OptimizerSpec spec_of(const std::string& family, const Json& o) {
  const auto form = family.starts_with("keras") ? OptimizerForm::keras : OptimizerForm::pytorch;
  const float lr = o.at("lr"), decay = o.value("wd", 0.0f);
  if (family.ends_with("sgd"))
    return optim::SGD{.lr = lr,
                      .momentum = o.value("momentum", 0.0f),
                      .nesterov = o.value("nesterov", false),
                      .weight_decay = decay,
                      .form = form,
                      .clip = {.value = o.value("clipvalue", 0.0f),
                               .norm = o.value("global_clipnorm", 0.0f),
                               .each_norm = o.value("clipnorm", 0.0f)}};
  if (family.ends_with("rmsprop"))
    return optim::RMSprop{.lr = lr,
                          .rho = o.at("rho"),
                          .momentum = o.value("momentum", 0.0f),
                          .epsilon = o.at("eps"),
                          .centered = o.value("centered", false),
                          .weight_decay = decay,
                          .form = form};
  if (family.ends_with("adagrad"))
    return optim::Adagrad{.lr = lr,
                          .initial_accumulator = o.at("initial"),
                          .epsilon = o.at("eps"),
                          .weight_decay = decay,
                          .form = form};
  if (family == "torch_adamw")
    return optim::AdamW{.lr = lr,
                        .beta1 = o.at("betas")[0],
                        .beta2 = o.at("betas")[1],
                        .epsilon = o.at("eps"),
                        .weight_decay = decay};
  return optim::Adam{.lr = lr,
                     .beta1 = o.at("betas")[0],
                     .beta2 = o.at("betas")[1],
                     .epsilon = o.at("eps"),
                     .weight_decay = decay,
                     .decoupled_decay = family != "torch_adam",
                     .form = form};
}

// The largest |difference| / max |expected| over all steps of the path: the difference relative to
// the parameters as a vector, since a single one may cross zero.
double worst_relative(const Json& golden, const Json& path, Device& device) {
  const auto start = golden.at("start").get<std::vector<float>>();
  optim::FlatParameters parameters(device, {{"a", {3}}, {"b", {5}}});
  parameters.tensor(0).assign(std::vector<float>(start.begin(), start.begin() + 3));
  parameters.tensor(1).assign(std::vector<float>(start.begin() + 3, start.end()));
  const auto backend = device.new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const auto optimizer =
      optim::make_optimizer(spec_of(path.at("family"), path.at("options")), parameters);
  const Json& gradients = golden.at("gradients").at(path.at("gradients").get<std::string>());
  double worst = 0;
  for (std::size_t t = 0; t < golden.at("steps").get<std::size_t>(); ++t) {
    if (t == golden.at("cut_after_step").get<std::size_t>())
      optimizer->set_learning_rate(optimizer->learning_rate() *
                                   golden.at("cut_factor").get<float>());
    const auto g = gradients[t].get<std::vector<float>>();
    const Tensor ga = Tensor::from<float>(std::vector<float>(g.begin(), g.begin() + 3), Shape{3});
    const Tensor gb = Tensor::from<float>(std::vector<float>(g.begin() + 3, g.end()), Shape{5});
    const Tensor loss = ops::sum(parameters.tensor(0) * ga) + ops::sum(parameters.tensor(1) * gb);
    loss.backward();  // gives exactly g
    optimizer->step();
    std::vector<float> now = parameters.tensor(0).to_vector();
    for (const float value : parameters.tensor(1).to_vector()) now.push_back(value);
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      const double expected = path.at("parameters")[t][i].get<double>();
      largest = std::max(largest, std::fabs(expected));
      difference = std::max(difference, std::fabs(static_cast<double>(now[i]) - expected));
    }
    worst = std::max(worst, difference / largest);
  }
  return worst;
}

}  // namespace

TEST_CASE("two hundred steps of every optimizer follow Keras and PyTorch, also after a rate cut") {
  const Json golden =
      Json::parse(train_test::read_text(hone::test::goldens_dir() + "/optimizers.json"));
  for (const char* name : {"ref", "cpu"}) {
    const auto device = open_device(name);
    int checked = 0;
    for (const Json& path : golden.at("paths")) {
      CAPTURE(path.at("name").get<std::string>() + " " + path.at("gradients").get<std::string>());
      CHECK(worst_relative(golden, path, *device) < 1e-5);
      ++checked;
    }
    CHECK(checked >= 54);
  }
}

TEST_CASE("the average of the weights follows PyTorch's over two hundred steps") {
  const auto read = [](const char* file) {
    return Json::parse(train_test::read_text(hone::test::goldens_dir() + file));
  };
  const Json path = read("/optimizers.json").at("paths")[0].at("parameters");
  const Json golden = read("/weight_average.json");
  for (const char* name : {"ref", "cpu"})
    for (const Json& row : golden.at("averages")) {
      const auto device = open_device(name);
      const auto backend = device->new_backend({.threads = 1});
      const BackendScope scope(*backend);
      optim::FlatParameters parameters(*device, {{"a", {8}}});
      optim::WeightAverage average(parameters, row.at("momentum").get<float>());
      float worst = 0;
      for (std::size_t t = 0; t < path.size(); ++t) {
        parameters.tensor(0).assign(path[t].get<std::vector<float>>());
        average.update();
        const auto now = average.average().to_vector();
        const auto expected = row.at("values")[t].get<std::vector<float>>();
        for (std::size_t i = 0; i < expected.size(); ++i)
          worst = std::max(worst, std::fabs(now[i] - expected[i]));
      }
      CHECK(path.size() == 200);
      CHECK(worst < 3e-6f);  // of weights up to 3
    }
}
