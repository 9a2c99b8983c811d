// The short half of the Trainer; fit_loop.cpp has the long one.
#include "nn/train/trainer.h"

#include "nn/train/fit_loop.h"
#include "nn/train/passes.h"
#include "tensor/tape.h"

namespace hone::nn::train {

Trainer::Trainer(Model& model, const optim::OptimizerSpec& spec, TrainerOptions options)
    : model_(model), spec_(spec), options_(std::move(options)), optimizer_([&] {
        const BackendScope scope(
            model.backend());  // its state is in the order of the model's verbs
        return optim::make_optimizer(spec, model.parameters());
      }()) {
  for (const auto& callback : options_.callbacks)
    check(callback != nullptr, "trainer: a callback is null");
}

Trainer::~Trainer() = default;

FitResult Trainer::fit(const data::Dataset& train, const FitOptions& options) {
  FitLoop loop(*this, train, options);
  return loop.run();
}

Evaluation Trainer::evaluate(const data::Dataset& data, int batch) {
  EvaluationPass pass(model_, data, batch, options_.capture);
  const MetricSums sums = *pass.run();
  return {sums[kLossSum] / sums[kSampleSum], sums[kCorrectSum] / sums[kSampleSum], data.count()};
}

std::vector<float> Trainer::predict(const data::Dataset& data, int batch) {
  return PredictionPass(model_, data, batch).run();
}

std::vector<float> Trainer::predict(const Tensor& images, const GatherParams& normalization,
                                    int batch) {
  check(images.defined() && images.dtype() == DType::u8 && images.shape().rank() == 4,
        "predict: images must be u8 [N, H, W, C]");
  data::Dataset data;
  data.images = images;
  const std::vector<std::int32_t> none(static_cast<std::size_t>(images.shape()[0]), 0);
  data.labels = Tensor::from<std::int32_t>(images.device(), none, Shape{images.shape()[0]});
  data.normalization = normalization;
  return PredictionPass(model_, data, batch).run();
}

}  // namespace hone::nn::train
