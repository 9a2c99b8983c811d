// The loop over epochs and batches.
#include "nn/train/fit_loop.h"

#include <numeric>

#include "base/digest.h"
#include "base/json.h"
#include "nn/data/split.h"
#include "nn/train/fit_state.h"

namespace hone::nn::train {
namespace {

constexpr std::int64_t kLookEvery = 50;  // steps
constexpr double kLookSeconds = 0.1;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Tells data sets of one size but different splits apart, without reading the images.
std::string labels_digest(const data::Dataset& data) {
  const io::TensorData labels = io::download("labels", data.labels);
  return digest_hex(labels.bytes.data(), labels.bytes.size());
}

Json data_json(const data::Dataset& data) {
  return Json::object({{"count", data.count()},
                       {"labels", labels_digest(data)},
                       {"scale", data.normalization.scale},
                       {"offset", data.normalization.offset}});
}

}  // namespace

FitLoop::FitLoop(Trainer& trainer, const data::Dataset& train, const FitOptions& options)
    : trainer_(trainer),
      model_(trainer.model_),
      train_(train),
      options_(options),
      training_(model_, *trainer.optimizer_, train, options.batch, trainer.options_.capture),
      callbacks_({model_, *trainer.optimizer_, train_, options_, trainer.options_.callbacks},
                 result_) {
  check(options.epochs >= 0, "fit: epochs is {}, it must not be negative", options.epochs);
  check(options.checkpoint_every >= 0, "fit: checkpoint_every is {}, it must not be negative",
        options.checkpoint_every);
  if (options.validation != nullptr)
    validation_ = std::make_unique<EvaluationPass>(
        model_, *options.validation, options.validation_batch, trainer.options_.capture);
  if (!options.checkpoint.empty())
    checkpoint_.emplace(options.checkpoint, settings(), model_.backend().fingerprint(),
                        model_.parameters().values().view().bytes());
}

std::string FitLoop::settings() const {
  const JsonDocument optimizer(optim::to_json(trainer_.spec_), "fit: the optimizer");
  Json json = Json::object();
  json.set("network", "a module");
  if (model_.network())
    json.set("network", JsonDocument(to_json(*model_.network()), "fit: the network").json());
  json.set("input", model_.input().str());
  json.set("seed", model_.seed());
  json.set("optimizer", optimizer.json());
  json.set("batch", options_.batch);
  json.set("shuffle", options_.shuffle);
  json.set("data", data_json(train_));
  if (options_.validation != nullptr) json.set("validation", data_json(*options_.validation));
  json.set("best_monitor", options_.best_monitor);
  json.set("restore_best", options_.restore_best);
  Json callbacks = Json::array();
  for (const auto& callback : trainer_.options_.callbacks)
    callbacks.push_back(callback->settings());
  json.set("callbacks", std::move(callbacks));
  return write_json(json);
}

FitResult FitLoop::run() {
  // Whatever happens, the model is left as evaluation expects it.
  struct Leave {
    Model& model;
    ~Leave() { model.train(false); }
  } const leave{model_};
  start();
  while (!callbacks_.stopped() && epoch() <= options_.epochs) {
    if (run_epoch()) continue;
    save();
    result_.stop = Stop::cancelled;
    result_.reason = fmt::format("cancelled in epoch {} after batch {} of {}", epoch(), batch_,
                                 training_.batches());
    return result_;
  }
  callbacks_.end();
  return result_;
}

void FitLoop::start() {
  callbacks_.begin();
  if (!checkpoint_ || !options_.resume) return;
  const auto say = [this](const std::string& line) { callbacks_.say(line); };
  if (const auto checkpoint = checkpoint_->load(say)) resume(*checkpoint);
}

void FitLoop::resume(const Checkpoint& checkpoint) {
  const std::string where = checkpoint_->where();
  upload_state(model_, *trainer_.optimizer_, checkpoint.tensors, where);
  take_slots(callbacks_.slots(), model_, checkpoint.tensors, where);
  sums_ = take_sums(checkpoint.tensors, where);
  trainer_.optimizer_->set_learning_rate(checkpoint.learning_rate);
  result_.history = checkpoint.history;
  callbacks_.set_best(checkpoint.best);
  result_.best_epoch = checkpoint.best_epoch;
  batch_ = checkpoint.batch;
  if (batch_ < 0 || batch_ > training_.batches())
    fail(ErrorKind::data, "{}: batch {} of {} cannot be", where, batch_, training_.batches());
  callbacks_.restore(checkpoint.callbacks, where);
  if (!checkpoint.stopped.empty()) callbacks_.stop(Stop::early_stopped, checkpoint.stopped);
}

void FitLoop::save() {
  if (!checkpoint_) return;
  Checkpoint checkpoint;
  checkpoint.learning_rate = trainer_.optimizer_->learning_rate();
  checkpoint.batch = batch_;
  checkpoint.history = result_.history;
  if (callbacks_.stopped() && result_.stop == Stop::early_stopped)
    checkpoint.stopped = result_.reason;
  checkpoint.callbacks = callbacks_.states();
  checkpoint.best = callbacks_.best();
  checkpoint.best_epoch = result_.best_epoch;
  checkpoint.tensors = download_state(model_, *trainer_.optimizer_);
  put_sums(checkpoint.tensors, training_.sums());
  put_slots(checkpoint.tensors, callbacks_.slots());
  checkpoint_->save(std::move(checkpoint));
}

std::vector<std::int32_t> FitLoop::order_of_epoch() const {
  // Counted over the model's life, so that a second fit does not repeat the orders of the first.
  const std::int64_t number = (steps_taken() - batch_) / training_.batches();
  if (options_.shuffle)
    return data::epoch_order(model_.seed(), static_cast<std::uint64_t>(number), train_.count());
  std::vector<std::int32_t> order(static_cast<std::size_t>(train_.count()));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

bool FitLoop::run_epoch() {
  epoch_start_ = last_look_ = Clock::now();
  order_ = order_of_epoch();
  training_.begin(order_, batch_, sums_);
  snapshot_ = {download_state(model_, *trainer_.optimizer_), sums_, batch_};
  first_batch_ = batch_;
  const std::int64_t batches = training_.batches();
  while (batch_ < batches) {
    if (options_.cancel.cancelled()) {
      look(true);
      return false;
    }
    training_.step();
    ++batch_;
    const bool due = options_.checkpoint_every > 0 && batch_ % options_.checkpoint_every == 0 &&
                     batch_ < batches;
    look(due);
    if (due) save();
  }
  look(true);
  MetricSums validation_sums{};
  if (validation_) {
    const auto sums = validation_->run(options_.cancel);
    if (!sums) return false;
    validation_sums = *sums;
  }
  end_epoch(validation_.get(), validation_sums);
  return true;
}

void FitLoop::end_epoch(const EvaluationPass* validated, const MetricSums& validation_sums) {
  const MetricSums sums = training_.sums();
  check_weights();
  EpochRecord record;
  record.epoch = epoch();
  record.loss = sums[kLossSum] / sums[kSampleSum];
  record.accuracy = sums[kCorrectSum] / sums[kSampleSum];
  if (validated != nullptr) {
    record.val_loss = validation_sums[kLossSum] / validation_sums[kSampleSum];
    record.val_accuracy = validation_sums[kCorrectSum] / validation_sums[kSampleSum];
  }
  record.learning_rate = trainer_.optimizer_->learning_rate();
  record.images = train_.count();
  record.seconds = seconds_since(epoch_start_);
  tell_progress(sums, &record);
  result_.history.epochs.push_back(record);
  callbacks_.epoch_end(record);
  batch_ = 0;
  sums_ = {};
  training_.begin(order_, 0, sums_);
  save();
}

void FitLoop::look(bool force) {
  const bool due = batch_ % kLookEvery == 0 || seconds_since(last_look_) >= kLookSeconds;
  if (!force && !due) return;
  last_look_ = Clock::now();
  const MetricSums sums = training_.sums();
  if (sums[kFirstBadStep] != 0) report_bad_step(static_cast<std::int64_t>(sums[kFirstBadStep]));
  tell_progress(sums, nullptr);
}

void FitLoop::tell_progress(const MetricSums& sums, const EpochRecord* finished) {
  if (!options_.progress) return;
  Progress progress;
  progress.epoch = finished != nullptr ? finished->epoch : epoch();
  progress.epochs = options_.epochs;
  progress.batch = batch_;
  progress.batches = training_.batches();
  progress.images = training_.samples_before(batch_);
  const double seconds = seconds_since(epoch_start_);
  const auto here = progress.images - training_.samples_before(first_batch_);
  if (seconds > 0) progress.images_per_second = static_cast<double>(here) / seconds;
  const double samples = sums[kSampleSum];
  progress.loss = samples > 0 ? sums[kLossSum] / samples : 0;
  progress.accuracy = samples > 0 ? sums[kCorrectSum] / samples : 0;
  progress.learning_rate = trainer_.optimizer_->learning_rate();
  progress.finished = finished;
  options_.progress(progress);
}

}  // namespace hone::nn::train
