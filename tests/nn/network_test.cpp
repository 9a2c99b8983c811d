// nn: descriptions, costs, folding, models.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/byte_size.h"
#include "base/error.h"
#include "nn/init.h"
#include "nn/model.h"
#include "tensor/tape.h"

using namespace hone;

namespace {

nn::Network reference_cnn() {
  return {nn::Conv2d{.out = 32, .kernel = 3},
          nn::ReLU{},
          nn::MaxPool2d{.kernel = 2},
          nn::Conv2d{.out = 64, .kernel = 3},
          nn::ReLU{},
          nn::MaxPool2d{.kernel = 2},
          nn::Flatten{},
          nn::Dropout{.p = 0.5f},
          nn::Linear{.out = 128},
          nn::ReLU{},
          nn::Linear{.out = 10}};
}

nn::Network tutorial(int blocks) {
  nn::Network net{nn::Conv2d{.out = 64, .kernel = 7, .padding = nn::Padding::same}, nn::ReLU{},
                  nn::MaxPool2d{}};
  for (int i = 1; i < blocks; ++i) {
    for (int k = 0; k < 2; ++k)
      net.add(nn::Conv2d{.out = 128 * i, .kernel = 3, .padding = nn::Padding::same})
          .add(nn::ReLU{});
    net.add(nn::MaxPool2d{});
  }
  return net.add(nn::Flatten{})
      .add(nn::Linear{.out = 128})
      .add(nn::ReLU{})
      .add(nn::Dropout{.p = 0.3f})
      .add(nn::Linear{.out = 64})
      .add(nn::ReLU{})
      .add(nn::Dropout{.p = 0.3f})
      .add(nn::Linear{.out = 10});
}

}  // namespace

TEST_CASE("parameter counts are those of the reference networks") {
  CHECK(nn::cost(reference_cnn(), {28, 28, 1}).parameters == 225034);
  CHECK(nn::cost(tutorial(1), {28, 28, 1}).parameters == 1617866);
  CHECK(nn::cost(tutorial(2), {28, 28, 1}).parameters == 1036490);
  CHECK(nn::cost(tutorial(3), {28, 28, 1}).parameters == 1413834);
  CHECK(nn::cost(tutorial(4), {28, 28, 1}).parameters == 3380682);
}

TEST_CASE("costs match the published multiply-add counts") {
  // 4.07, 46.6, 89.5 and 109.1 million multiply-adds forward per image, to three digits.
  const double expected[] = {4.07e6, 46.6e6, 89.5e6, 109.1e6};
  for (int blocks = 1; blocks <= 4; ++blocks) {
    const nn::NetworkCost total = nn::cost(tutorial(blocks), {28, 28, 1});
    CHECK(std::abs(static_cast<double>(total.flops) / 2 / expected[blocks - 1] - 1) < 0.02);
    CHECK(total.training_flops > 2 * total.flops);
    CHECK(total.training_flops < 3 * total.flops);
  }
}

TEST_CASE("a network is a value that survives JSON") {
  for (const nn::Network& network : {reference_cnn(), tutorial(3)}) {
    CHECK(nn::network_from_json(nn::to_json(network)) == network);
  }
  CHECK(!(reference_cnn() == tutorial(1)));
}

TEST_CASE("a network in JSON is read with defaults, and refused where it says something unknown") {
  CHECK(nn::network_from_json(R"([{"layer": "relu"}, {"layer": "linear", "bias": false}])") ==
        nn::Network{nn::ReLU{}, nn::Linear{.bias = false}});
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"layer": "lstm"}])", "network: [0]: layer 'lstm' is unknown"},
      {R"([{"layer": "relu"}, {"layer": "linear", "units": 3}])",
       "network: [1].units: a linear has no field of that name"},
      {R"([{"layer": "linear", "layer": "relu"}])", "layer"},
      {R"([{"layer": "linear", "out": 2.5}])", "network: [0].out"},
      {R"([{"layer": "linear", "out": 0}])", "out is 0, it must be 1 to 16777216"},
      {R"([{"layer": "linear", "init": "luck"}])", "is 'luck', it must be one of glorot_uniform"},
      {R"([{"layer": "dropout", "p": NaN}])", "p is nan, it must be 0 to 1"},
      {R"([{"out": 1}])", "layer"},
      {"[]", "has no layers"},
      {"{", "network"}};
  for (const auto& wrong : cases) {  // no structured binding: clang 14 captures none
    CAPTURE(wrong.first);
    CHECK_THROWS_WITH_AS(nn::network_from_json(wrong.first), doctest::Contains(wrong.second),
                         Error);
  }
}

TEST_CASE("a layer that does not fit is named with the shape it got") {
  const nn::Network flat_conv{nn::Flatten{}, nn::Conv2d{.out = 4}};
  CHECK_THROWS_WITH_AS(nn::cost(flat_conv, {8, 8, 1}), doctest::Contains("conv2d_1: needs images"),
                       Error);
  const nn::Network unflat{nn::Conv2d{.out = 4}, nn::Linear{.out = 2}};
  CHECK_THROWS_WITH_AS(nn::cost(unflat, {8, 8, 1}), doctest::Contains("linear_1: needs one axis"),
                       Error);
  const nn::Network deep{nn::MaxPool2d{}, nn::MaxPool2d{}, nn::MaxPool2d{}, nn::MaxPool2d{}};
  CHECK_THROWS_WITH_AS(nn::cost(deep, {8, 8, 1}), doctest::Contains("maxpool2d_4"), Error);
  CHECK_THROWS_WITH_AS(nn::cost({nn::Conv2d{.out = 4, .kernel = 9}}, {8, 8, 1}),
                       doctest::Contains("conv2d_1"), Error);
  CHECK_THROWS_WITH_AS(nn::cost({nn::Dropout{.p = 1.5f}}, {8, 8, 1}), doctest::Contains("p is 1.5"),
                       Error);
}

