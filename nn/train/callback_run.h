// Running the callbacks of a fit, and the best epoch so far. Internal to nn/train.
#pragma once

#include <optional>
#include <utility>

#include "nn/train/callback.h"
#include "nn/train/trainer.h"

namespace hone::nn::train {

// The callbacks of one fit in their order. Messages, stops and the best epoch go to `result`.
class CallbackRun {
 public:
  // What a fit hands to its callbacks; all of it must outlive the run.
  struct Scene {
    Model& model;
    optim::Optimizer& optimizer;
    const Training& training;
    const data::Dataset& data;
    const FitOptions& options;
    const std::vector<std::shared_ptr<Callback>>& callbacks;
  };
  CallbackRun(const Scene& scene, FitResult& result);

  void begin();
  void resumed();
  void epoch_end(const EpochRecord& record);
  // Whether any callback wants batches, and what it is told; stop_training is filled in.
  bool wants_batches() const { return wants_batches_; }
  void batch_end(BatchContext context);
  // After the last epoch, stopped early or not.
  void end();

  void say(const std::string& line);
  bool stopped() const { return stopped_; }
  // The first reason counts.
  void stop(Stop kind, const std::string& reason);

  // For checkpoints: name and state of each. restore() throws Error(data) that begins with `where`.
  std::vector<std::pair<std::string, std::string>> states() const;
  void restore(const std::vector<std::pair<std::string, std::string>>& states,
               const std::string& where);
  WeightSlots& slots() { return slots_; }
  const std::optional<double>& best() const { return best_; }
  void set_best(const std::optional<double>& best) { best_ = best; }

 private:
  TrainContext context();
  EpochContext context(const EpochRecord& record);
  void track_best(const EpochRecord& record);

  Scene scene_;
  std::string monitor_;
  bool lower_;  // of the monitor, less is better
  FitResult& result_;
  WeightSlots slots_;
  std::optional<double> best_;
  bool stopped_ = false;
  bool wants_batches_ = false;
};

}  // namespace hone::nn::train
