// Layers as values: kinds of one's own, layers and networks inside modules, and old files.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>

#include "nn/io/model_file.h"
#include "nn/train/callbacks.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace train_test;

namespace {

// A kind of the user's, with a field of every type, a parameter and a buffer: y = x * gain + moved.
struct Gain {
  enum class Start : std::uint8_t { one, half };
  int times = 1;
  double shift = 0;
  bool keep = false;
  std::string note = "none";
  Start start = Start::one;
  nn::Network before = {};

  static constexpr const char* kName = "gain";
  std::vector<nn::Field> fields() {
    return {{"times", times, {.low = 1, .high = 9}},
            {"shift", shift},
            {"keep", keep},
            {"note", note},
            {"start", start, {{Start::one, "one"}, {Start::half, "half"}}},
            {"before", before}};
  }
  nn::LayerCost cost(const Shape& in) const {
    check(in.rank() == 1, "needs features, gets {}", in.str());
    return {.output = in, .parameters = in[0], .flops = in[0]};
  }
  std::unique_ptr<nn::Module> build(const nn::Site& site) const;
  bool operator==(const Gain&) const = default;
};

class GainModule : public nn::Module {
 public:
  GainModule(const Gain& gain, const nn::Site& site)
      : weight_(parameter("weight", site.in, nn::Init::ones)),
        seen_(buffer("seen", site.in)),
        shift_(gain.shift) {
    if (!gain.before.layers().empty())
      before_ = &child("before", nn::build(gain.before, site.in, site.fuse));
  }
  Tensor forward(const Tensor& x) override {
    const Tensor y = before_ == nullptr ? x : before_->forward(x);
    return ops::shift(dropout(y, 0.25) * weight_, shift_) + seen_;
  }
  void check_batch(std::int64_t rows) const override {
    check(rows > 1, "a batch of {} is too small", rows);
  }

 private:
  nn::Parameter weight_;
  nn::Buffer seen_;
  nn::Module* before_ = nullptr;
  double shift_;
};

std::unique_ptr<nn::Module> Gain::build(const nn::Site& site) const {
  return std::make_unique<GainModule>(*this, site);
}

// A network in a network.
struct Inside {
  nn::Network body = {};

  static constexpr const char* kName = "inside";
  std::vector<nn::Field> fields() { return {{"body", body}}; }
  nn::LayerCost cost(const Shape& in) const { return {.output = in}; }
  std::unique_ptr<nn::Module> build(const nn::Site& site) const {
    struct Wrap : nn::Module {
      explicit Wrap(std::unique_ptr<nn::Module> inner) : inner_(child("body", std::move(inner))) {}
      Tensor forward(const Tensor& x) override { return inner_.forward(x); }
      nn::Module& inner_;
    };
    return std::make_unique<Wrap>(nn::build(body, site.in, site.fuse));
  }
  bool operator==(const Inside&) const = default;
};

nn::Network with_gain() {
  return {nn::Flatten{}, nn::Linear{.out = 6}, Gain{.shift = 0.5, .before = {nn::Linear{.out = 6}}},
          nn::Linear{.out = 4}};
}

std::string golden(const std::string& name) { return test::goldens_dir() + "/version_0.1/" + name; }

}  // namespace

TEST_CASE("a kind of one's own is compared, printed and read like one of the library") {
  const Gain gain{.times = 3,
                  .shift = 0.1,
                  .keep = true,
                  .note = "a \"b\"",
                  .start = Gain::Start::half,
                  .before = {nn::ReLU{}, nn::Conv2d{.out = 2}}};
  const nn::Network network{gain, Gain{}};
  CHECK(network == nn::Network{gain, Gain{}});
  CHECK_FALSE(network == nn::Network{Gain{}, gain});
  CHECK_FALSE(nn::Layer(Gain{}) == nn::Layer(nn::ReLU{}));
  CHECK(network.layers()[0].as<Gain>()->times == 3);
  CHECK(network.layers()[0].as<nn::ReLU>() == nullptr);
  CHECK(network.layers()[0].text() ==
        "gain times 3 shift 0.1 keep note a \"b\" half before [relu, conv2d 2 3x3]");
  CHECK(network.layers()[1].text() == "gain");
  const std::string text = nn::to_json(network);
  CHECK(nn::network_from_json(text, {Gain{}}) == network);
  CHECK_THROWS_WITH_AS(nn::network_from_json(text), doctest::Contains("'gain' is unknown"), Error);
  CHECK_THROWS_WITH_AS(
      nn::network_from_json(R"([{"layer": "gain", "before": [{"layer": "relu", "x": 1}]}])",
                            {Gain{}}),
      doctest::Contains("network: [0].before[0].x"), Error);
  CHECK_THROWS_WITH_AS(nn::cost({Gain{.times = 10}}, {4}),
                       doctest::Contains("gain_1: times is 10, it must be 1 to 9"), Error);
  CHECK_THROWS_WITH_AS(nn::cost({nn::ReLU{}, Gain{}}, {4, 4}),
                       doctest::Contains("gain_1: needs features, gets [4, 4]"), Error);
}