TEST_CASE("the summary shows what is folded into what") {
  const std::string folded = nn::summary(reference_cnn(), {28, 28, 1});
  CHECK(folded.find("in conv2d_1") != std::string::npos);
  CHECK(folded.find("225,034 parameters") != std::string::npos);
  const std::int64_t bytes = nn::cost(reference_cnn(), {28, 28, 1}).activation_bytes;
  CHECK(bytes > 1024);
  CHECK(folded.find(bytes_text(static_cast<std::uint64_t>(bytes)) + " of activations\n") !=
        std::string::npos);
  CHECK(nn::summary(reference_cnn(), {28, 28, 1}, false).find("in conv2d_1") == std::string::npos);
  // Folding saves activations: the convolution's own output is never stored.
  CHECK(nn::cost(reference_cnn(), {28, 28, 1}).activation_bytes * 2 <
        nn::cost(reference_cnn(), {28, 28, 1}, false).activation_bytes);
}

TEST_CASE("initial weights have the published limits and do not depend on the device") {
  const Shape shape{64, 7, 7, 1};
  const auto values = nn::initial_values(shape, nn::Init::glorot_uniform, 1, 0);
  float largest = 0;
  double squares = 0;
  for (const float value : values) {
    largest = std::max(largest, std::abs(value));
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  CHECK(largest <= 0.0434f);  // sqrt(6 / (49 + 3136))
  CHECK(largest > 0.043f);
  const double variance = squares / static_cast<double>(values.size());
  CHECK(std::abs(variance / (2.0 / (49 + 3136)) - 1) < 0.1);
  CHECK(values == nn::initial_values(shape, nn::Init::glorot_uniform, 1, 0));
  CHECK(values != nn::initial_values(shape, nn::Init::glorot_uniform, 1, 1));
  CHECK(values != nn::initial_values(shape, nn::Init::glorot_uniform, 2, 0));
}

TEST_CASE("folded and unfolded models give the same outputs and gradients") {
  for (const std::string& name : device_names()) {
    const auto device = open_device(name);
    std::vector<float> pixels(432);  // 3 x 12 x 12
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = std::sin(static_cast<float>(i * i % 97));
    const nn::Network network{nn::Conv2d{.out = 5, .kernel = 3},
                              nn::ReLU{},
                              nn::MaxPool2d{},
                              nn::Flatten{},
                              nn::Dropout{.p = 0.4f},
                              nn::Linear{.out = 7},
                              nn::ReLU{},
                              nn::Linear{.out = 3}};
    std::vector<std::vector<float>> results[2];
    for (const bool fuse : {false, true}) {
      nn::Model model(network, {12, 12, 1}, device->new_backend({.threads = 1}), 5, {.fuse = fuse});
      const BackendScope scope(model.backend());
      model.train(true);
      const Tensor x = Tensor::from<float>(pixels, {3, 12, 12, 1});
      const Tensor labels = Tensor::from<std::int32_t>(std::vector<std::int32_t>{0, 2, 1}, {3});
      const Tensor loss = ops::softmax_cross_entropy(model.forward(x), labels);
      loss.backward();
      results[fuse].push_back(loss.to_vector());
      for (std::size_t i = 0; i < model.parameters().entries().size(); ++i)
        results[fuse].push_back(model.parameters().tensor(i).grad().to_vector());
    }
    REQUIRE(results[0].size() == results[1].size());
    for (std::size_t i = 0; i < results[0].size(); ++i)
      for (std::size_t k = 0; k < results[0][i].size(); ++k)
        CHECK(results[0][i][k] == doctest::Approx(results[1][i][k]).epsilon(1e-5));
  }
}

TEST_CASE("a user's own module with a branch needs no change in the library") {
  struct Residual : nn::Module {
    explicit Residual(int channels)
        : weight(parameter("weight", {channels, 3, 3, channels}, nn::Init::he_uniform)) {}
    Tensor forward(const Tensor& x) override {
      return ops::relu(x + ops::conv2d(x, weight, {}, {.padding = nn::Padding::same}));
    }
    nn::Parameter weight;
  };
  struct Net : nn::Module {
    Net()
        : block(child("block", std::make_unique<Residual>(1))), head(parameter("head", {16, 2})) {}
    Tensor forward(const Tensor& x) override {
      return ops::matmul(ops::flatten(block.forward(x)), head);
    }
    Residual& block;
    nn::Parameter head;
  };
  const auto device = open_device("ref");
  nn::Model model(std::make_unique<Net>(), {4, 4, 1}, device->new_backend(), 3);
  CHECK(model.parameters().entries()[1].name == "block.weight");
  const BackendScope scope(model.backend());
  const Tensor y = model.forward(Tensor::full({2, 4, 4, 1}, 0.5));
  CHECK(y.shape() == Shape{2, 2});
  ops::sum(y).backward();
  CHECK(model.parameters().tensor("block.weight").grad().defined());
  CHECK_THROWS_WITH_AS(model.forward(Tensor::full({2, 5, 4, 1}, 0.5)),
                       doctest::Contains("[5, 4, 1]"), Error);
  CHECK_THROWS_WITH_AS(model.parameters().tensor("none"),
                       doctest::Contains("known names: head block.weight"), Error);
}
