// The steps of training, evaluation and prediction.
#include "nn/train/passes.h"

#include <limits>
#include <numeric>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

std::vector<std::int32_t> in_order(std::int64_t count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void check_data(const Model& model, const data::Dataset& data, const char* who) {
  check(data.images.defined() && data.labels.defined(), "{}: the data set is empty", who);
  check(data.images.shape().rank() == 4 && data.count() > 0,
        "{}: the images have shape {}, [N, H, W, C] with N > 0 is needed", who,
        data.images.shape().str());
  check(data.count() <= std::numeric_limits<std::int32_t>::max(),
        "{}: {} samples are more than an order can number", who, data.count());
  check(data.shape() == model.input(), "{}: the samples have shape {}, the model takes {}", who,
        data.shape().str(), model.input().str());
  check(data.labels.shape() == Shape{data.count()},
        "{}: {} images need labels of shape [{}], not {}", who, data.count(), data.count(),
        data.labels.shape().str());
  check(&data.images.device() == &model.device(),
        "{}: the data are on device {}, the model on {}; upload them to the model's device", who,
        data.images.device().name(), model.device().name());
}

}  // namespace

Pass::Pass(Model& model, const data::Dataset& data, int batch, const char* who)
    : model_(model), data_(data), batch_(batch) {
  check(batch > 0, "{}: batch is {}, it must be at least 1", who, batch);
  check_data(model, data, who);
  // A batch larger than the data is one batch of all of them.
  if (batch_ > data.count()) batch_ = static_cast<int>(data.count());
  Device& device = model.device();
  order_ = Tensor::from<std::int32_t>(device, in_order(data.count()), Shape{data.count()});
  cursor_ = Tensor::from<std::int32_t>(device, std::vector<std::int32_t>{0}, Shape{1});
  sums_ = Tensor::from<double>(device, std::vector<double>(kMetricSums, 0.0), Shape{kMetricSums});
}

std::int64_t Pass::samples_before(std::int64_t batch) const {
  return std::min(batch * batch_, data_.count());
}

int Pass::rows_of(std::int64_t batch) const {
  return static_cast<int>(samples_before(batch + 1) - samples_before(batch));
}

MetricSums Pass::sums() const {
  model_.backend().synchronize();
  const std::vector<double> values = sums_.to_vector<double>();
  MetricSums sums{};
  std::copy(values.begin(), values.end(), sums.begin());
  return sums;
}

Pass::Batch Pass::gather(int rows) const {
  const Shape& input = model_.input();
  Batch batch{Tensor::empty(Shape{rows, input[0], input[1], input[2]}),
              Tensor::empty(Shape{rows}, DType::i32)};
  model_.backend().run(verb::GatherBatch{.x = batch.x.view(),
                                         .labels = batch.labels.view(),
                                         .images = data_.images.view(),
                                         .all_labels = data_.labels.view(),
                                         .order = order_.view(),
                                         .cursor = cursor_.view(),
                                         .params = data_.normalization});
  return batch;
}

void Pass::check_logits(const Tensor& logits, int rows) const {
  check(
      logits.shape().rank() == 2 && logits.shape()[0] == rows && logits.shape()[1] >= data_.classes,
      "the model gives shape {} for a batch of {}, [{}, {}] is needed: one logit for each of the "
      "{} classes",
      logits.shape().str(), rows, rows, data_.classes, data_.classes);
}

Tensor Pass::measure(int rows) const {
  const Batch batch = gather(rows);
  const Tensor logits = model_.forward(batch.x);
  check_logits(logits, rows);
  const Tensor loss = ops::softmax_cross_entropy(logits, batch.labels);
  model_.backend().run(verb::AccumulateMetrics{.sums = sums_.view(),
                                               .loss = loss.view(),
                                               .logits = logits.view(),
                                               .labels = batch.labels.view(),
                                               .step = model_.step_counter().view()});
  return loss;
}

TrainingPass::TrainingPass(Model& model, optim::Optimizer& optimizer, const data::Dataset& data,
                           int batch, bool capture)
    : Pass(model, data, batch, "fit"), optimizer_(optimizer), capture_(capture) {
  const int last = rows_of(batches() - 1);
  full_ = std::make_unique<StepGraph>(model.backend(), [this] { run(batch_); });
  if (last != batch_)
    last_ = std::make_unique<StepGraph>(model.backend(), [this, last] { run(last); });
}

