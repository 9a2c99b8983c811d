// The parts of a fit.
#include "nn/train/fit_loop.h"

#include <algorithm>
#include <numeric>

#include "nn/data/split.h"
#include "nn/train/fit_settings.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

constexpr std::int64_t kLookEvery = 50;  // steps
constexpr double kLookSeconds = 0.1;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

FitLoop::FitLoop(Trainer& trainer, const data::Dataset& train, const FitOptions& options)
    : trainer_(trainer),
      model_(trainer.model_),
      train_(train),
      spec_(trainer.training_),
      options_(options),
      training_(model_, *trainer.optimizer_, train, spec_, trainer.options_.capture),
      callbacks_({model_, *trainer.optimizer_, spec_, train_, options_, trainer.options_.callbacks},
                 result_) {
  check(options.checkpoint_every >= 0, "fit: checkpoint_every is {}, it must not be negative",
        options.checkpoint_every);
  if (options.validation != nullptr)
    validation_ = std::make_unique<EvaluationPass>(
        model_, *options.validation, spec_, options.validation_batch, trainer.options_.capture);
  if (!options.checkpoint.empty())
    checkpoint_.emplace(
        FitCheckpoint::Options{.path = options.checkpoint, .is_cache = options.checkpoint_is_cache},
        fit_settings(model_, spec_, train, options.validation, trainer.options_.callbacks),
        model_.backend().fingerprint(), model_.parameters().state().view().bytes());
  trainer.note_info(train);
}

bool FitLoop::wants_batches() const {
  const auto& callbacks = trainer_.options_.callbacks;
  return std::any_of(callbacks.begin(), callbacks.end(),
                     [](const auto& callback) { return callback->wants_batches(); });
}

FitResult FitLoop::finish() {
  swap_average();
  if (!left_) callbacks_.end();
  return result_;
}

void FitLoop::swap_average() {
  if (training_.average() == nullptr) return;
  const BackendScope scope(model_.backend());
  training_.average()->swap();
}

void FitLoop::start() {
  callbacks_.begin();
  if (!checkpoint_ || !options_.resume) return;
  const auto checkpoint = checkpoint_->load(say_);
  if (!checkpoint) return;
  if (resume_or_set_aside(*checkpoint)) {
    if (options_.on_checkpoint) options_.on_checkpoint();
    callbacks_.resumed();
  }
}

bool FitLoop::resume_or_set_aside(const Checkpoint& checkpoint) {
  if (!checkpoint_->is_cache()) {
    resume(checkpoint);
    return true;
  }
  const std::vector<io::TensorData> fresh = download_state(trained());
  const float rate = trainer_.optimizer_->learning_rate();
  try {
    resume(checkpoint);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    checkpoint_->set_aside(error.what(), say_);
    upload_state(trained(), fresh, "fit");
    trainer_.optimizer_->set_learning_rate(rate);
    result_.history.epochs.clear();
    result_.best_epoch = 0;
    batch_ = 0;
    sums_.clear();
    callbacks_.begin();
    return false;
  }
}

void FitLoop::resume(const Checkpoint& checkpoint) {
  const std::string where = checkpoint_->where();
  upload_state(trained(), checkpoint.tensors, where);
  take_slots(callbacks_.slots(), model_, checkpoint.tensors, where);
  sums_ = take_sums(checkpoint.tensors, training_.sums().size(), where);
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
  checkpoint.tensors = download_state(trained());
  // Between two epochs the device still has the sums of the one that ended.
  put_sums(checkpoint.tensors, batch_ == 0 ? training_.no_sums() : sums());
  put_slots(checkpoint.tensors, callbacks_.slots());
  if (checkpoint_->save(std::move(checkpoint)) && options_.on_checkpoint) options_.on_checkpoint();
}

std::vector<std::int32_t> FitLoop::order_of_epoch() const {
  if (spec_.shuffle)
    return data::epoch_order(model_.seed(), static_cast<std::uint64_t>(epoch_number()),
                             train_.count(), train_.shard_rows());
  return in_order(train_.count());
}

void FitLoop::begin_epoch(const Member& member) {
  epoch_start_ = last_look_ = Clock::now();
  order_ = order_of_epoch();
  training_.begin(order_, batch_, sums_, epoch() - 1, epoch_number());
  snapshot_ = {download_state(trained()), sums_, batch_};
  first_batch_ = batch_;
  asked_ = {batch_, sums_.empty() ? 0 : sums_[kLossSum], 0};
  member_ = member;
  if (member_.trained != nullptr) {
    upload_state(*member_.trained, snapshot_.tensors, "fit", member_.number);
    member_.pass->begin_member(member_.number, training_, order_, sums_);
  }
  leave_if_cancelled();
}

std::int64_t FitLoop::steps_at_once() const {
  if (callbacks_.wants_batches()) return 1;
  std::int64_t steps = std::min(training_.batches() - batch_, kLookEvery - batch_ % kLookEvery);
  if (const std::int64_t every = options_.checkpoint_every; every > 0)
    steps = std::min(steps, every - batch_ % every);
  return steps;
}

