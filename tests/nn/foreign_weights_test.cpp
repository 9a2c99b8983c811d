// Weights from PyTorch and Keras: the numbers that they give there, and what does not fit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "nn/io/foreign_weights.h"
#include "nn/io/safetensors.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace train_test;
using nn::io::ForeignWeights;
using nn::io::load_foreign_weights;
using nn::io::WeightLayout;

namespace {

nn::Network torch_network() {
  return {nn::Conv2d{.out = 4, .kernel = 3, .padding = nn::Padding::same},
          nn::BatchNorm{.momentum = 0.9f, .epsilon = 1e-5f, .form = OptimizerForm::pytorch},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Conv2d{.out = 6, .kernel = 3, .groups = 2},
          nn::GroupNorm{.groups = 3},
          nn::GELU{},
          nn::Flatten{},
          nn::BatchNorm{.epsilon = 1e-5f},
          nn::Linear{.out = 5},
          nn::LayerNorm{},
          nn::ReLU{},
          nn::Linear{.out = 3}};
}

ForeignWeights torch_names() {
  return {.layout = WeightLayout::pytorch,
          .names = {{"conv2d_1", "features.0"},
                    {"batch_norm_1", "features.1"},
                    {"conv2d_2", "features.4"},
                    {"group_norm_1", "features.5"},
                    {"batch_norm_2", "head.1"},
                    {"linear_1", "head.2"},
                    {"layer_norm_1", "head.3"},
                    {"linear_2", "head.5"}}};
}

nn::Network keras_network() {
  return {nn::Conv2d{.out = 4, .kernel = 3, .padding = nn::Padding::same},
          nn::BatchNorm{},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Conv2d{.out = 8, .kernel = 3, .groups = 4},
          nn::GELU{},
          nn::Flatten{},
          nn::Linear{.out = 5},
          nn::LayerNorm{.epsilon = 1e-3f},
          nn::ReLU{},
          nn::Linear{.out = 3}};
}

ForeignWeights keras_names() {
  return {.layout = WeightLayout::keras,
          .names = {{"conv2d_1", "sequential/conv2d"},
                    {"batch_norm_1", "sequential/batch_normalization"},
                    {"conv2d_2", "sequential/depthwise"},
                    {"linear_1", "sequential/dense"},
                    {"layer_norm_1", "sequential/norm"},
                    {"linear_2", "sequential/dense_1"}}};
}

std::string file_of(const std::string& name) {
  return hone::test::goldens_dir() + "/foreign/" + name;
}

nlohmann::json golden() { return nlohmann::json::parse(read_text(file_of("foreign.json"))); }

// The largest difference between what the model gives for the golden input and what stands there.
float worst(nn::Model& model, const Tensor& x, const std::string& name) {
  model.set_info({.output = nn::OutputKind::values});
  const std::vector<float> y = model.predict(x), expected = golden().at(name);
  REQUIRE(y.size() == expected.size());
  float most = 0;
  for (std::size_t i = 0; i < y.size(); ++i) most = std::max(most, std::fabs(y[i] - expected[i]));
  return most;
}

Tensor pictures(Device& device) {
  return Tensor::from<float>(device, golden().at("x").get<std::vector<float>>(), Shape{3, 8, 8, 2});
}

}  // namespace

TEST_CASE("a network from PyTorch gives the numbers that it gave there") {
  for (const char* name : {"cpu", "ref"}) {
    const auto device = open_device(name);
    nn::Model model(torch_network(), {8, 8, 2}, device->new_backend({.threads = 1}), 1);
    load_foreign_weights(file_of("torch.safetensors"), model, torch_names());
    CHECK(worst(model, pictures(*device), "torch") < 1e-5f);
  }
}

TEST_CASE("a network from Keras gives the numbers that it gave there") {
  for (const char* name : {"cpu", "ref"}) {
    const auto device = open_device(name);
    nn::Model model(keras_network(), {8, 8, 2}, device->new_backend({.threads = 1}), 1);
    load_foreign_weights(file_of("keras.safetensors"), model, keras_names());
    CHECK(worst(model, pictures(*device), "keras") < 1e-5f);
  }
}

TEST_CASE("tables of embeddings come from both") {
  const auto device = open_device("cpu");
  const Tensor indices = Tensor::from<std::int32_t>(
      *device, golden().at("indices").get<std::vector<std::int32_t>>(), Shape{2, 3});
  const nn::Network network{nn::Embedding{.count = 7, .width = 4}, nn::Flatten{},
                            nn::Linear{.out = 2}};
  nn::Model model(network, {3}, device->new_backend({.threads = 1}), 1);
  load_foreign_weights(file_of("torch_tokens.safetensors"), model,
                       {.names = {{"embedding_1", "0"}, {"linear_1", "2"}}});
  CHECK(worst(model, indices, "torch_tokens") < 1e-5f);
  load_foreign_weights(file_of("keras_tokens.safetensors"), model,
                       {.layout = WeightLayout::keras,
                        .names = {{"embedding_1", "sequential_1/embedding"},
                                  {"linear_1.weight", "sequential_1/dense/kernel"},
                                  {"linear_1.bias", "sequential_1/dense/bias"}}});
  CHECK(worst(model, indices, "keras_tokens") < 1e-5f);
}

