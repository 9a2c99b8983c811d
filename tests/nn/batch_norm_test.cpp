// Batch normalisation and average pooling: numbers of PyTorch and Keras, folding, small batches.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/io/model_file.h"
#include "optim/optimizer.h"
#include "tensor/tape.h"
#include "tests/golden_values.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using nlohmann::json;
using test::check_close;
using test::Setting;
using test::shape_of;
using test::tensor;

namespace {

const json& goldens() {
  static const json all = test::read_goldens("norm_pool.json");
  return all;
}

template <class Body>
void on_every_setting(Body body) {
  for (const Setting& on : test::settings(2e-5)) {
    const auto device = open_device(on.device);
    const auto backend = device->new_backend();
    const BackendScope scope(*backend);
    body(on);
  }
}

std::vector<float> some_values(std::int64_t count, float phase) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(phase + static_cast<float>(i * i % 101)) * 2 + 0.5f;
  return values;
}

// A few steps of SGD on made-up data; returns all parameters and buffers.
std::vector<float> trained(nn::Model& model, int steps, int rows, const Shape& in, int classes) {
  const BackendScope scope(model.backend());
  const auto optimizer = optim::make_optimizer(optim::SGD{.lr = 0.05f}, model.parameters());
  model.train(true);
  Shape batch = in;
  batch = in.rank() == 1 ? Shape{rows, in[0]} : Shape{rows, in[0], in[1], in[2]};
  for (int step = 0; step < steps; ++step) {
    const Tensor x = Tensor::from(some_values(batch.count(), static_cast<float>(step)), batch);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < rows; ++i) labels.push_back((i * 7 + step) % classes);
    ops::softmax_cross_entropy(model.forward(x), Tensor::from(labels, {rows})).backward();
    optimizer->step();
  }
  model.train(false);
  return model.parameters().state().to_vector();
}

nn::Network normed_cnn() {
  return {nn::Conv2d{.out = 5, .kernel = 3},
          nn::BatchNorm{.momentum = 0.5f},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Residual{{nn::Conv2d{.out = 5, .padding = nn::Padding::same, .bias = false},
                        nn::BatchNorm{.form = OptimizerForm::pytorch}, nn::ReLU{},
                        nn::Conv2d{.out = 5, .padding = nn::Padding::same}, nn::BatchNorm{}}},
          nn::ReLU{},
          nn::BatchNorm{},
          nn::AvgPool2d{},
          nn::Conv2d{.out = 4, .kernel = 1},
          nn::Tanh{},
          nn::GlobalAvgPool2d{},
          nn::Linear{.out = 6},
          nn::Sigmoid{},
          nn::BatchNorm{},
          nn::ReLU{},
          nn::Linear{.out = 3}};
}

}  // namespace

TEST_CASE("batch_norm has PyTorch's outputs and gradients") {
  int seen = 0;
  on_every_setting([&](const Setting& on) {
    for (const json& golden : goldens().at("batch_norm")) {
      const Shape shape = shape_of(golden.at("x_shape"));
      const Tensor x = tensor(golden.at("x"), shape, on.dtype, true);
      const Tensor scale = tensor(golden.at("scale"), {shape[-1]}, on.dtype, true);
      const Tensor shift = tensor(golden.at("shift"), {shape[-1]}, on.dtype, true);
      const Tensor y = ops::batch_norm(x, scale, shift, Tensor::zeros({shape[-1]}, on.dtype),
                                       Tensor::zeros({shape[-1]}, on.dtype),
                                       {.epsilon = golden.at("epsilon"),
                                        .training = true,
                                        .relu = golden.at("relu"),
                                        .pool = golden.at("pool")});
      const std::string what = on.device + " " + golden.at("name").get<std::string>();
      CHECK(y.shape() == shape_of(golden.at("y_shape")));
      ops::sum(y * tensor(golden.at("dy"), y.shape(), on.dtype)).backward();
      check_close(what + " y", y, golden.at("y"), on.tolerance);
      check_close(what + " dx", x.grad(), golden.at("dx"), on.tolerance);
      check_close(what + " dscale", scale.grad(), golden.at("dscale"), on.tolerance);
      check_close(what + " dshift", shift.grad(), golden.at("dshift"), on.tolerance);
      ++seen;
    }
  });
  CHECK(seen >= 15);
}

