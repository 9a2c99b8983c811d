// Trainer: fit, evaluate and predict, of a training as nn/train/training.h describes it.
//
// The semantics are Keras': every epoch is shuffled, the last, smaller batch is trained too, loss
// and accuracy are sample-weighted running means while weights change and dropout is on, and
// validation follows each epoch with dropout off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "nn/train/callback.h"
#include "nn/train/training.h"

namespace hone::nn::train {

// Where a fit is; told to FitOptions::progress every few steps and at the end of each epoch.
struct Progress {
  int epoch = 0, epochs = 0;            // 1-based; asked for
  std::int64_t batch = 0, batches = 0;  // done in this epoch
  std::int64_t images = 0;              // trained on in this epoch
  double images_per_second = 0;         // of this epoch, while this process ran it
  double loss = 0, accuracy = 0;        // running means; accuracy as in EpochRecord
  float learning_rate = 0;
  const EpochRecord* finished = nullptr;  // at the end of an epoch; valid during the call
};

// How one run of a training goes. What decides its result is in the Training.
struct FitOptions {
  const data::Dataset* validation = nullptr;
  int validation_batch = 256;
  CancelToken cancel = {};      // looked at between batches
  std::string checkpoint = {};  // empty: none. The generation before is `<path>.prev`
  int checkpoint_every = 0;     // batches; also after each epoch. 0: only there
  bool resume = true;           // go on from the checkpoint when there is one
  // The checkpoint is a mere cache: a damaged one is renamed to `<path>.damaged`, one of another
  // training is left alone and none is written; either way training starts anew, with a message.
  bool checkpoint_is_cache = false;
  // The checkpoint is this fit's own: it was written, or the fit goes on from it.
  std::function<void()> on_checkpoint = {};
  std::function<void(const Progress&)> progress = {};
  std::function<void(const std::string&)> message = {};  // each line of FitResult::messages at once
};

struct FitResult {
  History history;
  Stop stop = Stop::completed;
  std::string reason;                 // of a stop before the last epoch
  int best_epoch = 0;                 // 1-based, by the training's monitor; 0: not measured
  std::vector<std::string> messages;  // what callbacks and resuming had to say
};

struct Evaluation {
  double loss = 0;
  double accuracy = 0;  // NaN where the loss does not classify
  std::int64_t count = 0;
  std::vector<std::pair<std::string, double>> metrics = {};  // the training's own, in their order
};

// The loss, or after an epoch a weight, is NaN or infinite.
class NonFiniteLoss : public Error {
 public:
  NonFiniteLoss(const std::string& message, int epoch, std::int64_t step, std::string layer)
      : Error(ErrorKind::data, message), epoch_(epoch), step_(step), layer_(std::move(layer)) {}
  int epoch() const { return epoch_; }         // 1-based
  std::int64_t step() const { return step_; }  // 1-based, over the model's life
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

// One thread at a time.
class Trainer {
 public:
  // Builds the model of `training.network` for samples of shape `input`, with weights by
  // `training.seed`.
  Trainer(const Training& training, const Shape& input, std::unique_ptr<Backend> backend,
          TrainerOptions options = {});
  // Trains a model of yours, which must outlive the trainer. Its network and its seed count; those
  // of `training` are not read.
  explicit Trainer(Model& model, const Training& training = {}, TrainerOptions options = {});
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  // Trains up to the training's epochs. The model's info() then says what these data and the loss
  // say: preprocessing, names of the classes, what the outputs are. Ends before that when a
  // callback says so or the token is cancelled: then a checkpoint is written, and a later fit goes
  // on with the same bits. Leaves the model in evaluation mode. Throws NonFiniteLoss; Error(usage)
  // for data or settings that do not fit, or that differ from the checkpoint's; Error(data) for a
  // label that is no class, and for a corrupt checkpoint without an older generation;
  // Error(storage) when a checkpoint cannot be written.
  FitResult fit(const data::Dataset& train, const FitOptions& options = {});

  // Mean loss, accuracy and metrics with dropout off. Throws Error(data) when the loss or a metric
  // is not finite.
  Evaluation evaluate(const data::Dataset& data, int batch = 256);

  // What the model gives for each sample, row-major [N, ...]: probabilities [N, classes] where the
  // loss classifies, else the output itself. Throws Error(data) when a value is not finite.
  std::vector<float> predict(const data::Dataset& data, int batch = 256);
  // samples: u8, f32 or i32 [N, ...] on the model's device; standardised as the model's info()
  // says.
  std::vector<float> predict(const Tensor& samples, const GatherParams& normalization,
                             int batch = 256);

  Model& model() { return model_; }
  const Training& training() const { return training_; }
  optim::Optimizer& optimizer() { return *optimizer_; }

 private:
  friend class FitLoop;
  void prepare();
  // What data and loss say about the use of the model.
  void note_info(const data::Dataset& train);

  std::unique_ptr<Model> own_;
  Model& model_;
  Training training_;
  TrainerOptions options_;  // the plateau's callback is the last one
  std::unique_ptr<optim::Optimizer> optimizer_;
};

}  // namespace hone::nn::train
