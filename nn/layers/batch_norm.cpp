// Batch normalisation: statistics of the batch in training, running ones otherwise.
#include "nn/layers/batch_norm.h"

#include "base/error.h"
#include "nn/layers/batch_norm_module.h"
#include "nn/layers/block_tail.h"

namespace hone::nn {

BatchNormModule::BatchNormModule(const BatchNorm& norm, const Site& site)
    : scale_(parameter("scale", {site.in[-1]}, Init::ones)),
      shift_(parameter("shift", {site.in[-1]}, Init::zeros)),
      mean_(buffer("mean", {site.in[-1]}, Init::zeros)),
      variance_(buffer("variance", {site.in[-1]}, Init::ones)),
      options_{.momentum = static_cast<double>(norm.momentum),
               .epsilon = static_cast<double>(norm.epsilon),
               .unbiased = norm.form == OptimizerForm::pytorch},
      positions_(site.in.count() / site.in[-1]) {
  const BlockTail tail = block_tail(site.absorbed, site.in.rank() == 3);
  relu_ = tail.relu;
  pool_ = tail.pool;
}

Tensor BatchNormModule::forward_block(const Tensor& x, bool relu, bool pool) const {
  ops::BatchNormOptions options = options_;
  options.training = training();
  options.relu = relu;
  options.pool = pool;
  return ops::batch_norm(x, scale_, shift_, mean_, variance_, options);
}

BatchNormModule::Affine BatchNormModule::affine() const {
  const Tensor factor =
      scale_.tensor() / ops::sqrt(ops::shift(variance_.tensor(), options_.epsilon));
  return {factor, shift_.tensor() - mean_.tensor() * factor};
}

void BatchNormModule::check_batch(std::int64_t rows) const {
  check(rows * positions_ > 1,
        "a training batch of {} gives one value a channel, which has no variance; choose a batch "
        "size that leaves more than one sample in every batch, the last one included",
        rows);
}

std::vector<Field> BatchNorm::fields() {
  return {{"momentum", momentum, {.low = 0, .high = 1}},
          {"epsilon", epsilon, {.low = 1e-12, .high = 1}},
          {"form", form, {{OptimizerForm::keras, "keras"}, {OptimizerForm::pytorch, "pytorch"}}}};
}

LayerCost BatchNorm::cost(const Shape& in) const {
  check(in.rank() == 1 || in.rank() == 3, "needs features or images [H, W, C], gets {}", in.str());
  const std::int64_t bytes = product({in.count(), 4});
  return {.output = in,
          .parameters = product({2, in[-1]}),
          .flops = product({4, in.count()}),
          .activation_bytes = bytes,
          .input_bytes = bytes};
}

std::size_t BatchNorm::absorbs(std::span<const Layer> next) const {
  return block_tail(next, true).layers;
}

std::unique_ptr<Module> BatchNorm::build(const Site& site) const {
  return std::make_unique<BatchNormModule>(*this, site);
}

}  // namespace hone::nn
