// One pass over a data set, batch by batch: training and evaluation. Internal to nn/train.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "nn/model.h"
#include "nn/train/batch_source.h"
#include "nn/train/training.h"
#include "optim/optimizer.h"
#include "optim/weight_average.h"
#include "tensor/step_graph.h"
#include "tensor/tape.h"

namespace hone::nn::train {

// The sums of a pass on the host: those of MetricSum, then one column for each additive metric of
// the training. Empty: all are 0.
using MetricSums = std::vector<double>;

// What a pass measured: means over its samples.
struct Measured {
  double loss = 0;
  double accuracy = 0;                                  // NaN where the loss does not classify
  std::vector<std::pair<std::string, double>> metrics;  // in the training's order
};

// What standardises the column that the loss compares with; nothing where it stays as it is. Needs
// a BackendScope.
std::optional<Standardizer> target_standardizer(const Loss& loss, const data::Dataset& data);

// What all passes share: the batches and the sums on the device. Of a model with members each has
// its own order, sums and rates.
class Pass {
 public:
  // Throws Error(usage) when the data do not fit the model or the batch is not positive. A batch
  // larger than the data is one of all of them.
  Pass(Model& model, const data::Dataset& data, const Training& training, std::int64_t batch,
       const char* who);
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  std::int64_t batches() const { return (data_.count() + batch_ - 1) / batch_; }
  // Samples in the batches before `batch`.
  std::int64_t samples_before(std::int64_t batch) const;
  MetricSums sums(int member = 0) const;
  // Those before the first batch.
  MetricSums no_sums() const { return MetricSums(static_cast<std::size_t>(sums_.count()), 0.0); }
  // The means that belong to `sums`; metrics from kept outputs are not among them.
  Measured measured(const MetricSums& sums) const;
  // Throws Error(data) when a label was no class of the model's: which one, of which sample.
  void check_labels(const MetricSums& sums, std::span<const std::int32_t> order) const;

 protected:
  // What is made while it lives holds as many models as the model has.
  BackendScope bind() const { return BackendScope(model_.backend(), model_.models()); }
  // The forward pass of the batch at the cursor: its loss, which is also added to the sums, with
  // the metrics. `output`, if given, gets what the model gave.
  Tensor measure(int rows, Tensor* output = nullptr) const;
  // The batch as the loss sees it: its target standardised.
  Batch for_loss(const Batch& batch) const;
  // Rows of batch number `batch`; the last one may be smaller.
  int rows_of(std::int64_t batch) const;
  // How many steps the device takes at once; 1 where the host has something to do between two.
  std::int64_t full_steps_at_once(const StepGraph& full) const;
  void check_output(const Tensor& output, int rows) const;

  Model& model_;
  data::Dataset data_;  // handles; keeps the samples alive
  Training training_;
  const char* who_;
  int batch_;
  std::optional<BatchSource> source_;
  std::optional<Standardizer> target_;  // of the loss's column, if it has one
  Tensor sums_;
};

// Training steps. A batch here is what one step of the optimizer takes: training.accumulate parts
// of training.batch samples, each of which advances the model's step counter. Full batches and the
// smaller last one are a StepGraph each.
class TrainingPass : public Pass {
 public:
  // Of `training`: batch, accumulate, ema, loss, metrics, epochs and schedule.
  TrainingPass(Model& model, optim::Optimizer& optimizer, const data::Dataset& data,
               const Training& training, bool capture);

  // Starts an epoch (counted from 0) at `first_batch` with the sums of the batches before it. The
  // rates of all its steps go to the device here: a rate that is set later counts from the next
  // epoch on. `number`: of the epoch over the model's life, for the augmentation.
  void begin(std::span<const std::int32_t> order, std::int64_t first_batch, const MetricSums& sums,
             std::int64_t epoch = 0, std::int64_t number = 0);
  // Starts the epoch of one member as `alone`, the pass of its own model, was begun with `order`
  // and `sums`: at its batch, with the rates of its optimizer and schedule. All members before
  // step(); those that are begun with different batches cannot go together.
  void begin_member(int member, const TrainingPass& alone, std::span<const std::int32_t> order,
                    const MetricSums& sums);
  // The learning rate of a step of the epoch that begin() started.
  float learning_rate(std::int64_t batch) const;
  // The next batch: forward, backward, one step of the optimizer. Puts the model in training mode.
  void step();
  // The next batches: one, or up to `most` where the device takes several recorded steps at once.
  // Returns how many. The same bits as that many step().
  std::int64_t steps(std::int64_t most);
  // The next batch, which must be a full one, with the time of every verb; see
  // StepGraph::run_timed. Needs `capture` and two full steps before.
  std::vector<VerbTime> step_timed(const std::function<double()>& now);
  // Of a recorded full step; see StepGraph::operations.
  std::size_t operations() const { return full_->operations(); }
  // A step without a StepGraph.
  void step_eagerly();
  // The forward passes of the next batch up to that of the step counter's `until`, which the
  // model's observer sees. Returns its loss.
  double forward_until(std::int64_t until, const std::function<void()>& before_last);

  // Parts in the batches before `batch`: what the step counter has counted in this epoch.
  std::int64_t parts_before(std::int64_t batch) const {
    return (samples_before(batch) + part_ - 1) / part_;
  }
  // Null without training.ema.
  optim::WeightAverage* average() { return average_ ? &*average_ : nullptr; }

 private:
  void put(int member, const TrainingPass& of, const MetricSums& sums);
  void run(int rows);
  void advance(int rows);
  void bring();  // what the next batch reads
  optim::StepPosition position(std::int64_t batch) const;

  optim::Optimizer& optimizer_;
  bool capture_;
  int part_;  // samples that go through the model at once
  std::optional<optim::WeightAverage> average_;
  optim::StepTable table_;
  std::int64_t epoch_ = 0, next_ = 0;
  std::unique_ptr<StepGraph> full_, last_;
};

// Loss, accuracy and metrics in evaluation mode.
class EvaluationPass : public Pass {
 public:
  EvaluationPass(Model& model, const data::Dataset& data, const Training& training, int batch,
                 bool capture);
  // Over all samples; nothing when cancelled. Throws as check_labels does.
  std::optional<Measured> run(const CancelToken& cancel = {});
  // The same for each member of the model.
  std::optional<std::vector<Measured>> run_members(const std::function<bool()>& cancelled);

 private:
  void run_batch(int rows);
  Measured finish(int member, std::vector<float> outputs) const;

  bool capture_;
  bool keeps_outputs_;
  std::unique_ptr<StepGraph> full_, last_;
  Tensor kept_full_, kept_last_;  // what the model gave for the last batch of that size
};

}  // namespace hone::nn::train
