// The loop over epochs and batches.
#include "nn/train/fit_loop.h"

#include <cmath>
#include <cstring>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "nn/data/split.h"

namespace hone::nn::train {
namespace {

constexpr std::int64_t kLookEvery = 50;  // steps
constexpr double kLookSeconds = 0.1;
constexpr const char* kBestSlot = "best";
constexpr const char* kSlotPrefix = "slot.";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Tells data sets of one size but different splits apart, without reading the images.
std::string labels_digest(const data::Dataset& data) {
  const io::TensorData labels = io::download("labels", data.labels);
  return digest_hex(labels.bytes.data(), labels.bytes.size());
}

nlohmann::ordered_json data_json(const data::Dataset& data) {
  return {{"count", data.count()},
          {"labels", labels_digest(data)},
          {"scale", data.normalization.scale},
          {"offset", data.normalization.offset}};
}

bool is_slot(const std::string& name) { return name.starts_with(kSlotPrefix); }

}  // namespace

FitLoop::FitLoop(Trainer& trainer, const data::Dataset& train, const FitOptions& options)
    : trainer_(trainer),
      model_(trainer.model_),
      train_(train),
      options_(options),
      training_(model_, *trainer.optimizer_, train, options.batch, trainer.options_.capture),
      slots_(model_) {
  check(options.epochs >= 0, "fit: epochs is {}, it must not be negative", options.epochs);
  check(options.checkpoint_every >= 0, "fit: checkpoint_every is {}, it must not be negative",
        options.checkpoint_every);
  if (options.validation != nullptr)
    validation_ = std::make_unique<EvaluationPass>(
        model_, *options.validation, options.validation_batch, trainer.options_.capture);
  if (!options.checkpoint.empty()) file_ = std::make_unique<CheckpointFile>(options.checkpoint);
}

void FitLoop::say(const std::string& line) {
  result_.messages.push_back(line);
  if (options_.message) options_.message(line);
}

TrainContext FitLoop::context() {
  return {model_,
          *trainer_.optimizer_,
          train_,
          result_.history,
          validation_ != nullptr,
          options_.epochs,
          slots_,
          [this](const std::string& line) { say(line); }};
}

std::string FitLoop::settings() const {
  nlohmann::ordered_json json;
  json["network"] = model_.network() ? nlohmann::ordered_json::parse(to_json(*model_.network()))
                                     : nlohmann::ordered_json("a module");
  json["input"] = model_.input().str();
  json["seed"] = model_.seed();
  json["optimizer"] = nlohmann::ordered_json::parse(optim::to_json(trainer_.spec_));
  json["batch"] = options_.batch;
  json["shuffle"] = options_.shuffle;
  json["data"] = data_json(train_);
  if (options_.validation != nullptr) json["validation"] = data_json(*options_.validation);
  json["best_monitor"] = options_.best_monitor;
  json["restore_best"] = options_.restore_best;
  json["callbacks"] = nlohmann::ordered_json::array();
  for (const auto& callback : trainer_.options_.callbacks)
    json["callbacks"].push_back(callback->settings());
  return json.dump();
}

FitResult FitLoop::run() {
  // Whatever happens, the model is left as evaluation expects it.
  struct Leave {
    Model& model;
    ~Leave() { model.train(false); }
  } const leave{model_};
  start();
  while (!stop_ && epoch() <= options_.epochs) {
    if (run_epoch()) continue;
    if (file_) save();
    result_.stop = Stop::cancelled;
    result_.reason = fmt::format("cancelled in epoch {} after batch {} of {}", epoch(), batch_,
                                 training_.batches());
    return result_;
  }
  return finish();
}

void FitLoop::start() {
  TrainContext train_context = context();
  if (options_.restore_best) train_context.check_metric(options_.best_monitor, "fit: restore_best");
  for (const auto& callback : trainer_.options_.callbacks) callback->on_train_begin(train_context);
  if (!file_ || !options_.resume) return;
  // Weights, optimizer state and a few slots; far more than that is not a checkpoint of this model.
  const std::uint64_t limit =
      16 * model_.parameters().values().view().bytes() + (std::uint64_t{64} << 20);
  if (const auto checkpoint = file_->load(limit, [this](const std::string& line) { say(line); }))
    resume(*checkpoint);
}

void FitLoop::resume(const Checkpoint& checkpoint) {
  const std::string where = printable(file_->path().string());
  const std::vector<std::string> changes = settings_diff(checkpoint.settings, settings());
  if (!changes.empty()) {
    std::string list;
    for (const std::string& change : changes) list += (list.empty() ? "" : "; ") + change;
    fail(ErrorKind::usage,
         "{}: is the checkpoint of a training with other settings: {}. Use those, or another "
         "checkpoint file, or resume = false to start again",
         where, list);
  }
  if (checkpoint.fingerprint != model_.backend().fingerprint())
    say(fmt::format("resumed inexactly: the checkpoint was made on {}, this is {}",
                    printable(checkpoint.fingerprint), model_.backend().fingerprint()));
  upload_state(checkpoint.tensors, where);
  trainer_.optimizer_->set_learning_rate(checkpoint.learning_rate);
  result_.history = checkpoint.history;
  best_ = checkpoint.best;
  result_.best_epoch = checkpoint.best_epoch;
  batch_ = checkpoint.batch;
  if (batch_ < 0 || batch_ > training_.batches())
    fail(ErrorKind::data, "{}: batch {} of {} cannot be", where, batch_, training_.batches());
  const auto& callbacks = trainer_.options_.callbacks;
  if (checkpoint.callbacks.size() != callbacks.size())
    fail(ErrorKind::data, "{}: holds the state of {} callbacks, not {}", where,
         checkpoint.callbacks.size(), callbacks.size());
  for (std::size_t i = 0; i < callbacks.size(); ++i)
    callbacks[i]->restore(checkpoint.callbacks[i].second);
  if (checkpoint.stopped.empty()) return;
  stop_ = true;
  result_.stop = Stop::early_stopped;
  result_.reason = checkpoint.stopped;
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
  snapshot_ = {download_state(), sums_, batch_};
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
    if (due && file_) save();
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
  track_best(record);
  run_callbacks(record);
  batch_ = 0;
  sums_ = {};
  training_.begin(order_, 0, sums_);
  if (file_) save();
}

void FitLoop::track_best(const EpochRecord& record) {
  if (options_.best_monitor.starts_with("val_") && !record.val_loss) return;
  const double value = metric(record, options_.best_monitor, "fit: best_monitor");
  const bool lower = lower_is_better(options_.best_monitor);
  if (std::isnan(value) || (best_ && (lower ? value >= *best_ : value <= *best_))) return;
  best_ = value;
  result_.best_epoch = record.epoch;
  if (options_.restore_best) slots_.save(kBestSlot);
}

void FitLoop::run_callbacks(const EpochRecord& record) {
  EpochContext epoch_context{context(), record, [this](Stop kind, const std::string& reason) {
                               if (stop_) return;
                               stop_ = true;
                               result_.stop = kind;
                               result_.reason = reason;
                             }};
  for (const auto& callback : trainer_.options_.callbacks) callback->on_epoch_end(epoch_context);
}

FitResult FitLoop::finish() {
  TrainContext train_context = context();
  if (options_.restore_best && slots_.has(kBestSlot)) {
    slots_.restore(kBestSlot);
    say(fmt::format("the weights of epoch {}, the best by {}, are restored", result_.best_epoch,
                    options_.best_monitor));
  }
  for (const auto& callback : trainer_.options_.callbacks) callback->on_train_end(train_context);
  return result_;
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

// --- state ---

std::vector<io::TensorData> FitLoop::download_state() const {
  model_.backend().synchronize();
  std::vector<io::TensorData> tensors;
  tensors.push_back(io::download("weights", model_.parameters().values()));
  tensors.push_back(io::download("step", model_.step_counter()));
  for (const optim::StateTensor& state : trainer_.optimizer_->state())
    tensors.push_back(io::download("optimizer." + state.name, state.tensor));
  return tensors;
}

void FitLoop::upload_state(const std::vector<io::TensorData>& tensors, const std::string& where) {
  model_.backend().synchronize();
  std::map<std::string, std::vector<float>> slots;
  const auto put = [&](const std::string& name, const Tensor& tensor) {
    for (const io::TensorData& data : tensors)
      if (data.name == name) return io::upload(data, tensor, where);
    fail(ErrorKind::data, "{}: the tensor '{}' is missing", where, name);
  };
  put("weights", model_.parameters().values());
  put("step", model_.step_counter());
  for (const optim::StateTensor& state : trainer_.optimizer_->state())
    put("optimizer." + state.name, state.tensor);
  const auto weights = static_cast<std::size_t>(model_.parameters().values().count());
  for (const io::TensorData& data : tensors) {
    if (data.name == "sums" && data.dtype == "F64" && data.bytes.size() == sizeof sums_)
      std::memcpy(sums_.data(), data.bytes.data(), sizeof sums_);
    if (!is_slot(data.name)) continue;
    if (data.dtype != "F32" || data.bytes.size() != weights * sizeof(float))
      fail(ErrorKind::data, "{}: the tensor '{}' does not fit the model", where,
           printable(data.name));
    std::vector<float>& slot = slots[data.name.substr(std::string_view(kSlotPrefix).size())];
    slot.resize(weights);
    std::memcpy(slot.data(), data.bytes.data(), data.bytes.size());
  }
  if (!slots.empty()) slots_.assign(std::move(slots));
}

void FitLoop::save() {
  Checkpoint checkpoint;
  checkpoint.settings = settings();
  checkpoint.fingerprint = model_.backend().fingerprint();
  checkpoint.learning_rate = trainer_.optimizer_->learning_rate();
  checkpoint.batch = batch_;
  checkpoint.history = result_.history;
  if (stop_ && result_.stop == Stop::early_stopped) checkpoint.stopped = result_.reason;
  for (const auto& callback : trainer_.options_.callbacks)
    checkpoint.callbacks.emplace_back(callback->name(), callback->state());
  checkpoint.best = best_;
  checkpoint.best_epoch = result_.best_epoch;
  checkpoint.tensors = download_state();
  const MetricSums sums = training_.sums();
  io::TensorData data{"sums", "F64", {kMetricSums}, std::vector<std::uint8_t>(sizeof sums)};
  std::memcpy(data.bytes.data(), sums.data(), sizeof sums);
  checkpoint.tensors.push_back(std::move(data));
  for (const auto& [name, weights] : slots_.all()) {
    io::TensorData slot{kSlotPrefix + name, "F32", {static_cast<std::int64_t>(weights.size())}, {}};
    slot.bytes.resize(weights.size() * sizeof(float));
    std::memcpy(slot.bytes.data(), weights.data(), slot.bytes.size());
    checkpoint.tensors.push_back(std::move(slot));
  }
  file_->save(checkpoint);
}

}  // namespace hone::nn::train
