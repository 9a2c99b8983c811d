// The steps of training, evaluation and prediction.
#include "nn/train/passes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

std::int64_t within_shard(int batch, const data::Dataset& data) {
  return data.shards() == nullptr ? batch : std::min<std::int64_t>(batch, data.shard_rows());
}

}  // namespace

std::optional<Standardizer> target_standardizer(const Loss& loss, const data::Dataset& data) {
  for (const data::Column& column : data.example().columns)
    if (column.name == loss.target() && !column.standardization.empty())
      return Standardizer(column.standardization, column.values.shape().without(0));
  return std::nullopt;
}

Pass::Pass(Model& model, const data::Dataset& data, const Training& training, std::int64_t batch,
           const char* who)
    : model_(model), data_(data), training_(training), who_(who) {
  check(batch > 0, "{}: batch is {}, it must be at least 1", who, batch);
  check_data(model, data, who);
  batch_ = static_cast<int>(std::min(batch, data.count()));
  check(data.shards() == nullptr || batch_ <= data.shard_rows(),
        "{}: a batch of {} is larger than a shard of {} samples; make the batch smaller or write "
        "larger shards",
        who, batch_, data.shard_rows());
  Device& device = model.device();
  const BackendScope scope = bind();
  source_.emplace(model.backend(), data);
  target_ = target_standardizer(training.loss, data);
  const std::size_t sums = kMetricSums + training_.metrics.size();
  sums_ = Tensor::from<double>(device, std::vector<double>(sums, 0.0),
                               Shape{static_cast<std::int64_t>(sums)});
}

std::int64_t Pass::samples_before(std::int64_t batch) const {
  return std::min(batch * batch_, data_.count());
}

int Pass::rows_of(std::int64_t batch) const {
  return static_cast<int>(samples_before(batch + 1) - samples_before(batch));
}

MetricSums Pass::sums(int member) const {
  const BackendScope scope(model_.backend());
  return sums_.model(member).to_vector<double>();
}

Measured Pass::measured(const MetricSums& sums) const {
  const double samples = sums[kSampleSum];
  Measured result;
  result.loss = sums[kLossSum] / samples;
  result.accuracy = training_.loss.classifies() ? sums[kCorrectSum] / samples
                                                : std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < training_.metrics.size(); ++i)
    if (training_.metrics[i].additive())
      result.metrics.emplace_back(training_.metrics[i].name(), sums[kMetricSums + i] / samples);
  return result;
}

void Pass::check_labels(const MetricSums& sums, std::span<const std::int32_t> order) const {
  const auto at = static_cast<std::int64_t>(sums[kBadLabelAt]);
  if (at == 0) return;
  const auto position = static_cast<std::size_t>(at - 1);
  fail(
      ErrorKind::data,
      "{}: label {} of sample {} is none of the model's classes; the labels were changed after the "
      "data set was made",
      who_, sums[kBadLabel], position < order.size() ? order[position] : at - 1);
}

void Pass::check_output(const Tensor& output, int rows) const {
  check(output.shape().rank() >= 1 && output.shape()[0] == rows,
        "the model gives shape {} for a batch of {}, [{}, ...] is needed", output.shape().str(),
        rows, rows);
  training_.loss.check(output.shape(), data_);
  for (const Metric& metric : training_.metrics) metric.check(output.shape(), data_);
}

Batch Pass::for_loss(const Batch& batch) const {
  if (!target_) return batch;
  const std::string name = training_.loss.target();
  return batch.with(name, (*target_)(batch[name]));
}

Tensor Pass::measure(int rows, Tensor* kept) const {
  Backend& backend = model_.backend();
  const Batch batch = source_->gather(rows);
  const Tensor output = model_.forward(batch.x());
  check_output(output, rows);
  const Tensor loss = training_.loss(output, for_loss(batch));
  check(loss.count() == 1, "loss {}: gives shape {}, one number for the batch is needed",
        training_.loss.text(), loss.shape().str());
  const bool classifies = training_.loss.classifies();
  backend.run(verb::AccumulateMetrics{.sums = sums_.view(),
                                      .loss = loss.cview(),
                                      .logits = classifies ? output.cview() : ConstView{},
                                      .labels = classifies ? batch["labels"].cview() : ConstView{},
                                      .step = model_.step_counter().cview(),
                                      .rows = rows});
  const NoGrad no_grad;
  const Tensor shown = target_ ? target_->undo(output) : output;
  for (std::size_t i = 0; i < training_.metrics.size(); ++i) {
    const Metric& metric = training_.metrics[i];
    if (!metric.additive()) continue;
    const Tensor mean = metric.mean(shown, batch);
    check(mean.count() == 1, "metric {}: gives shape {}, one number for the batch is needed",
          metric.name(), mean.shape().str());
    backend.run(verb::AccumulateValue{.sums = sums_.view(),
                                      .value = mean.cview(),
                                      .column = kMetricSums + static_cast<int>(i),
                                      .rows = rows});
  }
  if (kept != nullptr) *kept = shown;
  return loss;
}

