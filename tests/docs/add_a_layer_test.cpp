// The code of docs/add-a-layer.md: compiled and run here, so that the page cannot rot.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "nn/io/model_file.h"
#include "nn/network.h"
#include "tensor/tape.h"

// [kind]
// x where x > 0, slope * x elsewhere, with a learned slope for each channel. Source: He et al.,
// arXiv 1502.01852.
struct PReLU {
  float start = 0.25f;  // of the slopes

  static constexpr const char* kName = "prelu";
  std::vector<hone::nn::Field> fields() { return {{"start", start, {.low = 0, .high = 1}}}; }
  hone::nn::LayerCost cost(const hone::Shape& in) const {
    hone::nn::LayerCost cost = hone::nn::pointwise_cost(in);
    cost.parameters = in[-1];
    return cost;
  }
  std::unique_ptr<hone::nn::Module> build(const hone::nn::Site& site) const;
  bool operator==(const PReLU&) const = default;
};
// [/kind]

// [module]
class PReLUModule : public hone::nn::Module {
 public:
  PReLUModule(const PReLU& kind, const hone::Shape& in)
      : start_(static_cast<double>(kind.start)),
        slope_(parameter("slope", {in[-1]}, hone::nn::Init::zeros)) {}

  hone::Tensor forward(const hone::Tensor& x) override {
    using namespace hone;
    const Tensor negative = ops::relu(-x);  // broadcasts along the channels, the last axis
    return ops::relu(x) - negative * ops::shift(slope_, start_);
  }

 private:
  double start_;
  hone::nn::Parameter slope_;  // the distance to the start, so that it can begin at zero
};

std::unique_ptr<hone::nn::Module> PReLU::build(const hone::nn::Site& site) const {
  return std::make_unique<PReLUModule>(*this, site.in);
}
// [/module]

namespace {

// [both]
// A layer in a module, and that module in a network.
struct Gate {
  static constexpr const char* kName = "gate";
  std::vector<hone::nn::Field> fields() { return {}; }
  hone::nn::LayerCost cost(const hone::Shape& in) const {
    return {.output = in, .parameters = in[0] * in[0] + in[0], .flops = 2 * in[0] * in[0]};
  }
  std::unique_ptr<hone::nn::Module> build(const hone::nn::Site& site) const {
    struct GateModule : hone::nn::Module {
      explicit GateModule(int width)
          : inner(child("inner", hone::nn::build(hone::nn::Linear{.out = width}, {width}))) {}
      hone::Tensor forward(const hone::Tensor& x) override {
        return x * hone::ops::sigmoid(inner.forward(x));
      }
      hone::nn::Module& inner;
    };
    return std::make_unique<GateModule>(static_cast<int>(site.in[0]));
  }
  bool operator==(const Gate&) const = default;
};
// [/both]

}  // namespace

TEST_CASE("the kind of the page is a layer like any other") {
  using namespace hone;
  // [use]
  const nn::Network network{nn::Linear{.out = 8}, PReLU{.start = 0.1f}, Gate{},
                            nn::Linear{.out = 3}};
  const std::string text = nn::to_json(network);
  const nn::Network again = nn::network_from_json(text, {PReLU{}, Gate{}});
  // [/use]
  CHECK(again == network);
  CHECK(network.layers()[1].text() == "prelu start 0.1");
  CHECK_THROWS_WITH_AS(nn::network_from_json(text), doctest::Contains("'prelu' is unknown"), Error);
  CHECK_THROWS_WITH_AS(nn::cost({PReLU{.start = 2}}, {4}), "prelu_1: start is 2, it must be 0 to 1",
                       Error);

  const auto device = open_device("cpu");
  nn::Model model(network, {4}, device->new_backend(), 1);
  CHECK(model.parameters().tensor("prelu_1.slope").shape() == Shape{8});
  CHECK(model.parameters().tensor("gate_1.inner.weight").shape() == Shape{8, 8});
  const auto file = std::filesystem::temp_directory_path() /
                    fmt::format("hone-layer-{}.safetensors", static_cast<const void*>(&model));
  nn::io::save_model(file, model);
  // [load]
  const auto loaded = nn::io::load_model(file, device->new_backend(), {.kinds = {PReLU{}, Gate{}}});
  // [/load]
  std::filesystem::remove(file);
  CHECK(*loaded.model->network() == network);

  const BackendScope scope(model.backend());
  const Tensor x = Tensor::from(std::vector<float>{-1, 2, 0.5f, -3}, {1, 4});
  ops::sum(model.forward(x)).backward();
  CHECK(model.parameters().tensor("prelu_1.slope").grad().defined());
  CHECK(nn::cost(network, {4}).parameters == model.parameters().count());
}

TEST_CASE("the slope of the page's layer is what it says") {
  using namespace hone;
  const auto device = open_device("ref");
  nn::Model model({PReLU{}}, {2}, device->new_backend(), 1);
  const BackendScope scope(model.backend());
  const NoGrad no_grad;
  const Tensor y = model.forward(Tensor::from(std::vector<float>{-2, 4}, {1, 2}));
  CHECK(y.to_vector() == std::vector<float>{-0.5f, 4});
}
