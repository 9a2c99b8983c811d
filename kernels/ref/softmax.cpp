// softmax, softmax_cross_entropy, accumulate_metrics.
#include <cmath>

#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_softmax(View y, ConstView x) {
  const std::int64_t rows = x.shape[0], classes = x.shape[1];
  with_float(y.dtype, "softmax", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i)  // y, x: [N, C]
      softmax_row(y.as<T>() + i * classes, x.as<T>() + i * classes, static_cast<int>(classes));
  });
}

// dx = y * (dy - sum(dy * y)) for each row.
void RefBackend::do_softmax_backward(View dx, ConstView dy, ConstView y, Write write) {
  const std::int64_t rows = y.shape[0], classes = y.shape[1];
  with_float(dx.dtype, "softmax_backward", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const T* gradient = dy.as<T>() + i * classes;  // dy, y, dx: [N, C]
      const T* p = y.as<T>() + i * classes;
      double dot = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        dot += static_cast<double>(gradient[c]) * static_cast<double>(p[c]);
      for (std::int64_t c = 0; c < classes; ++c)
        put(dx.as<T>()[i * classes + c], p[c] * (gradient[c] - static_cast<T>(dot)), write);
    }
  });
}

void RefBackend::do_softmax_cross_entropy_forward(View loss, View probabilities, ConstView logits,
                                                  ConstView labels) {
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  with_float(logits.dtype, "softmax_cross_entropy_forward", [&]<class T>(T) {
    double sum = 0;
    for (std::int64_t i = 0; i < rows; ++i)  // probabilities, logits: [N, C], labels: [N]
      sum += static_cast<double>(
          cross_entropy_row(probabilities.as<T>() + i * classes, logits.as<T>() + i * classes,
                            static_cast<int>(classes), labels.as<std::int32_t>()[i]));
    *loss.as<T>() = static_cast<T>(sum / static_cast<double>(rows));  // loss: []
  });
}

void RefBackend::do_softmax_cross_entropy_backward(View dlogits, ConstView probabilities,
                                                   ConstView labels, ConstView dloss, Write write) {
  const std::int64_t rows = dlogits.shape[0], classes = dlogits.shape[1];
  with_float(dlogits.dtype, "softmax_cross_entropy_backward", [&]<class T>(T) {
    const T factor = *dloss.as<T>() / static_cast<T>(rows);  // dloss: []
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int32_t label = labels.as<std::int32_t>()[i];
      for (std::int64_t c = 0; c < classes; ++c) {  // dlogits, probabilities: [N, C]
        const T target = c == label ? T(1) : T(0);
        put(dlogits.as<T>()[i * classes + c],
            (probabilities.as<T>()[i * classes + c] - target) * factor, write);
      }
    }
  });
}

void RefBackend::do_accumulate_metrics(View sums, ConstView loss, ConstView logits,
                                       ConstView labels, ConstView step) {
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  double* out = sums.as<double>();  // sums: f64 [kMetricSums]
  with_float(logits.dtype, "accumulate_metrics", [&]<class T>(T) {
    const double value = static_cast<double>(*loss.as<T>());
    out[kLossSum] += value * static_cast<double>(rows);
    for (std::int64_t i = 0; i < rows; ++i)  // logits: [N, C], labels: i32 [N]
      if (first_maximum(logits.as<T>() + i * classes, static_cast<int>(classes)) ==
          labels.as<std::int32_t>()[i])
        out[kCorrectSum] += 1;
    out[kSampleSum] += static_cast<double>(rows);
    if (!std::isfinite(value) && out[kFirstBadStep] == 0)
      out[kFirstBadStep] = 1 + static_cast<double>(*step.as<std::int32_t>());
  });
}

}  // namespace hone::kernels
