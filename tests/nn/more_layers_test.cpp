// The kinds of layers beside those of the reference network: what they compute, cost and refuse.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/model.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;

namespace {

// The output for x [N, ...] of a network with fresh weights, in evaluation mode.
Tensor output_of(const nn::Network& network, const Tensor& x, Backend& bound) {
  const Shape& all = x.shape();
  const Shape one = all.without(0);
  nn::Model model(network, one, bound.device().new_backend({.threads = 1}), 1);
  const BackendScope scope(model.backend());
  const NoGrad no_grad;
  const Tensor y = model.forward(x);
  // What the description says is what comes out.
  Shape expected = nn::cost(network, one).output;
  CHECK(y.shape().without(0) == expected);
  std::int64_t declared = 0;
  for (const auto& entry : model.parameters().entries()) declared += entry.shape.count();
  CHECK(nn::cost(network, one).parameters == declared);
  return y.detach();
}

}  // namespace

TEST_CASE("activations as layers compute their ops") {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const Tensor x = Tensor::randn({3, 5}, 1);
  const std::vector<std::pair<nn::Layer, Tensor>> all = {
      {nn::GELU{}, ops::gelu(x)},
      {nn::GELU{.tanh = true}, ops::gelu_tanh(x)},
      {nn::SiLU{}, ops::silu(x)},
      {nn::Softplus{}, ops::softplus(x)},
      {nn::LeakyReLU{.slope = 0.25f}, ops::leaky_relu(x, 0.25)},
      {nn::ELU{.alpha = 0.5f}, ops::elu(x, 0.5)},
      {nn::Softmax{}, ops::softmax(x)}};
  for (const auto& one : all) {
    CAPTURE(one.first.text());
    CHECK(allclose(output_of({one.first}, x, *backend), one.second));
  }
}

TEST_CASE("layer and group normalisation give samples of mean 0 and variance 1") {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const Tensor x = ops::shift(ops::scale(Tensor::randn({2, 6, 5, 8}, 1), 3), 7);
  const Tensor layer = output_of({nn::LayerNorm{}}, x, *backend);
  CHECK(allclose(ops::mean(layer, {3}), Tensor::zeros({2, 6, 5}), {.absolute = 1e-5}));
  CHECK(allclose(ops::variance(layer, {3}), Tensor::full({2, 6, 5}, 1), {.relative = 1e-3}));
  const Tensor group = output_of({nn::GroupNorm{.groups = 4}}, x, *backend);
  const Tensor apart = ops::reshape(group, {2, 30, 4, 2});
  CHECK(allclose(ops::mean(apart, {1, 3}), Tensor::zeros({2, 4}), {.absolute = 1e-5}));
  CHECK(allclose(ops::variance(apart, {1, 3}), Tensor::full({2, 4}, 1), {.relative = 1e-3}));
  CHECK(contains(error_of([] {
                   nn::cost({nn::GroupNorm{.groups = 3}}, {4, 4, 8});
                 }),
                 "3 groups need a multiple"));
}

TEST_CASE("an embedding takes indices as i32 and as whole numbers in f32") {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const nn::Network network{nn::Embedding{.count = 5, .width = 3}};
  const Tensor index = Tensor::from(std::vector<std::int32_t>{4, 0, 2, 4}, {2, 2});
  const Tensor a = output_of(network, index, *backend);
  const Tensor b = output_of(network, ops::cast(index, DType::f32), *backend);
  CHECK(a.shape() == Shape{2, 2, 3});
  CHECK(a.to_vector() == b.to_vector());
  CHECK(a[0][0].to_vector() == a[1][1].to_vector());
}

TEST_CASE("pooling with same padding, global maxima and zeros around images") {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const Tensor x = Tensor::randn({2, 5, 7, 3}, 1);
  CHECK(output_of({nn::MaxPool2d{.padding = nn::Padding::same}}, x, *backend).shape() ==
        Shape{2, 3, 4, 3});
  const nn::AvgPool2d three{.kernel = 3, .stride = 1, .padding = nn::Padding::same};
  const Tensor mean = output_of({three}, Tensor::full({1, 4, 4, 1}, 2), *backend);
  CHECK(allclose(mean, Tensor::full({1, 4, 4, 1}, 2)));  // what lies outside does not count
  CHECK(allclose(output_of({nn::GlobalMaxPool2d{}}, x, *backend), ops::max(x, {1, 2})));
  const Tensor padded =
      output_of({nn::ZeroPad2d{.top = 1, .bottom = 0, .left = 2, .right = 1}}, x, *backend);
  CHECK(padded.shape() == Shape{2, 6, 10, 3});
  CHECK(ops::sum(padded).item() == doctest::Approx(ops::sum(x).item()).epsilon(1e-4));
  CHECK(contains(error_of([] {
                   nn::cost({nn::MaxPool2d{.kernel = 8}}, {4, 4, 1});
                 }),
                 "8x8 window does not fit"));
}

TEST_CASE("dilated, grouped and depthwise convolution as layers") {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend({.threads = 1});
  const BackendScope scope(*backend);
  const Tensor x = Tensor::randn({2, 9, 9, 4}, 1);
  for (const nn::Conv2d& conv :
       {nn::Conv2d{.out = 6, .dilation = 2}, nn::Conv2d{.out = 6, .groups = 2},
        nn::Conv2d{.out = 4, .padding = nn::Padding::same, .groups = 4}})
    output_of({conv, nn::BatchNorm{}, nn::ReLU{}, nn::MaxPool2d{}}, x, *backend);
  CHECK(contains(error_of([] {
                   nn::cost({nn::Conv2d{.out = 6, .groups = 4}}, {9, 9, 4});
                 }),
                 "4 groups need"));
  // Files of networks without them stay as they were.
  CHECK_FALSE(contains(nn::to_json(nn::Network{nn::Conv2d{}}), "groups"));
  const nn::Network kept{nn::Conv2d{.out = 4, .dilation = 2, .groups = 4}, nn::GELU{.tanh = true},
                         nn::MaxPool2d{.padding = nn::Padding::same}, nn::LayerNorm{},
                         nn::Embedding{.count = 3}};
  CHECK(nn::network_from_json(nn::to_json(kept)) == kept);
}
