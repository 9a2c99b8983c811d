// softmax, softmax_cross_entropy, accumulate_metrics: rows in fixed parts.
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/pointwise.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kRowsPerPart = 64;

}  // namespace

template <>
void CpuBackend::implement(const verb::Softmax& v) {
  require_f32(v.y.dtype, "softmax");
  const std::int64_t classes = v.x.shape[1];
  for_parts(v.x.shape[0], kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {  // y, x: [N, C]
      float* y = v.y.as<float>() + i * classes;
      const float* x = v.x.as<float>() + i * classes;
      if (v.params.log) {
        log_softmax_row(y, x, static_cast<int>(classes));
      } else {
        softmax_row(y, x, static_cast<int>(classes));
      }
    }
  });
}

template <>
void CpuBackend::implement(const verb::SoftmaxBackward& v) {
  require_f32(v.dx.dtype, "softmax_backward");
  const std::int64_t classes = v.y.shape[1];
  for_parts(v.y.shape[0], kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const float* gradient = v.dy.as<float>() + i * classes;  // dx, dy, y: [N, C]
      const float* p = v.y.as<float>() + i * classes;
      float* out = v.dx.as<float>() + i * classes;
      double dot = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        dot += static_cast<double>(gradient[c]) * (v.params.log ? 1 : static_cast<double>(p[c]));
      for (std::int64_t c = 0; c < classes; ++c) {
        const float value = v.params.log ? gradient[c] - exp_of(p[c]) * static_cast<float>(dot)
                                         : p[c] * (gradient[c] - static_cast<float>(dot));
        out[c] = v.write == Write::set ? value : out[c] + value;
      }
    }
  });
}

template <>
void CpuBackend::implement(const verb::SoftmaxCrossEntropyForward& v) {
  require_f32(v.logits.dtype, "softmax_cross_entropy_forward");
  const std::int64_t rows = v.logits.shape[0], classes = v.logits.shape[1];
  const Workspace::Scope scope(workspace());
  double* losses = workspace().take_array<double>(rows);
  for_parts(rows, kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i)  // probabilities, logits: [N, C]
      losses[i] = static_cast<double>(cross_entropy_row(
          v.probabilities.as<float>() + i * classes, v.logits.as<float>() + i * classes,
          static_cast<int>(classes), v.labels.as<std::int32_t>()[i]));
  });
  double sum = 0;
  for (std::int64_t i = 0; i < rows; ++i) sum += losses[i];
  *v.loss.as<float>() = static_cast<float>(sum / static_cast<double>(rows));
}

template <>
void CpuBackend::implement(const verb::SoftmaxCrossEntropyBackward& v) {
  require_f32(v.dlogits.dtype, "softmax_cross_entropy_backward");
  const std::int64_t rows = v.dlogits.shape[0], classes = v.dlogits.shape[1];
  const float factor = *v.dloss.as<float>() / static_cast<float>(rows);
  for_parts(rows, kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int32_t label = v.labels.as<std::int32_t>()[i];
      const float* p = v.probabilities.as<float>() + i * classes;
      float* out = v.dlogits.as<float>() + i * classes;
      for (std::int64_t c = 0; c < classes; ++c) {
        const float value = (p[c] - (c == label ? 1.0f : 0.0f)) * factor;
        out[c] = v.write == Write::set ? value : out[c] + value;
      }
    }
  });
}

template <>
void CpuBackend::implement(const verb::AccumulateMetrics& v) {
  require_f32(v.loss.dtype, "accumulate_metrics");
  const std::int64_t rows = v.logits ? v.logits.shape[0] : v.rows;
  const std::int64_t classes = v.logits ? v.logits.shape[1] : 0;
  double* out = v.sums.as<double>();  // f64 [kMetricSums]
  const double value = static_cast<double>(*v.loss.as<float>());
  std::int64_t correct = 0;
  for (std::int64_t i = 0; v.logits && i < rows; ++i) {
    const std::int32_t label = v.labels.as<std::int32_t>()[i];
    correct +=
        first_maximum(v.logits.as<float>() + i * classes, static_cast<int>(classes)) == label;
    if ((label < 0 || label >= classes) && out[kBadLabelAt] == 0) {
      out[kBadLabelAt] = 1 + out[kSampleSum] + static_cast<double>(i);
      out[kBadLabel] = label;
    }
  }
  out[kLossSum] += value * static_cast<double>(rows);
  out[kCorrectSum] += static_cast<double>(correct);
  out[kSampleSum] += static_cast<double>(rows);
  if (!std::isfinite(value) && out[kFirstBadStep] == 0)
    out[kFirstBadStep] = 1 + static_cast<double>(*v.step.as<std::int32_t>());
}

template <>
void CpuBackend::implement(const verb::AccumulateValue& v) {
  require_f32(v.value.dtype, "accumulate_value");
  v.sums.as<double>()[v.column] +=
      static_cast<double>(*v.value.as<float>()) * static_cast<double>(v.rows);
}

}  // namespace hone::kernels