std::int64_t Pass::full_steps_at_once(const StepGraph& full) const {
  return source_->streams() ? 1 : full.at_once();
}

TrainingPass::TrainingPass(Model& model, optim::Optimizer& optimizer, const data::Dataset& data,
                           const Training& training, bool capture)
    : Pass(model, data, training, std::int64_t{training.batch} * training.accumulate, "fit"),
      optimizer_(optimizer),
      capture_(capture),
      part_(std::min(training.batch, batch_)) {
  const int last = rows_of(batches() - 1);
  model.check_batch(part_);
  if (data.count() % part_ != 0) model.check_batch(data.count() % part_);
  const BackendScope scope = bind();
  source_->augment(training.augment, model.seed());
  if (training.ema > 0) average_.emplace(model.parameters(), training.ema);
  table_ = optimizer.new_table(training_.schedule.constant() ? 1 : batches());
  full_ = std::make_unique<StepGraph>(model.backend(), [this] { run(batch_); });
  if (last != batch_)
    last_ = std::make_unique<StepGraph>(model.backend(), [this, last] { run(last); });
}

void TrainingPass::begin(std::span<const std::int32_t> order, std::int64_t first_batch,
                         const MetricSums& sums, std::int64_t epoch, std::int64_t number) {
  const BackendScope scope = bind();
  source_->begin(order, samples_before(first_batch), number);
  next_ = first_batch;
  epoch_ = epoch;
  put(0, *this, sums);
}

void TrainingPass::begin_member(int member, const TrainingPass& alone,
                                std::span<const std::int32_t> order, const MetricSums& sums) {
  const BackendScope scope = bind();
  next_ = alone.next_;
  source_->begin_member(member, order, samples_before(next_));
  put(member, alone, sums);
}

// The sums of the batches before, and the rates of the epoch's steps.
void TrainingPass::put(int member, const TrainingPass& of, const MetricSums& sums) {
  MetricSums all = sums;
  all.resize(static_cast<std::size_t>(sums_.count()), 0.0);
  sums_.model(member).assign(all);
  of.optimizer_.fill({table_.scalars.model(member), table_.at.model(member)}, of.training_.schedule,
                     of.position(0), next_);
}

optim::StepPosition TrainingPass::position(std::int64_t batch) const {
  return {.step = epoch_ * batches() + batch,
          .steps_per_epoch = batches(),
          .steps = training_.epochs * batches()};
}

float TrainingPass::learning_rate(std::int64_t batch) const {
  return optimizer_.learning_rate_at(training_.schedule.at(position(batch)));
}

// The gradient of the mean over all rows is the sum of those of the parts, by their shares.
void TrainingPass::run(int rows) {
  const BackendScope scope = bind();
  for (int begin = 0; begin < rows; begin += part_) {
    const int part = std::min(part_, rows - begin);
    const Tensor loss = measure(part);
    (part == rows ? loss : ops::scale(loss, static_cast<double>(part) / rows)).backward();
    advance(part);
  }
  optimizer_.step(table_);
  if (average_) average_->update();
}

void TrainingPass::bring() {
  const BackendScope scope = bind();
  source_->bring(samples_before(next_ + 1));
}

void TrainingPass::advance(int rows) {
  source_->advance(rows);
  model_.count_step();
}

void TrainingPass::step() {
  if (!capture_) {
    step_eagerly();
    return;
  }
  model_.train(true);
  bring();
  const bool is_last = last_ && next_ + 1 == batches();
  (is_last ? *last_ : *full_).run();
  ++next_;
}

std::int64_t TrainingPass::steps(std::int64_t most) {
  const std::int64_t full = data_.count() / batch_ - next_;  // that are left
  const std::int64_t count = std::min({most, full, full_steps_at_once(*full_)});
  if (count <= 1) {
    step();
    return 1;
  }
  model_.train(true);
  full_->run(static_cast<int>(count));
  next_ += count;
  return count;
}

std::vector<VerbTime> TrainingPass::step_timed(const std::function<double()>& now) {
  check(rows_of(next_) == batch_, "step_timed: batch {} of {} is not a full one", next_, batches());
  bring();
  std::vector<VerbTime> times = full_->run_timed(now);
  ++next_;
  return times;
}

