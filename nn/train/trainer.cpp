// The short half of the Trainer; fit_loop.cpp has the long one.
#include "nn/train/trainer.h"

#include <cmath>

#include "nn/data/shards.h"
#include "nn/preprocess.h"
#include "nn/train/callbacks.h"
#include "nn/train/fit_together.h"
#include "nn/train/passes.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

// How the model has to be used that was trained like this.
ModelInfo info_of(const data::Dataset& data, const Training& training) {
  ModelInfo info{.normalization = data.normalization(),
                 .standardization = data.standardization(),
                 .classes = data.class_names(),
                 .output = training.loss.output()};
  for (const data::Column& column : data.example().columns)
    if (column.name == training.loss.target()) info.target = column.standardization;
  return info;
}

}  // namespace

Trainer::Trainer(const Training& training, const Shape& input, std::unique_ptr<Backend> backend,
                 TrainerOptions options)
    : own_(std::make_unique<Model>(training.network, input, std::move(backend), training.seed)),
      model_(*own_),
      training_(training),
      options_(std::move(options)) {
  prepare();
}

Trainer::Trainer(Model& model, const Training& training, TrainerOptions options)
    : model_(model), training_(training), options_(std::move(options)) {
  prepare();
}

Trainer::~Trainer() = default;

void Trainer::prepare() {
  const Training& t = training_;
  check_training(t);
  for (const auto& callback : options_.callbacks)
    check(callback != nullptr, "trainer: a callback is null");
  if (t.plateau)
    options_.callbacks.push_back(std::make_shared<ReduceLROnPlateau>("val_loss", *t.plateau));
  const BackendScope scope(model_.backend());  // its state is in the order of the model's verbs
  optimizer_ = optim::make_optimizer(t.optimizer, model_.parameters());
}

FitResult Trainer::fit(const data::Dataset& train, const FitOptions& options) {
  FitResult result;
  fit_together({{*this, options}}, train, [&](std::size_t, FitEnd end) {
    if (end.error) std::rethrow_exception(end.error);
    result = std::move(end.result);
  });
  return result;
}

void Trainer::note_info(const data::Dataset& train) {
  ModelInfo info = info_of(train, training_);
  info.metadata = model_.info().metadata;
  model_.set_info(std::move(info));
}

Evaluation Trainer::evaluate(const data::Dataset& data, int batch) {
  EvaluationPass pass(model_, data, training_, batch, options_.capture);
  const Measured measured = *pass.run();
  Evaluation evaluation{measured.loss, measured.accuracy, data.count(), measured.metrics};
  const auto refuse = [&](const std::string& what, double value) {
    fail(ErrorKind::data,
         "evaluate: {} over {} samples is {}; the model's weights or the data are not fit for use",
         what, data.count(), value);
  };
  if (!std::isfinite(evaluation.loss)) refuse("the loss", evaluation.loss);
  for (const auto& [name, value] : evaluation.metrics)
    if (!std::isfinite(value)) refuse(printable(name), value);
  return evaluation;
}

std::vector<float> Trainer::predict(const data::Dataset& data, int batch) {
  check(!data.empty(), "predict: the data set is empty");
  const ModelInfo info = info_of(data, training_);
  if (data.shards() == nullptr) return nn::predict(model_, data.samples(), info, batch);
  std::vector<float> all;
  for (std::int64_t i = 0; i < data.shards()->shards(); ++i) {
    const data::DatasetParts shard =
        data.shards()->parts(model_.device(), i, data.shards()->rows_of(i));
    const std::vector<float> some = nn::predict(model_, shard.samples, info, batch);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<float> Trainer::predict(const Tensor& samples, const GatherParams& normalization,
                                    int batch) {
  ModelInfo info = model_.info();
  info.normalization = normalization;
  info.output = training_.loss.output();
  return nn::predict(model_, samples, info, batch);
}

}  // namespace hone::nn::train
