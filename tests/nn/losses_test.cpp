// The losses against computations on the host, and trainings with each.
#include <doctest/doctest.h>

#include <cmath>

#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

// One batch with logits [3, 4], labels, soft labels, weights, and targets of the logits' shape.
struct OneBatch {
  std::shared_ptr<Device> device = open_device("cpu");
  std::unique_ptr<Backend> backend = device->new_backend({.threads = 1});
  BackendScope scope{*backend};
  std::vector<float> logits = {1, -2, 0.5f, 3, 0, 0, 0, 0, 5, 1, -4, 2};
  std::vector<std::int32_t> labels = {3, 1, 0};
  std::vector<float> soft = {0, 0.25f, 0, 0.75f, 0, 1, 0, 0, 0.5f, 0.5f, 0, 0};
  std::vector<float> weights = {1, 0, 3};
  std::vector<float> ones = {0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0};
  Tensor output = Tensor::from(logits, Shape{3, 4});
  Batch batch;
  explicit OneBatch(bool mixed = false) {
    batch.add("x", output);
    batch.add("labels", Tensor::from(labels, Shape{3}));
    if (mixed) batch.add("soft_labels", Tensor::from(soft, Shape{3, 4}));
    batch.add("w", Tensor::from(weights, Shape{3}));
    batch.add("target", Tensor::from(ones, Shape{3, 4}));
  }
  double log_probability(std::size_t row, std::size_t c) const {
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += std::exp(static_cast<double>(logits[4 * row + k]));
    return static_cast<double>(logits[4 * row + c]) - std::log(sum);
  }
  // -sum_c t[c] log p[c] of a row.
  double row_loss(std::size_t row, const std::function<double(std::size_t)>& t) const {
    double loss = 0;
    for (std::size_t c = 0; c < 4; ++c) loss -= t(c) * log_probability(row, c);
    return loss;
  }
};

}  // namespace

TEST_CASE("cross-entropy smooths labels, weights samples and takes mixed labels") {
  for (const bool mixed : {false, true}) {
    const OneBatch one(mixed);
    for (const double smoothing : {0.0, 0.1}) {
      double sum = 0, weighted = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double loss = one.row_loss(i, [&](std::size_t c) {
          const double hard = c == static_cast<std::size_t>(one.labels[i]) ? 1 : 0;
          const double t = mixed ? static_cast<double>(one.soft[4 * i + c]) : hard;
          return t * (1 - smoothing) + smoothing / 4;
        });
        sum += loss;
        weighted += loss * static_cast<double>(one.weights[i]);
      }
      const CrossEntropy plain{.label_smoothing = smoothing};
      CHECK(plain(one.output, one.batch).item() == doctest::Approx(sum / 3).epsilon(1e-5));
      const CrossEntropy by_weight{.label_smoothing = smoothing, .weight = "w"};
      CHECK(by_weight(one.output, one.batch).item() == doctest::Approx(weighted / 4).epsilon(1e-5));
    }
  }
}

TEST_CASE("losses of columns follow their formulas, are found by name and say their options") {
  const OneBatch one;
  double squares = 0, distances = 0, huber = 0, binary = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const auto z = static_cast<double>(one.logits[i]), t = static_cast<double>(one.ones[i]);
    const double d = std::fabs(z - t);
    squares += d * d / 12;
    distances += d / 12;
    huber += (d <= 0.5 ? d * d / 2 : 0.5 * (d - 0.25)) / 12;
    binary += (std::log1p(std::exp(-std::fabs(z))) + std::max(z, 0.0) - z * t) / 12;
  }
  const auto value = [&](const Loss& loss) { return loss(one.output, one.batch).item(); };
  CHECK(value(MeanSquaredError{}) == doctest::Approx(squares).epsilon(1e-5));
  CHECK(value(MeanAbsoluteError{}) == doctest::Approx(distances).epsilon(1e-5));
  CHECK(value(Huber{.delta = 0.5}) == doctest::Approx(huber).epsilon(1e-5));
  CHECK(value(BinaryCrossEntropy{}) == doctest::Approx(binary).epsilon(1e-5));
  for (const char* name : {"cross_entropy", "binary_cross_entropy", "mse", "mae", "huber"})
    CHECK_FALSE(make_loss(name).text().empty());
  CHECK(make_loss("cross_entropy") == Loss());
  CHECK(Loss(CrossEntropy{.label_smoothing = 0.1}) != Loss());
  CHECK(Loss(CrossEntropy{.weight = "w"}) != Loss());
  CHECK(Loss(Huber{.delta = 2}) != Loss(Huber{}));
  CHECK(
      contains(error_of([] { make_loss("hinge"); }), "usage: there is no loss 'hinge'; there are"));
}

