// Using a model without a training: raw samples in, what people read out, also from a file.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/io/model_file.h"
#include "nn/train/callbacks.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

TEST_CASE("a model knows from its training how raw pictures become probabilities") {
  const World world("cpu");
  const nn::data::ImageSet raw = quadrants(150, 1);
  const nn::data::Dataset train({.samples = world.train.samples(),
                                 .labels = world.train.labels(),
                                 .standardization = nn::data::standardize(raw),
                                 .class_names = {"a", "b", "c", "d"}});
  Trainer trainer(
      {.network = small_cnn(), .optimizer = optim::Adam{.lr = 0.01f}, .epochs = 4, .seed = 7},
      train.shape(), world.device->new_backend({.threads = 1}));
  trainer.fit(train);
  CHECK(trainer.evaluate(train).accuracy > 0.9);
  const std::vector<float> expected = trainer.predict(train);
  nn::Model& model = trainer.model();
  for (const int batch : {1, 7, 256})
    CHECK(same_bits(model.predict(world.train.samples(), batch), expected));
  CHECK(model.info().classes == std::vector<std::string>{"a", "b", "c", "d"});

  const TempFolder folder;
  nn::io::save_model(folder / "m", model);
  const auto loaded = nn::io::load_model(folder / "m", world.device->new_backend({.threads = 1}));
  CHECK(loaded.classes == train.class_names());
  CHECK(loaded.standardization == train.standardization());
  CHECK(same_bits(loaded.model->predict(world.train.samples()), expected));
  auto weights_only = world.model(3);
  nn::io::load_weights(folder / "m", *weights_only);
  CHECK(same_bits(weights_only->predict(world.train.samples()), expected));

  // By hand: the same bits as bytes * scale + offset, then (x - mean) * scale.
  std::vector<float> numbers;
  for (const std::uint8_t byte : raw.pixels)
    numbers.push_back(static_cast<float>(byte) * GatherParams{}.scale);
  const Tensor x = Tensor::from<float>(*world.device, train.standardization().apply(numbers),
                                       world.train.samples().shape());
  nn::ModelInfo info = model.info();
  info.standardization = {};
  model.set_info(info);
  CHECK(same_bits(model.predict(x), expected));
  CHECK(contains(error_of([&] { model.predict(world.train.labels()); }),
                 "usage: predict: the samples have shape []"));
}

TEST_CASE("a regression predicts values and says so in its file, a checkpoint of it, too") {
  const auto device = open_device("cpu");
  std::vector<float> x, y;
  PhiloxStream random(2);
  for (int i = 0; i < 200; ++i) {
    const auto value = static_cast<float>(random.normal());
    x.push_back(100 + 10 * value);
    y.push_back(3 * value - 1);
  }
  const nn::data::Dataset data(
      {.samples = Tensor::from<float>(*device, x, Shape{200, 1}),
       .columns = {{"target", Tensor::from<float>(*device, y, Shape{200, 1})}},
       .standardization = nn::data::standardize(x, 1)});
  const TempFolder folder;
  const auto best = std::make_shared<ModelCheckpoint>(
      ModelCheckpointOptions{.path = folder / "best", .monitor = "val_loss"});
  Trainer trainer({.network = {nn::Linear{.out = 1}},
                   .optimizer = optim::Adam{.lr = 0.1f},
                   .loss = MeanSquaredError{},
                   .epochs = 20},
                  data.shape(), device->new_backend({.threads = 1}), {.callbacks = {best}});
  trainer.fit(data, {.validation = &data});
  CHECK(trainer.evaluate(data).loss < 1e-3);
  for (const char* name : {"last", "best"}) {
    if (name == std::string("last")) nn::io::save_model(folder / name, trainer.model());
    const auto loaded = nn::io::load_model(folder / name, device->new_backend());
    CHECK(loaded.output == nn::OutputKind::values);
    const std::vector<float> predicted = loaded.model->predict(
        Tensor::from<float>(*device, std::vector<float>{110, 90}, Shape{2, 1}));
    CHECK(predicted[0] == doctest::Approx(2).epsilon(0.05));
    CHECK(predicted[1] == doctest::Approx(-4).epsilon(0.05));
  }
}

TEST_CASE("a target in any units is learned as numbers of about one, and predicted in its own") {
  const auto device = open_device("cpu");
  std::vector<float> x, y, scaled;
  PhiloxStream random(2);
  for (int i = 0; i < 200; ++i) {
    const auto value = static_cast<float>(random.normal());
    x.push_back(value);
    y.push_back(250000 + 64000 * value);
  }
  const nn::data::Standardization units = nn::data::standardize(y, 1);
  const auto data_of = [&](const std::vector<float>& target, const nn::data::Standardization& by) {
    return nn::data::Dataset(
        {.samples = Tensor::from<float>(*device, x, Shape{200, 1}),
         .columns = {{.name = "target",
                      .values = Tensor::from<float>(*device, target, Shape{200, 1}),
                      .standardization = by}}});
  };
  const Training training{.network = {nn::Linear{.out = 1}},
                          .optimizer = optim::SGD{.lr = 0.1f},
                          .loss = MeanSquaredError{},
                          .metrics = {MeanAbsoluteError{}, R2{}},
                          .epochs = 30};
  const auto fit = [&](const nn::data::Dataset& data) {
    auto trainer =
        std::make_unique<Trainer>(training, data.shape(), device->new_backend({.threads = 1}));
    trainer->fit(data, {.validation = &data});
    return trainer;
  };
  const nn::data::Dataset own = data_of(y, units);
  const auto trainer = fit(own);
  // The weights are those of a training on numbers that were standardised by hand.
  const auto by_hand = fit(data_of(units.apply(y), {}));
  CHECK(same_bits(weights(trainer->model()), weights(by_hand->model())));
  const Evaluation evaluation = trainer->evaluate(own),
                   hand = by_hand->evaluate(data_of(units.apply(y), {}));
  CHECK(evaluation.loss == hand.loss);
  CHECK(
      evaluation.metrics[0].second ==
      doctest::Approx(hand.metrics[0].second / static_cast<double>(units.scale[0])).epsilon(0.01));
  CHECK(evaluation.metrics[1].second == doctest::Approx(hand.metrics[1].second).epsilon(1e-4));
  CHECK(evaluation.metrics[1].second > 0.99);

  const TempFolder folder;
  nn::io::save_model(folder / "m", trainer->model());
  const auto loaded = nn::io::load_model(folder / "m", device->new_backend({.threads = 1}));
  CHECK(loaded.target == units);
  const std::vector<float> predicted =
      loaded.model->predict(Tensor::from<float>(*device, std::vector<float>{0, 1}, Shape{2, 1}));
  CHECK(predicted[0] == doctest::Approx(250000).epsilon(0.02));
  CHECK(predicted[1] == doctest::Approx(314000).epsilon(0.02));
  CHECK(same_bits(trainer->predict(own), loaded.model->predict(own.samples())));
  CHECK(contains(error_of([&] {
                   data_of(y, {{1}, {0}});
                 }),
                 "a scale of 0, which cannot be undone"));
}