TEST_CASE("a network nested too deeply, or with too many layers, is refused") {
  std::string deep = R"({"layer": "relu"})";
  for (int i = 0; i < 1000; ++i) deep = R"({"layer": "gain", "before": [)" + deep + "]}";
  CHECK_THROWS_AS(nn::network_from_json("[" + deep + "]", {Gain{}}), Error);
  std::string wide;
  for (int i = 0; i < 10001; ++i) wide += R"({"layer": "relu"},)";
  wide.pop_back();
  CHECK_THROWS_WITH_AS(nn::network_from_json("[" + wide + "]"), doctest::Contains("10000 layers"),
                       Error);
}

TEST_CASE("buffers are the tail of the state, are not stepped, and go to model files") {
  const World world("cpu");
  const TempFolder folder;
  const auto make = [&](std::uint64_t seed) {
    return std::make_unique<nn::Model>(with_gain(), Shape{8, 8, 1}, world.device->new_backend(),
                                       seed);
  };
  const auto a = make(1), b = make(2);
  const optim::FlatParameters& parameters = a->parameters();
  REQUIRE(parameters.buffers().size() == 1);
  CHECK(parameters.buffers()[0].name == "gain_1.seen");
  CHECK(parameters.entries()[2].name == "gain_1.weight");
  CHECK(parameters.entries()[3].name == "gain_1.before.linear_1.weight");
  CHECK(parameters.buffers()[0].offset == parameters.values().count());
  CHECK(parameters.state().count() == parameters.values().count() + 16);
  CHECK(parameters.grads().count() == parameters.values().count());
  CHECK_THROWS_WITH_AS(parameters.buffer("x"), doctest::Contains("known names: gain_1.seen"),
                       Error);
  const std::vector<float> seen = {1, -2, 3, 4, 5, 6};
  parameters.buffer("gain_1.seen").assign(seen);
  nn::train::Trainer trainer(
      *a, {.optimizer = optim::Adam{.lr = 0.01f, .weight_decay = 0.1f}, .batch = 15});
  trainer.fit(world.train);
  CHECK(parameters.buffer(0).to_vector() == seen);
  nn::io::save_model(folder / "m", *a);
  CHECK_THROWS_WITH_AS(nn::io::load_model(folder / "m", world.device->new_backend()),
                       doctest::Contains("'gain' is unknown"), Error);
  const auto loaded =
      nn::io::load_model(folder / "m", world.device->new_backend(), {.kinds = {Gain{}}});
  CHECK(same_bits(loaded.model->parameters().state().to_vector(), parameters.state().to_vector()));
  nn::io::load_weights(folder / "m", *b);
  CHECK(same_bits(b->parameters().state().to_vector(), parameters.state().to_vector()));
}

TEST_CASE("a batch that a layer cannot train on is named with the layer") {
  const World world("cpu");
  const nn::Model model(with_gain(), {8, 8, 1}, world.device->new_backend(), 1);
  model.check_batch(2);
  CHECK(contains(error_of([&] { model.check_batch(1); }),
                 "usage: gain_1: a batch of 1 is too small"));
}

TEST_CASE("layers and networks stand in a module, and its trained weights in a file") {
  struct Branches : nn::Module {
    explicit Branches(const Shape& in)
        : left_(child("left", nn::build(nn::Conv2d{.out = 2}, in))),
          right_(child("right", nn::build({nn::MaxPool2d{.kernel = 3, .stride = 1}, nn::ReLU{},
                                           nn::Conv2d{.out = 2, .kernel = 1}, nn::Dropout{}},
                                          in))),
          head_(child("head",
                      nn::build({nn::Flatten{}, nn::Dropout{}, nn::Linear{.out = 4}}, {6, 6, 2}))) {
    }
    Tensor forward(const Tensor& x) override {
      return head_.forward(left_.forward(x) + right_.forward(x));
    }
    nn::Module &left_, &right_, &head_;
  };
  const World world("cpu");
  const TempFolder folder;
  const auto make = [&](std::uint64_t seed) {
    return std::make_unique<nn::Model>(std::make_unique<Branches>(Shape{8, 8, 1}), Shape{8, 8, 1},
                                       world.device->new_backend(), seed);
  };
  const auto model = make(3);
  std::string names;
  for (const auto& entry : model->parameters().entries()) names += entry.name + " ";
  CHECK(names ==
        "left.weight left.bias right.conv2d_1.weight right.conv2d_1.bias head.linear_1.weight "
        "head.linear_1.bias ");
  nn::train::Trainer trainer(*model,
                             {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = 3, .batch = 16});
  const auto result = trainer.fit(world.train);
  CHECK(result.history.epochs.back().loss < result.history.epochs.front().loss);
  // Its dropouts draw from streams of their own: 0 the root, 1 left, 2 to 5 right, 6 to 8 head.
  std::string seen;
  model->set_observer([&](const std::string& layer, const Tensor&) { seen += layer + " "; });
  const BackendScope scope(model->backend());
  const NoGrad no_grad;
  model->forward(Tensor::full({2, 8, 8, 1}, 0.5));
  CHECK(seen ==
        "right.maxpool2d_1 right.relu_1 right.conv2d_1 right.dropout_1 head.flatten_1 "
        "head.dropout_1 head.linear_1 ");
  nn::io::save_model(folder / "m", *model);
  const auto other = make(4);
  nn::io::load_weights(folder / "m", *other);
  CHECK(same_bits(weights(*other), weights(*model)));
}

