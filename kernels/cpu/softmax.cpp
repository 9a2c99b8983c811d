// softmax, softmax_cross_entropy, accumulate_metrics: rows in fixed parts.
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/pointwise.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kRowsPerPart = 64;

}  // namespace

void CpuBackend::do_softmax(View y, ConstView x) {
  require_f32(y.dtype, "softmax");
  const std::int64_t classes = x.shape[1];
  for_parts(x.shape[0], kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i)  // y, x: [N, C]
      softmax_row(y.as<float>() + i * classes, x.as<float>() + i * classes,
                  static_cast<int>(classes));
  });
}

void CpuBackend::do_softmax_backward(View dx, ConstView dy, ConstView y, Write write) {
  require_f32(dx.dtype, "softmax_backward");
  const std::int64_t classes = y.shape[1];
  for_parts(y.shape[0], kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const float* gradient = dy.as<float>() + i * classes;  // dx, dy, y: [N, C]
      const float* p = y.as<float>() + i * classes;
      float* out = dx.as<float>() + i * classes;
      double dot = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        dot += static_cast<double>(gradient[c]) * static_cast<double>(p[c]);
      for (std::int64_t c = 0; c < classes; ++c) {
        const float value = p[c] * (gradient[c] - static_cast<float>(dot));
        out[c] = write == Write::set ? value : out[c] + value;
      }
    }
  });
}

void CpuBackend::do_softmax_cross_entropy_forward(View loss, View probabilities, ConstView logits,
                                                  ConstView labels) {
  require_f32(logits.dtype, "softmax_cross_entropy_forward");
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  const Workspace::Scope scope(workspace());
  double* losses = workspace().take_array<double>(rows);
  for_parts(rows, kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i)  // probabilities, logits: [N, C]
      losses[i] = static_cast<double>(cross_entropy_row(
          probabilities.as<float>() + i * classes, logits.as<float>() + i * classes,
          static_cast<int>(classes), labels.as<std::int32_t>()[i]));
  });
  double sum = 0;
  for (std::int64_t i = 0; i < rows; ++i) sum += losses[i];
  *loss.as<float>() = static_cast<float>(sum / static_cast<double>(rows));
}

void CpuBackend::do_softmax_cross_entropy_backward(View dlogits, ConstView probabilities,
                                                   ConstView labels, ConstView dloss, Write write) {
  require_f32(dlogits.dtype, "softmax_cross_entropy_backward");
  const std::int64_t rows = dlogits.shape[0], classes = dlogits.shape[1];
  const float factor = *dloss.as<float>() / static_cast<float>(rows);
  for_parts(rows, kRowsPerPart, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int32_t label = labels.as<std::int32_t>()[i];
      const float* p = probabilities.as<float>() + i * classes;
      float* out = dlogits.as<float>() + i * classes;
      for (std::int64_t c = 0; c < classes; ++c) {
        const float value = (p[c] - (c == label ? 1.0f : 0.0f)) * factor;
        out[c] = write == Write::set ? value : out[c] + value;
      }
    }
  });
}

void CpuBackend::do_accumulate_metrics(View sums, ConstView loss, ConstView logits,
                                       ConstView labels, ConstView step) {
  require_f32(logits.dtype, "accumulate_metrics");
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  double* out = sums.as<double>();  // f64 [kMetricSums]
  const double value = static_cast<double>(*loss.as<float>());
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < rows; ++i)
    correct += first_maximum(logits.as<float>() + i * classes, static_cast<int>(classes)) ==
               labels.as<std::int32_t>()[i];
  out[kLossSum] += value * static_cast<double>(rows);
  out[kCorrectSum] += static_cast<double>(correct);
  out[kSampleSum] += static_cast<double>(rows);
  if (!std::isfinite(value) && out[kFirstBadStep] == 0)
    out[kFirstBadStep] = 1 + static_cast<double>(*step.as<std::int32_t>());
}

}  // namespace hone::kernels
