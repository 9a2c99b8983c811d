// The module of batch normalisation, for the convolution that takes it into its block. Internal to
// nn/.
#pragma once

#include "nn/layers/batch_norm.h"

namespace hone::nn {

class BatchNormModule : public Module {
 public:
  BatchNormModule(const BatchNorm& norm, const Site& site);

  Tensor forward(const Tensor& x) override { return forward_block(x, relu_, pool_); }
  // The same with other flags than it was built with.
  Tensor forward_block(const Tensor& x, bool relu, bool pool) const;

  // Outside of training the layer is x * factor + summand, each [C].
  struct Affine {
    Tensor factor, summand;
  };
  Affine affine() const;

 protected:
  void check_batch(std::int64_t rows) const override;

 private:
  Parameter scale_, shift_;
  Buffer mean_, variance_;
  ops::BatchNormOptions options_;
  std::int64_t positions_;  // of one sample
  bool relu_ = false, pool_ = false;
};

}  // namespace hone::nn
