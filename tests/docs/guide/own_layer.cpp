// Layers of one's own: a function, a module with parameters, and modules around the library's
// layers.
#include <hone.h>

#include <fmt/core.h>

using namespace hone;

// sin(x): a layer without parameters.
struct Sine {
  static constexpr const char* kName = "sine";
  std::vector<nn::Field> fields() { return {}; }
  nn::LayerCost cost(const Shape& in) const { return nn::pointwise_cost(in); }
  std::unique_ptr<nn::Module> build(const nn::Site&) const {
    return nn::module_of([](const Tensor& x) {  // x - x^3 / 6 + x^5 / 120
      const Tensor square = ops::square(x);
      return x * (1 - square / 6 + ops::square(square) / 120);
    });
  }
  bool operator==(const Sine&) const = default;
};

// Mixes the input with what a layer makes of it; how much is learned for each feature.
class Highway : public nn::Module {
 public:
  explicit Highway(std::int64_t width)
      : layer_(child("layer", nn::build(nn::Linear{.out = static_cast<int>(width)}, {width}))),
        gate_(parameter("gate", {width}, nn::Init::zeros)) {}

  Tensor forward(const Tensor& x) override {
    const Tensor share = ops::sigmoid(gate_);
    return share * ops::relu(layer_.forward(x)) + (1 - share) * x;
  }

 private:
  nn::Module& layer_;
  nn::Parameter gate_;
};

// A whole network as a module: layers of the library, of one's own, and modules, in a row.
class Classifier : public nn::Module {
 public:
  explicit Classifier(const Shape& in)
      : body_(child("body", std::make_unique<nn::Sequential>(in))) {
    body_.add("stem", {nn::Conv2d{.out = 8}, nn::ReLU{}, nn::MaxPool2d{}});
    body_.add(nn::Flatten{}).add(nn::Linear{.out = 32}).add(Sine{});
    body_.add("mix", std::make_unique<Highway>(32), {32});
    body_.add(nn::Dropout{.p = 0.1f}).add(nn::Linear{.out = 10});
  }
  Tensor forward(const Tensor& x) override { return body_.forward(x); }

 private:
  nn::Sequential& body_;
};

int main() {
  const auto device = open_device("cpu");
  const nn::data::ImageSet pictures = nn::data::synthetic_shapes({.count = 1500, .side = 16});
  const nn::data::Dataset train = nn::data::upload(*device, pictures.take(0, 1250));
  const nn::data::Dataset test = nn::data::upload(*device, pictures.take(1250, 1500));

  nn::Model model(std::make_unique<Classifier>(train.shape()), train.shape(), device->new_backend(),
                  3);
  fmt::print("{}\n", model.summary());

  nn::train::Trainer trainer(model, {.optimizer = optim::Adam{.lr = 3e-3f}, .epochs = 12});
  trainer.fit(train);
  fmt::print("accuracy {:.2f}\n", trainer.evaluate(test).accuracy);

  // Train on, but leave the first block as it is.
  const float before = model.parameters().tensor("body.stem.conv2d_1.weight").to_vector()[0];
  const optim::Adam adam{.lr = 1e-3f, .groups = {optim::freeze("body.stem.")}};
  nn::train::Trainer(model, {.optimizer = adam, .epochs = 2}).fit(train);
  const float after = model.parameters().tensor("body.stem.conv2d_1.weight").to_vector()[0];
  fmt::print("the first weight has {}\n", before == after ? "stayed" : "moved");

  // A kind of layer stands in a network as well, and in its file.
  const nn::Network network{nn::Linear{.out = 4}, Sine{}, nn::Linear{.out = 1}};
  const nn::Network again = nn::network_from_json(nn::to_json(network), {Sine{}});
  fmt::print("{}\n{}\n", nn::to_json(network), again == network ? "equal" : "different");
}
