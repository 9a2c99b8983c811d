// The ops against numbers of PyTorch (tests/goldens/layers.json, made by
// scripts/goldens/layers.py).
#include <algorithm>
#include <cmath>

#include "tests/golden_values.h"
#include "tests/tensor/test_backends.h"

using namespace hone;
using nlohmann::json;
using test::check_close;
using test::Setting;
using test::settings;
using test::shape_of;
using test::tensor;

namespace {

const json& goldens() {
  static const json all = test::read_goldens("layers.json");
  return all;
}

// Runs backward with `dy` as the gradient of y.
void backward_from(const Tensor& y, const json& dy) {
  ops::sum(ops::multiply(y, tensor(dy, y.shape(), y.dtype()))).backward();
}

}  // namespace

TEST_CASE("conv2d has PyTorch's outputs and gradients") {
  int seen = 0;
  for (const Setting& on : settings()) {
    const Bound bound(on.device);
    for (const json& golden : goldens().at("conv2d")) {
      const std::string name = golden.at("name");
      const bool bias = golden.at("bias");
      const Tensor x = tensor(golden.at("x"), shape_of(golden.at("x_shape")), on.dtype, true);
      const Tensor w = tensor(golden.at("w"), shape_of(golden.at("w_shape")), on.dtype, true);
      const Tensor b = bias ? tensor(golden.at("b"), {w.shape()[0]}, on.dtype, true) : Tensor();
      const Tensor y = ops::conv2d(
          x, w, b,
          {.stride = golden.at("stride"),
           .padding = golden.at("padding") == "same" ? ops::Padding::same : ops::Padding::valid,
           .relu = golden.at("relu"),
           .pool = golden.at("pool")});
      CHECK(y.shape() == shape_of(golden.at("y_shape")));
      backward_from(y, golden.at("dy"));
      check_close(name + ": y", y, golden.at("y"), on.tolerance);
      check_close(name + ": dx", x.grad(), golden.at("dx"), on.tolerance);
      check_close(name + ": dw", w.grad(), golden.at("dw"), on.tolerance);
      if (bias) check_close(name + ": db", b.grad(), golden.at("db"), on.tolerance);
      ++seen;
    }
  }
  CHECK(seen >= 20);
}

TEST_CASE("maxpool2d has PyTorch's outputs and gradients, ties included") {
  for (const Setting& on : settings()) {
    const Bound bound(on.device);
    for (const json& golden : goldens().at("max_pool2d")) {
      const std::string name = golden.at("name");
      const Tensor x = tensor(golden.at("x"), shape_of(golden.at("x_shape")), on.dtype, true);
      const Tensor y = ops::maxpool2d(x);
      CHECK(y.shape() == shape_of(golden.at("y_shape")));
      backward_from(y, golden.at("dy"));
      check_close(name + ": y", y, golden.at("y"), 0);
      check_close(name + ": dx", x.grad(), golden.at("dx"), 0);
    }
  }
}

TEST_CASE("linear has PyTorch's outputs and gradients") {
  for (const Setting& on : settings()) {
    const Bound bound(on.device);
    for (const json& golden : goldens().at("linear")) {
      const std::string name = golden.at("name");
      const std::int64_t n = golden.at("n"), in = golden.at("in"), out = golden.at("out");
      const Tensor x = tensor(golden.at("x"), {n, in}, on.dtype, true);
      const Tensor w = tensor(golden.at("w"), {in, out}, on.dtype, true);
      const Tensor b = tensor(golden.at("b"), {out}, on.dtype, true);
      const Tensor y = ops::linear(x, w, b, {.relu = golden.at("relu")});
      backward_from(y, golden.at("dy"));
      check_close(name + ": y", y, golden.at("y"), on.tolerance);
      check_close(name + ": dx", x.grad(), golden.at("dx"), on.tolerance);
      check_close(name + ": dw", w.grad(), golden.at("dw"), on.tolerance);
      check_close(name + ": db", b.grad(), golden.at("db"), on.tolerance);
    }
  }
}

TEST_CASE("softmax_cross_entropy has PyTorch's losses and gradients, large logits included") {
  for (const Setting& on : settings()) {
    const Bound bound(on.device);
    for (const json& golden : goldens().at("softmax_cross_entropy")) {
      const std::string name = golden.at("name");
      const std::int64_t n = golden.at("n"), classes = golden.at("classes");
      const Tensor logits = tensor(golden.at("logits"), {n, classes}, on.dtype, true);
      const Tensor labels = Tensor::from(golden.at("labels").get<std::vector<std::int32_t>>(), {n});
      const Tensor loss = ops::softmax_cross_entropy(logits, labels);
      loss.backward();
      check_close(name + ": loss", loss, golden.at("loss"), on.tolerance);
      check_close(name + ": dlogits", logits.grad(), golden.at("dlogits"), on.tolerance);
      check_close(name + ": softmax", ops::softmax(logits.detach()), golden.at("probabilities"),
                  on.tolerance);
    }
  }
}
