// A small network that trains on bytes: gather, convolution block, dropout, dense layer, loss,
// optimizer, counters. Everything that changes between steps lives on the device.
#pragma once

#include <string>
#include <vector>

#include "base/philox.h"
#include "tests/tensor/test_backends.h"

namespace hone {

enum class Optimizer { momentum, adam };

class SmallTraining {
 public:
  static constexpr std::int64_t kImages = 48, kBatch = 6, kSteps = 50, kMostSteps = 200,
                                kClasses = 4;

  // On the bound backend.
  explicit SmallTraining(Optimizer optimizer, std::uint64_t seed = 1)
      : optimizer_(optimizer), rate_(optimizer == Optimizer::adam ? 0.01f : 0.05f) {
    PhiloxStream random(seed);
    std::vector<float> start(static_cast<std::size_t>(kParameters));
    for (float& value : start) value = static_cast<float>(random.uniform() - 0.5) * 0.5f;
    params_ = Tensor::from(start, {kParameters});
    grads_ = Tensor::zeros({kParameters});
    first_ = Tensor::zeros({kParameters});
    second_ = Tensor::zeros({kParameters});
    std::int64_t offset = 0;
    const auto parameter = [&](const Shape& shape) {
      Tensor view = params_.part(offset, shape);
      view.set_requires_grad().set_grad_storage(grads_.part(offset, shape));
      offset += shape.count();
      return view;
    };
    conv_w_ = parameter({3, 3, 3, 2});
    conv_b_ = parameter({3});
    dense_w_ = parameter({12, kClasses});
    dense_b_ = parameter({kClasses});

    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kImages * 7 * 7 * 2));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    images_ = Tensor::from(bytes, {kImages, 7, 7, 2});
    std::vector<std::int32_t> labels(static_cast<std::size_t>(kImages));
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    labels_ = Tensor::from(labels, {kImages});
    std::vector<std::int32_t> order(static_cast<std::size_t>(kBatch * kMostSteps));
    for (std::int32_t& index : order) index = static_cast<std::int32_t>(random.below(kImages));
    order_ = Tensor::from(order, {kBatch * kMostSteps});
    counters_ = Tensor::zeros({2}, DType::i32);  // cursor, step
    sums_ = Tensor::zeros({kMetricSums}, DType::f64);
    const Segment segments[] = {
        {0, 54, 0}, {54, 3, 1}, {57, 12 * kClasses, 0}, {57 + 12 * kClasses, kClasses, 1}};
    const auto* bytes_of = reinterpret_cast<const std::uint8_t*>(segments);
    segments_ = Tensor::from(std::span(bytes_of, sizeof segments), {4, sizeof(Segment)});
    dropout_row_ = ops::dropout_row(0.25, 7);
    scalars_ = Tensor::empty({2, kScalarColumns});
    set_rate(rate_);
  }

  // Weights and biases are two rows of the table: no decay on biases.
  void set_rate(float rate) {
    const float eps = 1e-7f;
    const bool adam = optimizer_ == Optimizer::adam;
    const float m = adam ? 0.9f : 0.8f;
    scalars_.assign(std::vector<float>{rate, m, 0.999f, eps, 0.01f, rate, m, 0.999f, eps, 0});
  }
  float rate() const { return rate_; }

  void step() {
    Backend& on = current_backend();
    const Tensor cursor = counters_.part(0, {1}), step = counters_.part(1, {1});
    const Tensor x = Tensor::empty({kBatch, 7, 7, 2}), y = Tensor::empty({kBatch}, DType::i32);
    on.run(verb::GatherBatch{.x = x.view(),
                             .labels = y.view(),
                             .images = images_.cview(),
                             .all_labels = labels_.cview(),
                             .order = order_.cview(),
                             .cursor = cursor.cview(),
                             .params = {}});
    for (const Tensor& each : {conv_w_, conv_b_, dense_w_, dense_b_}) each.zero_grad();
    const Tensor block = ops::conv2d(x, conv_w_, conv_b_, {.relu = true, .pool = true});
    const Tensor kept = ops::dropout(ops::flatten(block), step, dropout_row_);
    const Tensor logits = ops::linear(kept, dense_w_, dense_b_);
    loss_ = ops::softmax_cross_entropy(logits, y);
    on.run(verb::AccumulateMetrics{.sums = sums_.view(),
                                   .loss = loss_.cview(),
                                   .logits = logits.cview(),
                                   .labels = y.cview(),
                                   .step = step.cview()});
    loss_.backward();
    on.run(verb::Advance{.counters = counters_.view(), .index = 1, .by = 1});
    if (optimizer_ == Optimizer::adam) {
      on.run(verb::AdamStep{.values = params_.view(),
                            .m = first_.view(),
                            .v = second_.view(),
                            .grads = grads_.cview(),
                            .scalars = scalars_.cview(),
                            .step = step.cview(),
                            .segments = segments_.cview(),
                            .params = {}});
    } else {
      on.run(verb::SgdStep{.values = params_.view(),
                           .velocity = first_.view(),
                           .grads = grads_.cview(),
                           .scalars = scalars_.cview(),
                           .segments = segments_.cview(),
                           .params = {.nesterov = true}});
    }
    on.run(verb::Advance{.counters = counters_.view(), .index = 0, .by = static_cast<int>(kBatch)});
  }

  // The mean loss of the last step, from the host's side.
  double loss() const { return loss_.item(); }

  // Everything that a step writes, as one list of numbers.
  std::vector<double> state() const {
    std::vector<double> all;
    for (const Tensor& each : {params_, grads_, first_, second_, counters_, sums_, loss_})
      for (const double value : each.to_vector<double>()) all.push_back(value);
    return all;
  }

 private:
  static constexpr std::int64_t kParameters = 3 * 3 * 3 * 2 + 3 + 12 * kClasses + kClasses;
  Optimizer optimizer_;
  float rate_;
  Tensor params_, grads_, first_, second_, scalars_;
  Tensor conv_w_, conv_b_, dense_w_, dense_b_;
  Tensor images_, labels_, order_, counters_, sums_, loss_;
  Tensor segments_, dropout_row_;
};

}  // namespace hone
