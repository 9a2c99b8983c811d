// Callback: what runs between epochs, and the context it gets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nn/data/dataset.h"
#include "nn/model.h"
#include "nn/train/history.h"
#include "nn/train/training.h"
#include "optim/optimizer.h"

namespace hone::nn::train {

// How a fit ended.
enum class Stop { completed, early_stopped, pruned, cancelled };
const char* name_of(Stop stop);

// Copies of all weights and buffers by name, on the host. They are part of the checkpoint.
class WeightSlots {
 public:
  explicit WeightSlots(Model& model) : model_(model) {}
  // The model's weights as they are now; replaces what the slot held.
  void save(const std::string& slot);
  bool has(const std::string& slot) const { return slots_.contains(slot); }
  // Puts a slot's weights back into the model. Throws Error(usage) when there is no such slot.
  void restore(const std::string& slot) const;

  const std::map<std::string, std::vector<float>>& all() const { return slots_; }
  void assign(std::map<std::string, std::vector<float>> weights) { slots_ = std::move(weights); }

 private:
  Model& model_;
  std::map<std::string, std::vector<float>> slots_;
};

// What a callback may see and do at the start and the end of a fit. Valid during the call only.
struct TrainContext {
  Model& model;
  optim::Optimizer& optimizer;
  const Training& training;
  const data::Dataset& data;  // the training data
  const History& history;
  bool has_validation = false;
  WeightSlots& weights;
  std::function<void(const std::string& line)> message;  // one line for people

  // Throws Error(usage) that begins with `who` when `metric` will not be among the metrics of each
  // epoch.
  void check_metric(const std::string& metric, const std::string& who) const;
};

// After an epoch and its validation.
struct EpochContext : TrainContext {
  const EpochRecord& record;
  std::function<void(Stop, const std::string& reason)> stop_training;

  // The base that the schedule scales. Set, it counts from the next epoch on.
  float learning_rate() const { return optimizer.learning_rate(); }
  void set_learning_rate(float rate) { optimizer.set_learning_rate(rate); }
  // No further epoch; the first reason counts. The remaining callbacks of this epoch still run.
  void stop(const std::string& reason, Stop kind = Stop::early_stopped) {
    stop_training(kind, reason);
  }
};

// After a batch. The device may be behind: what reads from it waits.
struct BatchContext {
  Model& model;
  optim::Optimizer& optimizer;
  int epoch = 0;                        // 1-based, the one that is under way
  std::int64_t batch = 0, batches = 0;  // done in it; in all
  float learning_rate = 0;              // of this batch's step
  // The mean since it was last asked for in this epoch: of one batch, if it is asked for each time.
  // Waits for the device.
  std::function<double()> loss;
  std::function<void(Stop, const std::string& reason)> stop_training;

  // No further batch. As Stop::cancelled (the default) it leaves a checkpoint that a later fit goes
  // on from, in the middle of the epoch; the epoch is not ended and its callbacks do not run.
  void stop(const std::string& reason) { stop_training(Stop::cancelled, reason); }
};

// Callbacks run in the order they were given, on the thread of fit().
class Callback {
 public:
  Callback() = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  virtual ~Callback() = default;

  virtual std::string name() const = 0;
  // The name with every option. Resuming is refused when it changed.
  virtual std::string settings() const { return name(); }
  // Forgets what an earlier fit left; throws when a metric it needs will not be there.
  virtual void on_train_begin(TrainContext&) {}
  virtual void on_epoch_end(EpochContext&) {}
  // Whether on_batch_end() is to be called, asked at the start of a fit.
  virtual bool wants_batches() const { return false; }
  virtual void on_batch_end(BatchContext&) {}
  // Not called when the fit was cancelled or failed.
  virtual void on_train_end(TrainContext&) {}
  // The fit goes on from a checkpoint, after on_train_begin() and restore(); the record is that of
  // its last whole epoch. Not called before the end of the first one.
  virtual void on_resume(EpochContext&) {}
  // Everything it remembers between epochs, for checkpoints; restore() comes after
  // on_train_begin() and throws Error(data) for text that state() did not write.
  virtual std::string state() const { return ""; }
  virtual void restore(const std::string&) {}
};

}  // namespace hone::nn::train
