// Trainer: fit, evaluate and predict for a model.
//
// The semantics are Keras': every epoch is shuffled, the last, smaller batch is trained too, loss
// and accuracy are sample-weighted running means while weights change and dropout is on, and
// validation follows each epoch with dropout off.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "nn/train/callback.h"

namespace hone::nn::train {

// Where a fit is; told to FitOptions::progress every few steps and at the end of each epoch.
struct Progress {
  int epoch = 0, epochs = 0;            // 1-based; asked for
  std::int64_t batch = 0, batches = 0;  // done in this epoch
  std::int64_t images = 0;              // trained on in this epoch
  double images_per_second = 0;         // of this epoch, while this process ran it
  double loss = 0, accuracy = 0;        // running means
  float learning_rate = 0;
  const EpochRecord* finished = nullptr;  // at the end of an epoch; valid during the call
};

struct FitOptions {
  int epochs = 1;  // in all: a resumed fit trains what is missing
  int batch = 32;
  const data::Dataset* validation = nullptr;
  bool shuffle = true;
  CancelToken cancel = {};                // looked at between batches
  std::filesystem::path checkpoint = {};  // empty: none. The generation before is `<path>.prev`
  int checkpoint_every = 0;               // batches; also after each epoch. 0: only there
  bool resume = true;                     // go on from the checkpoint when there is one
  bool restore_best = false;              // the best weights by best_monitor at the end
  std::string best_monitor = "val_accuracy";
  std::function<void(const Progress&)> progress = {};
  std::function<void(const std::string&)> message = {};  // each line of FitResult::messages at once
  int validation_batch = 256;
};

struct FitResult {
  History history;
  Stop stop = Stop::completed;
  std::string reason;                 // of a stop before the last epoch
  int best_epoch = 0;                 // 1-based, by best_monitor; 0 when that is not measured
  std::vector<std::string> messages;  // what callbacks and resuming had to say
};

struct Evaluation {
  double loss = 0, accuracy = 0;
  std::int64_t count = 0;
};

// The loss, or after an epoch a weight, is NaN or infinite.
class NonFiniteLoss : public Error {
 public:
  NonFiniteLoss(const std::string& message, int epoch, std::int64_t step, std::string layer)
      : Error(ErrorKind::data, message), epoch_(epoch), step_(step), layer_(std::move(layer)) {}
  int epoch() const { return epoch_; }         // 1-based
  std::int64_t step() const { return step_; }  // 1-based, over all epochs
  // The first layer, or parameter, with a value that is not finite; empty when none was found.
  const std::string& layer() const { return layer_; }

 private:
  int epoch_;
  std::int64_t step_;
  std::string layer_;
};

struct TrainerOptions {
  std::vector<std::shared_ptr<Callback>> callbacks = {};
  bool capture = true;  // record a step once and replay it; same bits as without
};

// One thread at a time; the model must outlive it.
class Trainer {
 public:
  Trainer(Model& model, const optim::OptimizerSpec& spec, TrainerOptions options = {});
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  // Trains up to options.epochs. Ends before that when a callback says so or the token is
  // cancelled: then a checkpoint is written, and a later fit goes on with the same bits. Leaves the
  // model in evaluation mode. Throws NonFiniteLoss; Error(usage) for settings that do not fit, or
  // that differ from the checkpoint's; Error(data) for a corrupt checkpoint without an older
  // generation; Error(storage) when a checkpoint cannot be written.
  FitResult fit(const data::Dataset& train, const FitOptions& options = {});

  // Mean loss and accuracy with dropout off.
  Evaluation evaluate(const data::Dataset& data, int batch = 256);

  // Probabilities, row-major [N, classes].
  std::vector<float> predict(const data::Dataset& data, int batch = 256);
  // images: u8 [N, H, W, C] on the model's device.
  std::vector<float> predict(const Tensor& images, const GatherParams& normalization,
                             int batch = 256);

  Model& model() { return model_; }
  optim::Optimizer& optimizer() { return *optimizer_; }

 private:
  friend class FitLoop;
  Model& model_;
  optim::OptimizerSpec spec_;
  TrainerOptions options_;
  std::unique_ptr<optim::Optimizer> optimizer_;
};

}  // namespace hone::nn::train
