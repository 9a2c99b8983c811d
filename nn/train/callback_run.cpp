// Callbacks between epochs.
#include "nn/train/callback_run.h"

#include <cmath>

namespace hone::nn::train {
namespace {

constexpr const char* kBestSlot = "best";

}  // namespace

CallbackRun::CallbackRun(const Scene& scene, FitResult& result)
    : scene_(scene),
      monitor_(monitor_of(scene.training)),
      lower_(lower_is_better(monitor_, scene.training)),
      result_(result),
      slots_(scene.model) {}

TrainContext CallbackRun::context() {
  return {scene_.model,    scene_.optimizer,
          scene_.training, scene_.data,
          result_.history, scene_.options.validation != nullptr,
          slots_,          [this](const std::string& line) { say(line); }};
}

void CallbackRun::say(const std::string& line) {
  result_.messages.push_back(line);
  if (scene_.options.message) scene_.options.message(line);
}

void CallbackRun::stop(Stop kind, const std::string& reason) {
  if (stopped_) return;
  stopped_ = true;
  result_.stop = kind;
  result_.reason = reason;
}

void CallbackRun::begin() {
  best_.reset();
  slots_.assign({});
  TrainContext train_context = context();
  if (scene_.training.restore_best) train_context.check_metric(monitor_, "fit: restore_best");
  wants_batches_ = false;
  for (const auto& callback : scene_.callbacks) {
    callback->on_train_begin(train_context);
    wants_batches_ |= callback->wants_batches();
  }
}

void CallbackRun::batch_end(BatchContext batch_context) {
  batch_context.stop_training = [this](Stop kind, const std::string& reason) {
    stop(kind, reason);
  };
  for (const auto& callback : scene_.callbacks)
    if (callback->wants_batches()) callback->on_batch_end(batch_context);
}

EpochContext CallbackRun::context(const EpochRecord& record) {
  return {context(), record, [this](Stop kind, const std::string& reason) { stop(kind, reason); }};
}

void CallbackRun::resumed() {
  if (result_.history.epochs.empty()) return;
  EpochContext epoch_context = context(result_.history.epochs.back());
  for (const auto& callback : scene_.callbacks) callback->on_resume(epoch_context);
}

void CallbackRun::epoch_end(const EpochRecord& record) {
  track_best(record);
  EpochContext epoch_context = context(record);
  for (const auto& callback : scene_.callbacks) callback->on_epoch_end(epoch_context);
}

void CallbackRun::track_best(const EpochRecord& record) {
  if (monitor_.starts_with("val_") && !record.val_loss) return;
  const double value = metric(record, monitor_, "fit: monitor");
  if (std::isnan(value) || (best_ && (lower_ ? value >= *best_ : value <= *best_))) return;
  best_ = value;
  result_.best_epoch = record.epoch;
  if (scene_.training.restore_best) slots_.save(kBestSlot);
}

void CallbackRun::end() {
  TrainContext train_context = context();
  if (scene_.training.restore_best && slots_.has(kBestSlot)) {
    slots_.restore(kBestSlot);
    say(fmt::format("the weights of epoch {}, the best by {}, are restored", result_.best_epoch,
                    monitor_));
  }
  for (const auto& callback : scene_.callbacks) callback->on_train_end(train_context);
}

std::vector<std::pair<std::string, std::string>> CallbackRun::states() const {
  std::vector<std::pair<std::string, std::string>> states;
  for (const auto& callback : scene_.callbacks)
    states.emplace_back(callback->name(), callback->state());
  return states;
}

void CallbackRun::restore(const std::vector<std::pair<std::string, std::string>>& states,
                          const std::string& where) {
  if (states.size() != scene_.callbacks.size())
    fail(ErrorKind::data, "{}: holds the state of {} callbacks, not {}", where, states.size(),
         scene_.callbacks.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    try {
      scene_.callbacks[i]->restore(states[i].second);
    } catch (const Error& error) {
      fail(ErrorKind::data, "{}: {}", where, error.what());
    }
  }
}

}  // namespace hone::nn::train