void TrainingPass::begin(std::span<const std::int32_t> order, std::int64_t first_batch,
                         const MetricSums& sums) {
  model_.backend().synchronize();
  order_.assign(order);
  cursor_.assign(std::vector<std::int32_t>{static_cast<std::int32_t>(samples_before(first_batch))});
  sums_.assign(std::span<const double>(sums));
  next_ = first_batch;
}

void TrainingPass::run(int rows) {
  Backend& backend = model_.backend();
  measure(rows).backward();
  optimizer_.step();
  backend.run(verb::Advance{.counters = cursor_.view(), .index = 0, .by = rows});
  backend.run(verb::Advance{.counters = model_.step_counter().view(), .index = 0, .by = 1});
}

void TrainingPass::step() {
  if (!capture_) {
    step_eagerly();
    return;
  }
  model_.train(true);
  const bool is_last = last_ && next_ + 1 == batches();
  (is_last ? *last_ : *full_).run();
  ++next_;
}

std::vector<VerbTime> TrainingPass::step_timed(const std::function<double()>& now) {
  check(rows_of(next_) == batch_, "step_timed: batch {} of {} is not a full one", next_, batches());
  std::vector<VerbTime> times = full_->run_timed(now);
  ++next_;
  return times;
}

void TrainingPass::step_eagerly() {
  model_.train(true);
  const BackendScope scope(model_.backend());
  try {
    run(rows_of(next_));
  } catch (...) {
    clear_tape();
    throw;
  }
  ++next_;
}

double TrainingPass::forward_only() {
  model_.train(true);
  const BackendScope scope(model_.backend());
  const NoGrad no_grad;
  const Batch batch = gather(rows_of(next_));
  return ops::softmax_cross_entropy(model_.forward(batch.x), batch.labels).item();
}

EvaluationPass::EvaluationPass(Model& model, const data::Dataset& data, int batch, bool capture)
    : Pass(model, data, batch, "evaluate"), capture_(capture) {
  const int last = rows_of(batches() - 1);
  full_ = std::make_unique<StepGraph>(model.backend(), [this] { run_batch(batch_); });
  if (last != batch_)
    last_ = std::make_unique<StepGraph>(model.backend(), [this, last] { run_batch(last); });
}

void EvaluationPass::run_batch(int rows) {
  const NoGrad no_grad;
  measure(rows);
  model_.backend().run(verb::Advance{.counters = cursor_.view(), .index = 0, .by = rows});
}

std::optional<MetricSums> EvaluationPass::run(const CancelToken& cancel) {
  model_.backend().synchronize();
  model_.train(false);
  cursor_.assign(std::vector<std::int32_t>{0});
  sums_.assign(std::vector<double>(kMetricSums, 0.0));
  const BackendScope scope(model_.backend());
  for (std::int64_t b = 0; b < batches(); ++b) {
    if (cancel.cancelled()) return std::nullopt;
    const int rows = rows_of(b);
    if (capture_) {
      (rows == batch_ ? *full_ : *last_).run();
    } else {
      run_batch(rows);
    }
  }
  return sums();
}

PredictionPass::PredictionPass(Model& model, const data::Dataset& data, int batch)
    : Pass(model, data, batch, "predict") {}

std::vector<float> PredictionPass::run() {
  model_.train(false);
  const BackendScope scope(model_.backend());
  const NoGrad no_grad;
  std::vector<float> probabilities;
  for (std::int64_t b = 0; b < batches(); ++b) {
    const int rows = rows_of(b);
    const Tensor logits = model_.forward(gather(rows).x);
    check(logits.shape().rank() == 2, "predict: the model gives shape {}, [N, classes] is needed",
          logits.shape().str());
    const std::vector<float> part = ops::softmax(logits).to_vector();
    probabilities.insert(probabilities.end(), part.begin(), part.end());
    model_.backend().run(verb::Advance{.counters = cursor_.view(), .index = 0, .by = rows});
  }
  return probabilities;
}

}  // namespace hone::nn::train
