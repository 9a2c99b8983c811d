// Preprocessing, and prediction, which needs nothing else of a training.
#include "nn/preprocess.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::nn {
namespace {

void check_samples(const Model& model, const Tensor& samples, int batch) {
  check(batch > 0, "predict: batch is {}, it must be at least 1", batch);
  check(samples.defined() && samples.count() > 0, "predict: the data set is empty");
  const Shape& shape = samples.shape();
  check(samples.dtype() != DType::f64, "predict: the samples are f64; u8, f32 or i32 is needed");
  check(shape.rank() >= 1 && shape.without(0) == model.input(),
        "predict: the samples have shape {}, the model takes {}", shape.without(0).str(),
        model.input().str());
  check(&samples.device() == &model.device(),
        "predict: the data are on device {}, the model on {}; upload them to the model's device",
        samples.device().name(), model.device().name());
}

// What people read: probabilities, or the values themselves.
Tensor readable(const Tensor& output, OutputKind kind) {
  if (kind == OutputKind::label_logits) return ops::sigmoid(output);
  if (kind == OutputKind::values) return output;
  check(output.shape().rank() == 2, "predict: the model gives shape {}, [N, classes] is needed",
        output.shape().str());
  return ops::softmax(output);
}

}  // namespace

Standardizer::Standardizer(const data::Standardization& by, const Shape& sample) {
  if (by.empty()) return;
  const auto count = static_cast<std::int64_t>(by.mean.size());
  const Shape shape = count == sample.count() ? sample : Shape{count};
  mean_ = Tensor::from(by.mean, shape);
  scale_ = Tensor::from(by.scale, shape);
}

Tensor Standardizer::operator()(const Tensor& x) const {
  return mean_.defined() ? (x - mean_) * scale_ : x;
}

Tensor Standardizer::undo(const Tensor& x) const {
  return mean_.defined() ? x / scale_ + mean_ : x;
}

std::vector<float> predict(Model& model, const Tensor& samples, const ModelInfo& info, int batch) {
  check_samples(model, samples, batch);
  model.train(false);
  const BackendScope scope(model.backend());
  const NoGrad no_grad;
  const std::int64_t count = samples.shape()[0], each = samples.count() / count;
  const std::int64_t most = std::min<std::int64_t>(batch, count);
  const Standardizer standardize(info.standardization, model.input());
  std::vector<std::int32_t> rows_in_order(static_cast<std::size_t>(most));
  std::iota(rows_in_order.begin(), rows_in_order.end(), 0);
  const Tensor order = Tensor::from(rows_in_order, Shape{most});
  const Tensor cursor = Tensor::zeros(Shape{1}, DType::i32);
  std::vector<float> values;
  for (std::int64_t first = 0; first < count; first += most) {
    const std::int64_t rows = std::min(most, count - first);
    Tensor x = samples.part(first * each, samples.shape().with(0, rows));
    if (samples.dtype() == DType::u8) {
      const Tensor bytes = x;
      x = Tensor::empty(bytes.shape());
      model.backend().run(verb::GatherBatch{.x = x.view(),
                                            .images = bytes.cview(),
                                            .order = order.cview(),
                                            .cursor = cursor.cview(),
                                            .params = info.normalization});
    }
    const Tensor output = readable(model.forward(standardize(x)), info.output);
    const std::vector<float> part = output.to_vector();
    for (std::size_t i = 0; i < part.size(); ++i)
      if (!std::isfinite(part[i]))
        fail(ErrorKind::data,
             "predict: the model's output for sample {} is not finite; its weights are damaged or "
             "the training diverged",
             first + static_cast<std::int64_t>(i) / (output.count() / rows));
    values.insert(values.end(), part.begin(), part.end());
  }
  return info.output == OutputKind::values ? info.target.undo(values) : values;
}

}  // namespace hone::nn
