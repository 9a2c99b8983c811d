// The callbacks that come with hone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/train/callback.h"
#include "optim/plateau.h"

namespace hone::nn::train {

// automatic: a loss should fall, an accuracy rise; of a metric of your own it must be said.
enum class Mode { automatic, minimize, maximize };

// Cuts the learning rate when `monitor` stops improving: Keras' state machine, see
// optim/plateau.h. For an accuracy, options.maximize is set by itself. It works on the base that a
// schedule scales (Optimizer::learning_rate), so both can be used together. Training::plateau adds
// one that looks at val_loss.
class ReduceLROnPlateau : public Callback {
 public:
  explicit ReduceLROnPlateau(std::string monitor = "val_loss",
                             const optim::PlateauOptions& options = {});
  std::string name() const override { return "reduce_lr_on_plateau"; }
  std::string settings() const override;
  void on_train_begin(TrainContext& context) override;
  void on_epoch_end(EpochContext& context) override;
  std::string state() const override { return plateau_.state(); }
  void restore(const std::string& state) override { plateau_.restore(state); }

 private:
  std::string monitor_;
  optim::PlateauOptions options_;
  optim::Plateau plateau_;
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  Mode mode = Mode::automatic;
  double min_delta = 0;  // absolute; less is no improvement
  int patience = 0;
  std::optional<double> baseline = std::nullopt;  // only epochs that beat it, too, reset the wait
  int start_from_epoch = 0;                       // 0-based; earlier epochs are not looked at
  bool restore_best_weights = false;
};

// Stops when `monitor` no longer improves, exactly as Keras 3: with restore_best_weights the best
// weights come back at the end of every fit, stopped early or not.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  std::string name() const override { return "early_stopping"; }
  std::string settings() const override;
  void on_train_begin(TrainContext& context) override;
  void on_epoch_end(EpochContext& context) override;
  void on_train_end(TrainContext& context) override;
  std::string state() const override;
  void restore(const std::string& state) override;

  std::optional<double> best() const { return best_; }
  int best_epoch() const { return best_epoch_; }  // 1-based, 0: none yet

 private:
  bool improves(double value, const std::optional<double>& reference) const;
  void keep_best(EpochContext& context);

  EarlyStoppingOptions options_;
  bool minimize_;
  std::optional<double> best_;
  int best_epoch_ = 0;
  int wait_ = 0;
};

struct ModelCheckpointOptions {
  std::string path;
  std::string monitor = "val_loss";
  Mode mode = Mode::automatic;
  bool save_best_only = true;                 // otherwise after every epoch
  std::vector<std::string> class_names = {};  // empty: those of the data set
};

// Writes a model file (nn/io/model_file.h) after each epoch that is better than all before. The
// best value is part of the checkpoint, so a resumed fit does not overwrite a better file.
class ModelCheckpoint : public Callback {
 public:
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  std::string name() const override { return "model_checkpoint"; }
  std::string settings() const override;
  void on_train_begin(TrainContext& context) override;
  void on_epoch_end(EpochContext& context) override;
  std::string state() const override;
  void restore(const std::string& state) override;

 private:
  ModelCheckpointOptions options_;
  bool minimize_;
  std::optional<double> best_;
};

// Writes History::csv() to a file after each epoch, atomically; a resumed fit has all its epochs in
// it, too. Throws Error(storage) when it cannot be written.
class CsvLog : public Callback {
 public:
  explicit CsvLog(std::string path);
  std::string name() const override { return "csv_log"; }
  void on_epoch_end(EpochContext& context) override;
  void on_resume(EpochContext& context) override { on_epoch_end(context); }

 private:
  std::string path_;
};

// Ends the fit after the batch in which its time is over; as a cancelled one it leaves a checkpoint
// that a later fit goes on from, with a limit of its own. Every fit has all of the time.
class TimeLimit : public Callback {
 public:
  // Seconds above 0. `now`: a clock in seconds, the steady one of the machine when empty.
  explicit TimeLimit(double seconds, std::function<double()> now = {});
  std::string name() const override { return "time_limit"; }
  void on_train_begin(TrainContext& context) override;
  bool wants_batches() const override { return true; }
  void on_batch_end(BatchContext& context) override;

 private:
  double seconds_;
  std::function<double()> now_;
  double begin_ = 0;
};

// Calls your functions; an empty one is skipped.
class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(std::function<void(EpochContext&)> epoch_end,
                          std::function<void(TrainContext&)> train_begin = {},
                          std::function<void(TrainContext&)> train_end = {})
      : epoch_end_(std::move(epoch_end)),
        train_begin_(std::move(train_begin)),
        train_end_(std::move(train_end)) {}
  std::string name() const override { return "lambda"; }
  void on_train_begin(TrainContext& context) override {
    if (train_begin_) train_begin_(context);
  }
  void on_epoch_end(EpochContext& context) override {
    if (epoch_end_) epoch_end_(context);
  }
  void on_train_end(TrainContext& context) override {
    if (train_end_) train_end_(context);
  }

 private:
  std::function<void(EpochContext&)> epoch_end_;
  std::function<void(TrainContext&)> train_begin_, train_end_;
};

}  // namespace hone::nn::train
