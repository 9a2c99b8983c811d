// The state machines of the callbacks.
#include "nn/train/callbacks.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "base/files.h"
#include "base/json.h"
#include "nn/io/model_file.h"

namespace hone::nn::train {
namespace {

bool minimizes(const std::string& monitor, Mode mode) {
  return mode == Mode::automatic ? lower_is_better(monitor) : mode == Mode::minimize;
}

optim::PlateauOptions with_direction(const std::string& monitor, optim::PlateauOptions options) {
  if (monitor == "accuracy" || monitor == "val_accuracy") options.maximize = true;
  return options;
}

}  // namespace

const char* name_of(Stop stop) {
  switch (stop) {
    case Stop::completed:
      return "completed";
    case Stop::early_stopped:
      return "early_stopped";
    case Stop::pruned:
      return "pruned";
    case Stop::cancelled:
      return "cancelled";
  }
  return "?";
}

void WeightSlots::save(const std::string& slot) {
  slots_[slot] = model_.parameters().state().to_vector();
}

void WeightSlots::restore(const std::string& slot) const {
  const auto found = slots_.find(slot);
  check(found != slots_.end(), "weights: the slot '{}' was never saved", printable(slot));
  model_.parameters().state().assign(found->second);
}

void TrainContext::check_metric(const std::string& metric, const std::string& who) const {
  EpochRecord record;
  const bool classifies = training.loss.classifies();
  if (!classifies) record.accuracy = std::numeric_limits<double>::quiet_NaN();
  if (has_validation) record.val_loss = 0;
  if (has_validation && classifies) record.val_accuracy = 0;
  for (const Metric& own : training.metrics) {
    if (own.additive()) record.metrics.emplace_back(own.name(), 0);
    if (has_validation) record.metrics.emplace_back("val_" + own.name(), 0);
  }
  train::metric(record, metric, who);
}

ReduceLROnPlateau::ReduceLROnPlateau(std::string monitor, const optim::PlateauOptions& options)
    : monitor_(std::move(monitor)),
      options_(with_direction(monitor_, options)),
      plateau_(options_) {}

std::string ReduceLROnPlateau::settings() const {
  return fmt::format("{} {} factor {} patience {} min_delta {} cooldown {} min_lr {}{}", name(),
                     monitor_, options_.factor, options_.patience, options_.min_delta,
                     options_.cooldown, options_.min_lr, options_.maximize ? " max" : "");
}

void ReduceLROnPlateau::on_train_begin(TrainContext& context) {
  context.check_metric(monitor_, name());
  plateau_ = optim::Plateau(options_);
}

void ReduceLROnPlateau::on_epoch_end(EpochContext& context) {
  const float before = context.learning_rate();
  const float after = plateau_.step(metric(context.record, monitor_, name()), before);
  if (after == before) return;
  context.set_learning_rate(after);
  context.message(
      fmt::format("epoch {}: {} did not improve for {} epochs; learning rate {:.6g} -> {:.6g}",
                  context.record.epoch, monitor_, options_.patience, before, after));
}

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)), minimize_(minimizes(options_.monitor, options_.mode)) {
  check(options_.patience >= 0 && options_.start_from_epoch >= 0,
        "early_stopping: patience {} and start_from_epoch {} must not be negative",
        options_.patience, options_.start_from_epoch);
  check(std::isfinite(options_.min_delta) && !std::isnan(options_.baseline.value_or(0)),
        "early_stopping: min_delta {} must be finite, baseline must not be NaN",
        options_.min_delta);
}

std::string EarlyStopping::settings() const {
  return fmt::format("{} {} {} min_delta {} patience {} baseline {} start {} restore {}", name(),
                     options_.monitor, minimize_ ? "min" : "max", options_.min_delta,
                     options_.patience,
                     options_.baseline ? fmt::format("{}", *options_.baseline) : "none",
                     options_.start_from_epoch, options_.restore_best_weights);
}

void EarlyStopping::on_train_begin(TrainContext& context) {
  context.check_metric(options_.monitor, name());
  best_.reset();
  best_epoch_ = 0;
  wait_ = 0;
}

bool EarlyStopping::improves(double value, const std::optional<double>& reference) const {
  if (!reference) return true;
  const double delta = std::fabs(options_.min_delta);
  return minimize_ ? value + delta < *reference : value - delta > *reference;
}

void EarlyStopping::keep_best(EpochContext& context) {
  best_epoch_ = context.record.epoch;
  if (options_.restore_best_weights) context.weights.save(name());
}

