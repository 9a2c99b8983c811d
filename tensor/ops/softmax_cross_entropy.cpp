// Softmax and mean cross-entropy in one op, in log space: no probability is clipped.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  Backend& backend = check_input("softmax_cross_entropy", "logits", logits);
  check_rank("softmax_cross_entropy", "logits", logits, 2, "[N, C]");
  check_classes("softmax_cross_entropy", "logits", logits);
  check(logits.shape()[0] > 0,
        "softmax_cross_entropy: logits have shape {}, a batch must not be empty",
        logits.shape().str());
  check_labels("softmax_cross_entropy", labels, logits.shape()[0]);
  Tensor loss = Tensor::empty(Shape{}, logits.dtype());
  const Tensor probabilities = Tensor::empty(logits.shape(), logits.dtype());
  backend.run(verb::SoftmaxCrossEntropyForward{.loss = loss.view(),
                                               .probabilities = probabilities.view(),
                                               .logits = logits.view(),
                                               .labels = labels.view()});
  record("softmax_cross_entropy", loss, {logits},
         [labels, probabilities](const Tensor& dy, InputGrads& grads) {
           const GradTarget dx = grads.target(0);
           current_backend().run(
               verb::SoftmaxCrossEntropyBackward{.dlogits = dx.view,
                                                 .probabilities = probabilities.view(),
                                                 .labels = labels.view(),
                                                 .dloss = dy.view(),
                                                 .write = dx.write});
         });
  return loss;
}

}  // namespace hone::ops