TEST_CASE("dropouts of a nested network draw from streams numbered depth first") {
  // All inputs are 1, so that outputs show the masks: two networks with the same dropout at the
  // same number, nested differently, drop the same.
  const auto device = open_device("ref");
  const auto mask = [&](const nn::Network& network) {
    nn::Model model(network, {200}, device->new_backend(), 5);
    model.train(true);
    const BackendScope scope(model.backend());
    const NoGrad no_grad;
    return model.forward(Tensor::full({1, 200}, 1)).to_vector();
  };
  const nn::ReLU relu;
  const auto third = mask({relu, relu, nn::Dropout{}});
  CHECK(third == mask({relu, relu, nn::Dropout{}, relu}));
  CHECK_FALSE(third == mask({relu, nn::Dropout{}, relu}));
  CHECK(third == mask({Inside{{relu, nn::Dropout{}}}}));
  CHECK(third == mask({Inside{{relu}}, nn::Dropout{}}));
}

TEST_CASE("the output of a folded block has the name of its last layer") {
  const World world("cpu");
  for (const bool fuse : {true, false}) {
    nn::Model model(small_cnn(), {8, 8, 1}, world.device->new_backend(), 1, {.fuse = fuse});
    std::vector<std::pair<std::string, Shape>> seen;
    model.set_observer([&](const std::string& layer, const Tensor& output) {
      seen.emplace_back(layer, output.shape().without(0));
    });
    const BackendScope scope(model.backend());
    const NoGrad no_grad;
    model.forward(Tensor::full({2, 8, 8, 1}, 0.5));
    const nn::NetworkCost cost = nn::cost(small_cnn(), {8, 8, 1}, fuse);
    CHECK(seen.size() == (fuse ? 5 : 8));
    for (const auto& [name, shape] : seen)
      for (const nn::LayerCost& layer : cost.layers)
        if (layer.name == name) CHECK(layer.output == shape);
    CHECK(seen[0].first == (fuse ? "maxpool2d_1" : "conv2d_1"));
  }
}

TEST_CASE("a model file of version 0.1.0 loads and predicts what it did") {
  const World world("ref");
  const auto loaded = nn::io::load_model(golden("model.safetensors"), world.device->new_backend());
  CHECK(*loaded.model->network() ==
        nn::Network{nn::Conv2d{.out = 3,
                               .kernel = 3,
                               .stride = 2,
                               .padding = nn::Padding::same,
                               .bias = false,
                               .init = nn::Init::he_normal},
                    nn::ReLU{}, nn::MaxPool2d{.kernel = 2, .stride = 1},
                    nn::Conv2d{.out = 4, .kernel = 2}, nn::Flatten{}, nn::Dropout{.p = 0.3f},
                    nn::Linear{.out = 4, .init = nn::Init::he_uniform}});
  CHECK(loaded.classes == std::vector<std::string>{"a", "b", "c", "d"});
  nn::train::Trainer trainer(*loaded.model);
  const std::vector<float> now = trainer.predict(world.validation);
  std::istringstream then(loaded.metadata.at("probabilities"));
  float value = 0;
  std::size_t read = 0;
  while (then >> value) CHECK(now.at(read++) == doctest::Approx(value).epsilon(1e-5));
  CHECK(read == 40);
}

TEST_CASE("a checkpoint of version 0.1.0 is gone on with") {
  const World world("ref");
  const TempFolder folder;
  std::filesystem::copy_file(golden("training.checkpoint"), folder / "c");
  const auto train = [&](const std::filesystem::path& checkpoint) {
    auto model = world.model();
    const auto plateau = std::make_shared<nn::train::ReduceLROnPlateau>(
        "val_loss", optim::PlateauOptions{.factor = 0.5, .patience = 1, .min_delta = 0.2});
    const auto stopping =
        std::make_shared<nn::train::EarlyStopping>(nn::train::EarlyStoppingOptions{
            .monitor = "val_accuracy", .patience = 3, .restore_best_weights = true});
    nn::train::Trainer trainer(*model,
                               {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = 4, .batch = 16},
                               {.callbacks = {plateau, stopping}});
    const auto result =
        trainer.fit(world.train, {.validation = &world.validation, .checkpoint = checkpoint});
    CHECK(result.history.epochs.size() == 4);
    return weights(*model);
  };
  const std::vector<float> resumed = train(folder / "c"), fresh = train({});
  REQUIRE(resumed.size() == fresh.size());
  for (std::size_t i = 0; i < fresh.size(); ++i)
    CHECK(resumed[i] == doctest::Approx(fresh[i]).epsilon(1e-3));
}