TEST_CASE("avgpool2d has PyTorch's outputs and gradients") {
  on_every_setting([&](const Setting& on) {
    for (const json& golden : goldens().at("avgpool2d")) {
      const Tensor x = tensor(golden.at("x"), shape_of(golden.at("x_shape")), on.dtype, true);
      const Tensor y = ops::avgpool2d(
          x, {.kernel = golden.at("kernel").get<int>(), .stride = golden.at("stride").get<int>()});
      CHECK(y.shape() == shape_of(golden.at("y_shape")));
      ops::sum(y * tensor(golden.at("dy"), y.shape(), on.dtype)).backward();
      check_close("y", y, golden.at("y"), on.tolerance);
      check_close("dx", x.grad(), golden.at("dx"), on.tolerance);
    }
  });
}

TEST_CASE("BatchNorm has the running statistics of Keras and PyTorch and their evaluation mode") {
  for (const std::string& name : device_names())
    for (const json& golden : goldens().at("running")) {
      const auto device = open_device(name);
      const Shape all = shape_of(golden.at("shape"));
      const Shape batch = all.without(0), in = batch.without(0);
      nn::Model model(
          {nn::BatchNorm{.momentum = golden.at("momentum").get<float>(),
                         .epsilon = golden.at("epsilon").get<float>(),
                         .form = golden.at("form") == "keras" ? OptimizerForm::keras
                                                              : OptimizerForm::pytorch}},
          in, device->new_backend(), 1);
      const BackendScope scope(model.backend());
      const Tensor x = tensor(golden.at("x"), all, DType::f32);
      const NoGrad no_grad;
      model.train(true);
      for (int i = 0; i < 3; ++i) {
        model.forward(x.part(i * batch.count(), batch));
        const auto& parameters = model.parameters();
        check_close("mean", parameters.buffer("batch_norm_1.mean"),
                    golden.at("means")[static_cast<std::size_t>(i)], 1e-6);
        check_close("variance", parameters.buffer("batch_norm_1.variance"),
                    golden.at("variances")[static_cast<std::size_t>(i)], 1e-6);
      }
      model.train(false);
      check_close("y", model.forward(x.part(3 * batch.count(), batch)), golden.at("y"), 1e-5);
    }
}

TEST_CASE("a network with batch norm is the same folded and unfolded, in training and after") {
  for (const std::string& name : device_names()) {
    const auto device = open_device(name);
    std::vector<std::vector<float>> state, output;
    for (const bool fuse : {false, true}) {
      nn::Model model(normed_cnn(), {10, 10, 1}, device->new_backend({.threads = 2}), 5,
                      {.fuse = fuse});
      state.push_back(trained(model, 4, 6, {10, 10, 1}, 3));
      const BackendScope scope(model.backend());
      const NoGrad no_grad;
      output.push_back(
          model.forward(Tensor::from(some_values(300, 9), {3, 10, 10, 1})).to_vector());
    }
    REQUIRE(state[0].size() == state[1].size());
    for (std::size_t i = 0; i < state[0].size(); ++i)
      CHECK(state[0][i] == doctest::Approx(state[1][i]).epsilon(2e-3));
    for (std::size_t i = 0; i < output[0].size(); ++i)
      CHECK(output[0][i] == doctest::Approx(output[1][i]).epsilon(2e-3));
  }
}