TEST_CASE("a module of one's own says what was flattened") {
  struct Own : nn::Module {
    Own() : head_(child("head", nn::build(nn::Linear{.out = 2}, Shape{12}))) {}
    Tensor forward(const Tensor& x) override { return head_.forward(ops::flatten(x)); }
    nn::Module& head_;
  };
  const TempFolder folder;
  const auto device = open_device("cpu");
  nn::Model model(std::make_unique<Own>(), {2, 2, 3}, device->new_backend({.threads = 1}), 1);
  // Output 0 takes channel 2 of the pixel in row 1, column 0: place 2 * 4 + 1 * 2 of [C, H, W].
  std::vector<float> weight(24, 0.0f);
  weight[10] = 1;
  const auto data = [](const std::string& name, const std::vector<std::int64_t>& shape,
                       const std::vector<float>& values) {
    nn::io::TensorData tensor{name, "F32", shape, {}};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    tensor.bytes.assign(bytes, bytes + values.size() * sizeof(float));
    return tensor;
  };
  write_file_atomic(folder / "w", nn::io::write_safetensors({data("head.weight", {2, 12}, weight),
                                                             data("head.bias", {2}, {0, 0})},
                                                            {}));
  load_foreign_weights((folder / "w").string(), model, {.flattened = {{"head", Shape{2, 2, 3}}}});
  std::vector<float> picture(12);
  for (std::size_t i = 0; i < 12; ++i) picture[i] = static_cast<float>(i);
  const Tensor x = Tensor::from<float>(*device, picture, Shape{1, 2, 2, 3});
  model.set_info({.output = nn::OutputKind::values});
  CHECK(model.predict(x)[0] == 8);  // row 1, column 0, channel 2
  CHECK(contains(
      error_of([&] {
        load_foreign_weights((folder / "w").string(), model, {.flattened = {{"head", Shape{12}}}});
      }),
      "is [H, W, C], not [12]"));
}

TEST_CASE("all that is missing, left over or of another shape is named at once") {
  const auto device = open_device("cpu");
  nn::Network other = torch_network();
  other.add(nn::ReLU{}).add(nn::Linear{.out = 2});
  nn::Model model(other, {8, 8, 2}, device->new_backend({.threads = 1}), 1);
  const std::vector<float> before = weights(model);
  ForeignWeights names = torch_names();
  std::swap(names.names.at("linear_1"), names.names.at("conv2d_2"));
  names.names.erase("layer_norm_1");
  const std::string error =
      error_of([&] { load_foreign_weights(file_of("torch.safetensors"), model, names); });
  CHECK(contains(error, "data: "));
  CHECK(contains(error, "torch.safetensors: does not fit the model:"));
  CHECK(
      contains(error, "'head.2.weight' has the shape [5, 24], conv2d_2.weight needs [6, 2, 3, 3]"));
  CHECK(contains(error,
                 "'features.4.weight' has the shape [6, 2, 3, 3], linear_1.weight needs [5, 24]"));
  CHECK(contains(error, "'features.4.bias' has the shape [6], linear_1.bias needs [5]"));
  CHECK(contains(error, "'layer_norm_1.weight' is missing, for layer_norm_1.scale"));
  CHECK(contains(error, "'linear_3.weight' is missing, for linear_3.weight"));
  CHECK(contains(error, "'head.3.weight' belongs to no layer of the model"));
  CHECK(contains(error, "by `ignore`"));
  CHECK(same_bits(weights(model), before));
  CHECK(contains(
      error_of([&] {
        load_foreign_weights(file_of("torch.safetensors"), model,
                             {.names = {{"conv2d_9", "features.0"}}});
      }),
      "usage: weights: the model has no layer or parameter 'conv2d_9'; its layers: conv2d_1"));
  CHECK(contains(error_of([&] { load_foreign_weights(file_of("none"), model, {}); }), "data: "));
}

TEST_CASE("arrays of other types or that are not finite are refused, others can be left out") {
  const auto device = open_device("cpu");
  const TempFolder folder;
  nn::Model model(nn::Network{nn::Linear{.out = 1}}, {1}, device->new_backend({.threads = 1}), 1);
  const auto write = [&](const std::string& type, std::vector<std::uint8_t> bytes,
                         const std::string& extra) {
    std::vector<nn::io::TensorData> all{{"linear_1.weight", type, {1, 1}, std::move(bytes)},
                                        {"linear_1.bias", "F32", {1}, {0, 0, 0, 0}}};
    if (!extra.empty()) all.push_back({extra, "F32", {1}, {0, 0, 0, 0}});
    write_file_atomic(folder / "w", nn::io::write_safetensors(all, {}));
    return error_of(
        [&] { load_foreign_weights((folder / "w").string(), model, {.ignore = {"optimizer."}}); });
  };
  CHECK(write("F32", {0, 0, 0x80, 0x3f}, "") == "");
  CHECK(model.parameters().tensor("linear_1.weight").item() == 1);
  CHECK(write("F32", {0, 0, 0x80, 0x3f}, "optimizer.step") == "");
  CHECK(contains(write("F32", {0, 0, 0x80, 0x3f}, "other"), "'other' belongs to no layer"));
  CHECK(contains(write("F16", {0, 0x3c}, ""), "'linear_1.weight' is F16, F32 is needed"));
  CHECK(contains(write("F32", {0, 0, 0xc0, 0x7f}, ""), "has a value that is not finite"));
}