void FitLoop::end_step(std::int64_t steps) {
  batch_ += steps;
  const bool due = options_.checkpoint_every > 0 && batch_ % options_.checkpoint_every == 0 &&
                   batch_ < training_.batches();
  look(due);
  if (due) {
    take_back();
    save();
  }
  if (callbacks_.wants_batches()) tell_batch();
  if (!left_) leave_if_cancelled();
}

void FitLoop::leave_if_cancelled() {
  if (!wants_step() || !cancelled()) return;
  look(true);
  take_back();
  leave();
}

void FitLoop::leave() {
  left_ = true;
  save();
  if (callbacks_.stopped()) return;  // a callback did, after a batch
  result_.stop = Stop::cancelled;
  result_.reason = fmt::format("cancelled in epoch {} after batch {} of {}", epoch(), batch_,
                               training_.batches());
}

void FitLoop::take_back() {
  if (member_.trained != nullptr)
    upload_state(trained(), download_state(*member_.trained, member_.number), "fit");
}

MetricSums FitLoop::sums() const {
  return member_.pass != nullptr ? member_.pass->sums(member_.number) : training_.sums();
}

void FitLoop::end_steps() {
  look(true);
  take_back();
  check_weights();
  swap_average();
}

void FitLoop::end_epoch(const std::optional<std::vector<Measured>>& validated) {
  if (validation_ && !validated) {
    swap_average();
    return leave();
  }
  record_epoch(validation_ ? &(*validated)[static_cast<std::size_t>(member_.number)] : nullptr);
  member_ = {};
}

void FitLoop::tell_batch() {
  const auto loss = [this] {
    if (asked_.batch == batch_) return asked_.loss;
    const double sum = training_.sums()[kLossSum];
    const std::int64_t samples =
        training_.samples_before(batch_) - training_.samples_before(asked_.batch);
    asked_ = {batch_, sum, (sum - asked_.sum) / static_cast<double>(samples)};
    return asked_.loss;
  };
  callbacks_.batch_end({.model = model_,
                        .optimizer = *trainer_.optimizer_,
                        .epoch = epoch(),
                        .batch = batch_,
                        .batches = training_.batches(),
                        .learning_rate = learning_rate(),
                        .loss = loss,
                        .stop_training = {}});
  if (!callbacks_.stopped()) return;
  look(true);
  leave();
}

void FitLoop::record_epoch(const Measured* validated) {
  const MetricSums sums = this->sums();
  const Measured measured = training_.measured(sums);
  EpochRecord record;
  record.epoch = epoch();
  record.loss = measured.loss;
  record.accuracy = measured.accuracy;
  record.metrics = measured.metrics;
  if (validated != nullptr) {
    record.val_loss = validated->loss;
    if (spec_.loss.classifies()) record.val_accuracy = validated->accuracy;
    for (const auto& [name, value] : validated->metrics)
      record.metrics.emplace_back("val_" + name, value);
  }
  record.learning_rate = learning_rate();
  record.images = train_.count();
  record.seconds = seconds_since(epoch_start_);
  tell_progress(sums, &record);
  result_.history.epochs.push_back(record);
  callbacks_.epoch_end(record);
  swap_average();
  batch_ = 0;
  sums_.clear();
  save();
}

float FitLoop::learning_rate() const {
  return training_.learning_rate(std::max<std::int64_t>(batch_ - 1, 0));
}

void FitLoop::look(bool force) {
  const bool due = batch_ % kLookEvery == 0 || seconds_since(last_look_) >= kLookSeconds;
  if (!force && !due) return;
  last_look_ = Clock::now();
  const MetricSums sums = this->sums();
  training_.check_labels(sums, order_);
  if (sums[kFirstBadStep] != 0) report_bad_step(static_cast<std::int64_t>(sums[kFirstBadStep]));
  tell_progress(sums, nullptr);
}

void FitLoop::tell_progress(const MetricSums& sums, const EpochRecord* finished) {
  if (!options_.progress) return;
  Progress progress;
  progress.epoch = finished != nullptr ? finished->epoch : epoch();
  progress.epochs = spec_.epochs;
  progress.batch = batch_;
  progress.batches = training_.batches();
  progress.images = training_.samples_before(batch_);
  const double seconds = seconds_since(epoch_start_);
  const auto here = progress.images - training_.samples_before(first_batch_);
  if (seconds > 0) progress.images_per_second = static_cast<double>(here) / seconds;
  if (sums[kSampleSum] > 0) {
    const Measured measured = training_.measured(sums);
    progress.loss = measured.loss;
    progress.accuracy = measured.accuracy;
  }
  progress.learning_rate = learning_rate();
  progress.finished = finished;
  options_.progress(progress);
}

}  // namespace hone::nn::train