TEST_CASE("batch norm stands in the summary, in its block, with its parameters and buffers") {
  const auto device = open_device("cpu");
  nn::Model model(normed_cnn(), {10, 10, 1}, device->new_backend(), 5);
  const std::string text = model.summary();
  CAPTURE(text);
  for (const char* part : {"batch_norm_1", "in conv2d_1", "  body.batch_norm_2", "in body.conv2d_1",
                           "batch_norm momentum 0.5"})
    CHECK(text.find(part) != std::string::npos);
  std::string names;
  for (const auto& buffer : model.parameters().buffers()) names += buffer.name + " ";
  CHECK(
      names.starts_with("batch_norm_1.mean batch_norm_1.variance "
                        "residual_1.body.batch_norm_1.mean "));
  // Optimizers never see the running statistics, whatever the decay.
  CHECK(model.parameters().buffers()[0].offset >= model.parameters().values().count());
}

TEST_CASE("a model with running statistics goes to a file and back") {
  const auto device = open_device("cpu");
  const TempFolder folder;
  nn::Model model(normed_cnn(), {10, 10, 1}, device->new_backend(), 5);
  const std::vector<float> state = trained(model, 3, 6, {10, 10, 1}, 3);
  nn::io::save_model(folder / "m", model);
  const auto loaded = nn::io::load_model(folder / "m", device->new_backend());
  CHECK(*loaded.model->network() == normed_cnn());
  CHECK(same_bits(loaded.model->parameters().state().to_vector(), state));
}

TEST_CASE("a batch with one value a channel is refused before it trains") {
  const auto device = open_device("cpu");
  const nn::Model vectors({nn::Linear{.out = 3}, nn::BatchNorm{}}, {4}, device->new_backend(), 1);
  vectors.check_batch(2);
  CHECK(contains(error_of([&] { vectors.check_batch(1); }),
                 "usage: batch_norm_1: a training batch of 1 gives one value a channel"));
  const nn::Model images({nn::BatchNorm{}}, {2, 1, 3}, device->new_backend(), 1);
  images.check_batch(1);
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  const Tensor one = Tensor::zeros({3});
  CHECK_THROWS_WITH_AS(
      ops::batch_norm(Tensor::zeros({1, 3}), one, one, one, one, {.training = true}),
      doctest::Contains("needs at least 2"), Error);
  CHECK_THROWS_WITH_AS(ops::batch_norm(Tensor::zeros({2, 3}), one, one, one, Tensor::zeros({4})),
                       doctest::Contains("running_variance has shape [4], [3] is needed"), Error);
}

TEST_CASE("a residual connection adds what its networks give and says when they differ") {
  const auto device = open_device("cpu");
  const nn::Residual same{{nn::Tanh{}}};
  nn::Model model({same}, {3}, device->new_backend(), 1);
  const BackendScope scope(model.backend());
  const std::vector<float> x = {-1, 0, 2};
  const std::vector<float> y = model.forward(Tensor::from(x, {1, 3})).to_vector();
  for (std::size_t i = 0; i < 3; ++i) CHECK(y[i] == doctest::Approx(std::tanh(x[i]) + x[i]));
  clear_tape();
  CHECK_THROWS_WITH_AS(nn::cost({nn::Residual{{nn::Conv2d{.out = 4}}}}, {6, 6, 1}),
                       doctest::Contains("residual_1: body gives [4, 4, 4], shortcut [6, 6, 1]"),
                       Error);
  CHECK_THROWS_WITH_AS(nn::cost({nn::Residual{{nn::ReLU{}, nn::Linear{}}}}, {6, 6, 1}),
                       doctest::Contains("residual_1: body: linear_1: needs one axis"), Error);
  const nn::NetworkCost cost = nn::cost(
      {nn::Residual{{nn::Conv2d{.out = 4}}, {nn::Conv2d{.out = 4, .bias = false}}}}, {6, 6, 1});
  CHECK(cost.parameters == 40 + 36);
  CHECK(cost.layers[0].inner[1].name == "shortcut.conv2d_1");
}

TEST_CASE("every kind of the library comes back from JSON with every field") {
  const nn::Network network = normed_cnn();
  CHECK(nn::network_from_json(nn::to_json(network)) == network);
  for (const nn::Layer& layer : nn::library_layers())
    if (layer.kind() != "residual")
      CHECK(nn::network_from_json("[{\"layer\": \"" + layer.kind() + "\"}]") == nn::Network{layer});
}
