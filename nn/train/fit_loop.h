// One fit, from the first batch to the last: the long half of the Trainer. FitGroup (fit_group.h)
// has the loop over epochs and batches, which fits may go through together. Internal to nn/train.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "nn/train/callback_run.h"
#include "nn/train/fit_checkpoint.h"
#include "nn/train/fit_state.h"
#include "nn/train/passes.h"
#include "nn/train/trainer.h"

namespace hone::nn::train {

class FitLoop {
 public:
  // A member of a model that several fits train together.
  struct Member {
    const Trained* trained = nullptr;  // null: the fit is alone
    TrainingPass* pass = nullptr;
    int number = 0;
  };

  FitLoop(Trainer& trainer, const data::Dataset& train, const FitOptions& options);
  FitLoop(const FitLoop&) = delete;
  FitLoop& operator=(const FitLoop&) = delete;
  // Whatever happens, the model is left as evaluation expects it.
  ~FitLoop() { model_.train(false); }

  // --- the parts of a fit, in their order; each may throw, and then the fit has failed ---

  void start();  // callbacks, then the checkpoint if there is one
  bool wants_epoch() const { return !left_ && !callbacks_.stopped() && epoch() <= spec_.epochs; }
  // Of the epoch that begins, or goes on at this batch. The steps are then taken by training(), or,
  // as a member, by its pass.
  std::int64_t batch() const { return batch_; }
  void begin_epoch(const Member& member);
  bool wants_step() const { return !left_ && batch_ < training_.batches(); }
  // How many steps may be taken before the next end_step(): to the end of the epoch, or where a
  // look, a checkpoint or a callback is due.
  std::int64_t steps_at_once() const;
  void end_step(std::int64_t steps);
  void end_steps();  // of the epoch; the model has the weights again
  bool wants_end() const { return !left_; }
  // Nothing: validation was cancelled.
  void end_epoch(const std::optional<std::vector<Measured>>& validated);
  FitResult finish();

  bool cancelled() const { return options_.cancel.cancelled(); }
  bool wants_batches() const;  // a callback does
  bool captures() const { return trainer_.options_.capture; }
  TrainingPass& training() { return training_; }
  EvaluationPass* validation() { return validation_.get(); }  // null: none
  const FitOptions& options() const { return options_; }
  Trainer& trainer() const { return trainer_; }

 private:
  using Clock = std::chrono::steady_clock;

  // Weights, optimizer and counters on the host, at the start of an epoch or where one was resumed.
  struct Snapshot {
    std::vector<io::TensorData> tensors;
    MetricSums sums;
    std::int64_t batch = 0;
  };

  // False: the checkpoint, a cache, does not fit; all is as before.
  bool resume_or_set_aside(const Checkpoint& checkpoint);
  void resume(const Checkpoint& checkpoint);
  // Of the epoch, over the model's life, so that a second fit does not repeat the first.
  std::int64_t epoch_number() const { return epoch_number_of(batch_); }
  std::int64_t epoch_number_of(std::int64_t batch) const {  // when `batch` of its batches are done
    return (steps_taken() - training_.parts_before(batch)) /
           training_.parts_before(training_.batches());
  }
  Trained trained() { return {model_, *trainer_.optimizer_, training_.average()}; }
  // Exchanges the weights and their average, where there is one.
  void swap_average();
  std::vector<std::int32_t> order_of_epoch() const;
  void leave();  // the epoch before its end, to go on later
  void leave_if_cancelled();
  void take_back();  // what was trained as a member, into the model
  MetricSums sums() const;
  void record_epoch(const Measured* validated);
  void save();
  void tell_batch();

  void look(bool force);  // sums: progress and the non-finite check
  void tell_progress(const MetricSums& sums, const EpochRecord* finished);
  [[noreturn]] void report_bad_step(std::int64_t bad_step);
  void check_weights();
  std::string bad_parameter() const;  // or buffer; empty: all are finite
  float learning_rate() const;        // of the last step done in this epoch
  int epoch() const { return static_cast<int>(result_.history.epochs.size()) + 1; }
  std::int64_t steps_taken() const;

  Trainer& trainer_;
  Model& model_;
  const data::Dataset& train_;
  const Training& spec_;
  FitOptions options_;
  TrainingPass training_;
  std::unique_ptr<EvaluationPass> validation_;
  FitResult result_;
  CallbackRun callbacks_;
  const FitCheckpoint::Say say_ = [this](const std::string& line) { callbacks_.say(line); };
  std::optional<FitCheckpoint> checkpoint_;
  std::int64_t batch_ = 0;  // batches done in this epoch
  bool left_ = false;       // the fit has ended before its time
  Member member_;           // of this epoch
  // Where in the epoch a callback last asked for the loss, the sum up to there, and the answer.
  struct {
    std::int64_t batch = 0;
    double sum = 0, loss = 0;
  } asked_;
  MetricSums sums_;  // at the start of the part of the epoch that runs here
  std::vector<std::int32_t> order_;
  Snapshot snapshot_;
  std::int64_t first_batch_ = 0;
  Clock::time_point epoch_start_, last_look_;
};

}  // namespace hone::nn::train