TEST_CASE("several labels at once are learned from bytes and predicted as probabilities") {
  const auto device = open_device("cpu");
  // Two labels: whether the first number is positive, and whether the second is.
  std::vector<float> x;
  std::vector<std::uint8_t> labels;
  PhiloxStream random(8);
  for (int i = 0; i < 200; ++i)
    for (int k = 0; k < 2; ++k) {
      x.push_back(static_cast<float>(random.normal()));
      labels.push_back(x.back() > 0 ? 1 : 0);
    }
  const nn::data::Dataset data(
      {.samples = Tensor::from<float>(*device, x, Shape{200, 2}),
       .columns = {{"target", Tensor::from<std::uint8_t>(*device, labels, Shape{200, 2})}}});
  Trainer trainer({.network = {nn::Linear{.out = 2}},
                   .optimizer = optim::Adam{.lr = 0.1f},
                   .loss = BinaryCrossEntropy{},
                   .metrics = {BinaryAccuracy{}, Auc{.target = "target"}},
                   .epochs = 10},
                  data.shape(), device->new_backend({.threads = 1}));
  const FitResult result = trainer.fit(data, {.validation = &data});
  CHECK(std::isnan(result.history.epochs.back().accuracy));
  const Evaluation evaluation = trainer.evaluate(data);
  CHECK(evaluation.metrics[0].second > 0.95);
  CHECK(evaluation.metrics[1].second > 0.99);
  const std::vector<float> p = trainer.model().predict(data.samples());
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(p[i] >= 0);
    CHECK(p[i] <= 1);
    if (std::fabs(x[i]) > 0.5f) CHECK((p[i] > 0.5f) == (labels[i] == 1));
  }
}

TEST_CASE("weights and targets of the wrong kind are refused by name") {
  const auto device = open_device("cpu");
  const auto floats = [&](const Shape& shape) {
    return Tensor::from<float>(
        *device, std::vector<float>(static_cast<std::size_t>(shape.count()), 1), shape);
  };
  const nn::data::Dataset data(
      {.samples = floats({4, 3}),
       .labels = Tensor::from<std::int32_t>(*device, std::vector<std::int32_t>(4), Shape{4}),
       .classes = 2,
       .columns = {{"w", floats({4, 2})},
                   {"kind", Tensor::from<std::int32_t>(*device, std::vector<std::int32_t>(8),
                                                       Shape{4, 2})}}});
  const auto refusal = [&](const Loss& loss) {
    return error_of([&] { loss.check(Shape{4, 2}, data); });
  };
  CHECK(contains(refusal(CrossEntropy{.weight = "w"}), "the weights 'w' are f32 [4, 2], f32 [N]"));
  CHECK(contains(refusal(CrossEntropy{.label_smoothing = 1}), "label_smoothing is 1"));
  CHECK(contains(refusal(MeanSquaredError{.target = "kind"}), "the column 'kind' holds i32"));
  CHECK(contains(refusal(Huber{.target = "w", .delta = 0}), "huber: delta is 0"));
  CHECK(contains(refusal(BinaryCrossEntropy{}), "has no column 'target'; its columns: w, kind"));
}
