// One pass over a data set, batch by batch: training and evaluation. Internal to nn/train.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "nn/data/dataset.h"
#include "nn/model.h"
#include "optim/optimizer.h"
#include "tensor/step_graph.h"

namespace hone::nn::train {

// The sums of accumulate_metrics, on the host.
using MetricSums = std::array<double, kMetricSums>;

// What both passes share: the order, the cursor and the sums on the device.
class Pass {
 public:
  // Throws Error(usage) when the data do not fit the model or the batch is not positive.
  Pass(Model& model, const data::Dataset& data, int batch, const char* who);
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  std::int64_t batches() const { return (data_.count() + batch_ - 1) / batch_; }
  // Samples in the batches before `batch`.
  std::int64_t samples_before(std::int64_t batch) const;
  MetricSums sums() const;

 protected:
  struct Batch {
    Tensor x, labels;
  };
  // Reads the batch at the cursor: `rows` samples.
  Batch gather(int rows) const;
  // The forward pass of the batch at the cursor: its loss, which is also added to the sums.
  Tensor measure(int rows) const;
  // Rows of batch number `batch`; the last one may be smaller.
  int rows_of(std::int64_t batch) const;
  void check_logits(const Tensor& logits, int rows) const;

  Model& model_;
  data::Dataset data_;  // handles; keeps the images alive
  int batch_;
  Tensor order_, cursor_, sums_;
};

// Training steps. Full batches and the smaller last one are a StepGraph each.
class TrainingPass : public Pass {
 public:
  TrainingPass(Model& model, optim::Optimizer& optimizer, const data::Dataset& data, int batch,
               bool capture);

  // Starts an epoch at `first_batch` with the sums of the batches before it.
  void begin(std::span<const std::int32_t> order, std::int64_t first_batch, const MetricSums& sums);
  // The next batch: forward, backward, one step of the optimizer. Puts the model in training mode.
  void step();
  // The next batch, which must be a full one, with the time of every verb; see
  // StepGraph::run_timed. Needs `capture` and two full steps before.
  std::vector<VerbTime> step_timed(const std::function<double()>& now);
  // A step without a StepGraph.
  void step_eagerly();
  // The forward pass of the next batch alone; the model's observer sees it. Returns the loss.
  double forward_only();

 private:
  void run(int rows);

  optim::Optimizer& optimizer_;
  bool capture_;
  std::int64_t next_ = 0;
  std::unique_ptr<StepGraph> full_, last_;
};

// Mean loss and accuracy in evaluation mode.
class EvaluationPass : public Pass {
 public:
  EvaluationPass(Model& model, const data::Dataset& data, int batch, bool capture);
  // The sums over all samples; nothing when cancelled.
  std::optional<MetricSums> run(const CancelToken& cancel = {});

 private:
  void run_batch(int rows);

  bool capture_;
  std::unique_ptr<StepGraph> full_, last_;
};

// Probabilities [N, classes], row by row.
class PredictionPass : public Pass {
 public:
  PredictionPass(Model& model, const data::Dataset& data, int batch);
  std::vector<float> run();
};

}  // namespace hone::nn::train