void TrainingPass::step_eagerly() {
  model_.train(true);
  bring();
  try {
    run(rows_of(next_));
  } catch (...) {
    clear_tape();
    throw;
  }
  ++next_;
}

double TrainingPass::forward_until(std::int64_t until, const std::function<void()>& before_last) {
  model_.train(true);
  const BackendScope scope(model_.backend());
  const NoGrad no_grad;
  bring();
  int rows = rows_of(next_);
  for (;; rows -= part_) {
    const int part = std::min(part_, rows);
    const bool is_last =
        rows <= part_ || static_cast<std::int64_t>(model_.step_counter().item()) + 1 >= until;
    if (is_last) before_last();
    const Batch batch = source_->gather(part);
    const Tensor loss = training_.loss(model_.forward(batch.x()), for_loss(batch));
    if (is_last) return loss.item();
    advance(part);
  }
}

EvaluationPass::EvaluationPass(Model& model, const data::Dataset& data, const Training& training,
                               int batch, bool capture)
    : Pass(model, data, training, within_shard(batch, data), "evaluate"), capture_(capture) {
  keeps_outputs_ = false;
  for (const Metric& metric : training_.metrics) {
    keeps_outputs_ |= !metric.additive();
    check(metric.additive() || data.shards() == nullptr,
          "evaluate: the metric '{}' needs all samples at once, and these stay on disk",
          printable(metric.name()));
  }
  const int last = rows_of(batches() - 1);
  full_ = std::make_unique<StepGraph>(model.backend(), [this] { run_batch(batch_); });
  if (last != batch_)
    last_ = std::make_unique<StepGraph>(model.backend(), [this, last] { run_batch(last); });
}

void EvaluationPass::run_batch(int rows) {
  const BackendScope scope = bind();
  const NoGrad no_grad;
  measure(rows, !keeps_outputs_ ? nullptr : rows == batch_ ? &kept_full_ : &kept_last_);
  source_->advance(rows);
}

std::optional<Measured> EvaluationPass::run(const CancelToken& cancel) {
  const auto measured = run_members([&] { return cancel.cancelled(); });
  return measured ? std::optional(measured->front()) : std::nullopt;
}

std::optional<std::vector<Measured>> EvaluationPass::run_members(
    const std::function<bool()>& cancelled) {
  model_.train(false);
  const BackendScope scope = bind();
  source_->rewind();
  sums_.assign(std::vector<double>(static_cast<std::size_t>(sums_.count()), 0.0));
  std::vector<std::vector<float>> outputs(static_cast<std::size_t>(model_.models()));
  for (std::int64_t b = 0; b < batches(); ++b) {
    if (cancelled()) return std::nullopt;
    const int rows = rows_of(b);
    const std::int64_t at_once =
        keeps_outputs_ ? 1 : std::min(data_.count() / batch_ - b, full_steps_at_once(*full_));
    source_->bring(samples_before(b + 1));
    if (at_once > 1) {
      full_->run(static_cast<int>(at_once));
      b += at_once - 1;
    } else if (capture_) {
      (rows == batch_ ? *full_ : *last_).run();
    } else {
      run_batch(rows);
    }
    if (!keeps_outputs_) continue;
    const Tensor& kept = rows == batch_ ? kept_full_ : kept_last_;
    for (int m = 0; m < model_.models(); ++m) {
      const std::vector<float> part = kept.model(m).to_vector();
      std::vector<float>& all = outputs[static_cast<std::size_t>(m)];
      all.insert(all.end(), part.begin(), part.end());
    }
  }
  std::vector<Measured> measured;
  for (int m = 0; m < model_.models(); ++m)
    measured.push_back(finish(m, std::move(outputs[static_cast<std::size_t>(m)])));
  return measured;
}

Measured EvaluationPass::finish(int member, std::vector<float> outputs) const {
  const MetricSums sums = this->sums(member);
  check_labels(sums, {});
  const Measured additive = measured(sums);
  if (!keeps_outputs_) return additive;
  const Tensor& kept = kept_full_.defined() ? kept_full_ : kept_last_;
  const KeptOutputs all{kept.shape().without(0), std::move(outputs), data_};
  Measured result{additive.loss, additive.accuracy, {}};
  std::size_t next = 0;
  for (const Metric& metric : training_.metrics)
    result.metrics.emplace_back(
        metric.name(), metric.additive() ? additive.metrics[next++].second : metric.compute(all));
  return result;
}

}  // namespace hone::nn::train