void EarlyStopping::on_epoch_end(EpochContext& context) {
  const int epoch = context.record.epoch - 1;
  if (epoch < options_.start_from_epoch) return;
  const double value = metric(context.record, options_.monitor, name());
  // The first epoch that counts is the best so far even when its metric is NaN.
  if (best_epoch_ == 0) keep_best(context);
  ++wait_;
  if (improves(value, best_)) {
    best_ = value;
    keep_best(context);
    // An improvement that does not beat the baseline never stops, but the wait goes on.
    if (!options_.baseline || improves(value, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ < options_.patience || epoch == 0) return;
  context.stop(fmt::format("epoch {}: early stopping, {} did not improve for {} epochs",
                           context.record.epoch, options_.monitor, wait_));
}

void EarlyStopping::on_train_end(TrainContext& context) {
  if (!options_.restore_best_weights || !context.weights.has(name())) return;
  context.weights.restore(name());
  context.message(fmt::format("the weights of epoch {}, the best by {}, are restored", best_epoch_,
                              options_.monitor));
}

std::string EarlyStopping::state() const {
  return write_json(Json::object({{"best", best_}, {"best_epoch", best_epoch_}, {"wait", wait_}}));
}

void EarlyStopping::restore(const std::string& state) {
  const JsonDocument document(state, "early_stopping: the saved state");
  best_ = document.root().at("best").get_optional<double>();
  best_epoch_ = document.root().at("best_epoch").get<int>();
  wait_ = document.root().at("wait").get<int>();
}

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : options_(std::move(options)),
      minimize_(!options_.save_best_only || minimizes(options_.monitor, options_.mode)) {
  check(!options_.path.empty(), "model_checkpoint: path is empty, give the name of the model file");
}

std::string ModelCheckpoint::settings() const {
  return fmt::format("{} {} {}{}", name(), options_.monitor, minimize_ ? "min" : "max",
                     options_.save_best_only ? "" : " every epoch");
}

void ModelCheckpoint::on_train_begin(TrainContext& context) {
  if (options_.save_best_only) context.check_metric(options_.monitor, name());
  best_.reset();
}

void ModelCheckpoint::on_epoch_end(EpochContext& context) {
  std::string why = "saved";
  if (options_.save_best_only) {
    const double value = metric(context.record, options_.monitor, name());
    if (std::isnan(value) || (best_ && (minimize_ ? value >= *best_ : value <= *best_))) return;
    why = best_ ? fmt::format("{} improved from {:.5f} to {:.5f}, saved", options_.monitor, *best_,
                              value)
                : fmt::format("{} is {:.5f}, saved", options_.monitor, value);
    best_ = value;
  }
  ModelInfo info = context.model.info();
  if (!options_.class_names.empty()) info.classes = options_.class_names;
  info.metadata["epoch"] = fmt::format("{}", context.record.epoch);
  io::save_model(options_.path, context.model, info);
  context.message(
      fmt::format("epoch {}: {} to {}", context.record.epoch, why, printable(options_.path)));
}

CsvLog::CsvLog(std::string path) : path_(std::move(path)) {
  check(!path_.empty(), "csv_log: path is empty, give the name of the file");
}

void CsvLog::on_epoch_end(EpochContext& context) {
  write_file_atomic(path_, context.history.csv());
}

TimeLimit::TimeLimit(double seconds, std::function<double()> now)
    : seconds_(seconds), now_(std::move(now)) {
  check(seconds > 0, "time_limit: {} seconds, more than 0 are needed", seconds);
  if (!now_)
    now_ = [] {
      const auto time = std::chrono::steady_clock::now().time_since_epoch();
      return std::chrono::duration<double>(time).count();
    };
}

void TimeLimit::on_train_begin(TrainContext&) { begin_ = now_(); }

void TimeLimit::on_batch_end(BatchContext& context) {
  if (now_() - begin_ < seconds_) return;
  context.stop(fmt::format("the time limit of {} s is over in epoch {} after batch {} of {}",
                           seconds_, context.epoch, context.batch, context.batches));
}

std::string ModelCheckpoint::state() const { return write_json(Json::object({{"best", best_}})); }

void ModelCheckpoint::restore(const std::string& state) {
  const JsonDocument document(state, "model_checkpoint: the saved state");
  best_ = document.root().at("best").get_optional<double>();
}

}  // namespace hone::nn::train
