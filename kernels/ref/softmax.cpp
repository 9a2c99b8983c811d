// softmax, softmax_cross_entropy, accumulate_metrics.
#include <cmath>

#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Softmax& v) {
  const std::int64_t rows = v.x.shape[0], classes = v.x.shape[1];
  with_float(v.y.dtype, "softmax", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {  // y, x: [N, C]
      T* y = v.y.as<T>() + i * classes;
      const T* x = v.x.as<T>() + i * classes;
      if (v.params.log) {
        log_softmax_row(y, x, static_cast<int>(classes));
      } else {
        softmax_row(y, x, static_cast<int>(classes));
      }
    }
  });
}

// dx = y * (dy - sum(dy * y)) for each row; of the logarithm dx = dy - exp(y) * sum(dy).
template <>
void RefBackend::implement(const verb::SoftmaxBackward& v) {
  const std::int64_t rows = v.y.shape[0], classes = v.y.shape[1];
  with_float(v.dx.dtype, "softmax_backward", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const T* gradient = v.dy.as<T>() + i * classes;  // dy, y, dx: [N, C]
      const T* p = v.y.as<T>() + i * classes;
      double dot = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        dot += static_cast<double>(gradient[c]) * (v.params.log ? 1 : static_cast<double>(p[c]));
      for (std::int64_t c = 0; c < classes; ++c)
        put(v.dx.as<T>()[i * classes + c],
            v.params.log ? gradient[c] - exp_of(p[c]) * static_cast<T>(dot)
                         : p[c] * (gradient[c] - static_cast<T>(dot)),
            v.write);
    }
  });
}

template <>
void RefBackend::implement(const verb::SoftmaxCrossEntropyForward& v) {
  const std::int64_t rows = v.logits.shape[0], classes = v.logits.shape[1];
  with_float(v.logits.dtype, "softmax_cross_entropy_forward", [&]<class T>(T) {
    double sum = 0;
    for (std::int64_t i = 0; i < rows; ++i)  // probabilities, logits: [N, C], labels: [N]
      sum += static_cast<double>(
          cross_entropy_row(v.probabilities.as<T>() + i * classes, v.logits.as<T>() + i * classes,
                            static_cast<int>(classes), v.labels.as<std::int32_t>()[i]));
    *v.loss.as<T>() = static_cast<T>(sum / static_cast<double>(rows));  // loss: []
  });
}

template <>
void RefBackend::implement(const verb::SoftmaxCrossEntropyBackward& v) {
  const std::int64_t rows = v.dlogits.shape[0], classes = v.dlogits.shape[1];
  with_float(v.dlogits.dtype, "softmax_cross_entropy_backward", [&]<class T>(T) {
    const T factor = *v.dloss.as<T>() / static_cast<T>(rows);  // dloss: []
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int32_t label = v.labels.as<std::int32_t>()[i];
      for (std::int64_t c = 0; c < classes; ++c) {  // dlogits, probabilities: [N, C]
        const T target = c == label ? T(1) : T(0);
        put(v.dlogits.as<T>()[i * classes + c],
            (v.probabilities.as<T>()[i * classes + c] - target) * factor, v.write);
      }
    }
  });
}

template <>
void RefBackend::implement(const verb::AccumulateMetrics& v) {
  const std::int64_t rows = v.logits ? v.logits.shape[0] : v.rows;
  const std::int64_t classes = v.logits ? v.logits.shape[1] : 0;
  double* out = v.sums.as<double>();  // sums: f64 [kMetricSums]
  with_float(v.loss.dtype, "accumulate_metrics", [&]<class T>(T) {
    const double value = static_cast<double>(*v.loss.as<T>());
    out[kLossSum] += value * static_cast<double>(rows);
    for (std::int64_t i = 0; v.logits && i < rows; ++i) {  // logits: [rows, C], labels: i32 [rows]
      const std::int32_t label = v.labels.as<std::int32_t>()[i];
      if (first_maximum(v.logits.as<T>() + i * classes, static_cast<int>(classes)) == label)
        out[kCorrectSum] += 1;
      if ((label < 0 || label >= classes) && out[kBadLabelAt] == 0) {
        out[kBadLabelAt] = 1 + out[kSampleSum] + static_cast<double>(i);
        out[kBadLabel] = label;
      }
    }
    out[kSampleSum] += static_cast<double>(rows);
    if (!std::isfinite(value) && out[kFirstBadStep] == 0)
      out[kFirstBadStep] = 1 + static_cast<double>(*v.step.as<std::int32_t>());
  });
}

template <>
void RefBackend::implement(const verb::AccumulateValue& v) {
  with_float(v.value.dtype, "accumulate_value", [&]<class T>(T) {
    v.sums.as<double>()[v.column] +=
        static_cast<double>(*v.value.as<T>()) * static_cast<double>(v.rows);
  });
}

}  // namespace hone::kernels
