// softmax, softmax_cross_entropy, accumulate_metrics: a row a thread; sums over rows in order.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

__global__ void softmax_kernel(Each<float> y, Each<const float> x, std::int64_t rows, int classes,
                               bool log) {
  device::for_each(rows, [=](std::int64_t i) {
    if (log) {
      log_softmax_row(y + i * classes, x + i * classes, classes);
    } else {
      softmax_row(y + i * classes, x + i * classes, classes);
    }
  });
}

// dx = y * (dy - sum(dy * y)) for each row; of the logarithm dx = dy - exp(y) * sum(dy).
__global__ void softmax_backward_kernel(Each<float> dx, Each<const float> dy, Each<const float> y,
                                        std::int64_t rows, int classes, bool log, Write write) {
  device::for_each(rows, [=](std::int64_t i) {
    const float *gradient = dy + i * classes, *p = y + i * classes;
    double dot = 0;
    for (int c = 0; c < classes; ++c)
      dot += static_cast<double>(gradient[c]) * (log ? 1 : static_cast<double>(p[c]));
    for (int c = 0; c < classes; ++c)
      put(dx[i * classes + c],
          log ? gradient[c] - exp_of(p[c]) * static_cast<float>(dot)
              : p[c] * (gradient[c] - static_cast<float>(dot)),
          write);
  });
}

// losses: [rows]
__global__ void cross_entropy_kernel(Each<double> losses, Each<float> probabilities,
                                     Each<const float> logits, Each<const std::int32_t> labels,
                                     std::int64_t rows, int classes) {
  device::for_each(rows, [=](std::int64_t i) {
    losses[i] = static_cast<double>(
        cross_entropy_row(probabilities + i * classes, logits + i * classes, classes, labels[i]));
  });
}

// One block: all fetch, one adds, in the order of the rows.
__global__ void mean_kernel(Each<float> mean, Each<const double> values, std::int64_t count) {
  using Fetched = double[kThreads];
  HONE_SHARED(Fetched, fetched);
  double sum = 0;
  for (std::int64_t first = 0; first < count; first += kThreads) {
    const std::int64_t i = first + device::thread_x();
    if (i < count) fetched[device::thread_x()] = values[i];
    device::barrier();
    const std::int64_t held = count - first < kThreads ? count - first : kThreads;
    if (device::thread_x() == 0)
      for (std::int64_t j = 0; j < held; ++j) sum += fetched[j];
    device::barrier();
  }
  if (device::thread_x() == 0) *mean = static_cast<float>(sum / static_cast<double>(count));
}

__global__ void cross_entropy_backward_kernel(Each<float> dlogits, Each<const float> probabilities,
                                              Each<const std::int32_t> labels,
                                              Each<const float> dloss, std::int64_t rows,
                                              int classes, Write write) {
  const float factor = *dloss / static_cast<float>(rows);
  device::for_each(rows * classes, [=](std::int64_t i) {
    const float target = i % classes == labels[i / classes] ? 1.0f : 0.0f;
    put(dlogits[i], (probabilities[i] - target) * factor, write);
  });
}

// One block. sums: [kMetricSums]; logits: [rows, classes] or null
__global__ void metrics_kernel(Each<double> sums, Each<const float> loss, Each<const float> logits,
                               Each<const std::int32_t> labels, Each<const std::int32_t> step,
                               std::int64_t rows, int classes) {
  constexpr std::int64_t kNone = INT64_MAX;
  int correct = 0;
  std::int64_t bad = kNone;  // the first row whose label is no class
  for (std::int64_t i = device::thread_x(); logits != nullptr && i < rows;
       i += device::threads_x()) {
    const std::int32_t label = labels[i];
    correct += first_maximum(logits + i * classes, classes) == label ? 1 : 0;
    if ((label < 0 || label >= classes) && bad == kNone) bad = i;
  }
  correct = device::block_sum(correct);
  bad = device::block_reduce(bad, kNone,
                             [](std::int64_t a, std::int64_t b) { return a < b ? a : b; });
  if (device::thread_x() != 0) return;
  const double value = static_cast<double>(*loss), count = static_cast<double>(rows);
  if (bad != kNone && sums[kBadLabelAt] == 0) {
    sums[kBadLabelAt] = 1 + sums[kSampleSum] + static_cast<double>(bad);
    sums[kBadLabel] = labels[bad];
  }
  sums[kLossSum] += value * count;
  sums[kCorrectSum] += static_cast<double>(correct);
  sums[kSampleSum] += count;
  const bool finite = value - value == 0;
  if (!finite && sums[kFirstBadStep] == 0) sums[kFirstBadStep] = 1 + static_cast<double>(*step);
}

__global__ void value_kernel(Each<double> sum, Each<const float> value, double rows) {
  *sum += static_cast<double>(*value) * rows;
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Softmax& v) {
  require_f32(v.y.dtype, "softmax");
  launch_each(stream(), "softmax", v.x.shape[0], softmax_kernel, each<float>(v.y), each<float>(v.x),
              v.x.shape[0], static_cast<int>(v.x.shape[1]), v.params.log);
}

template <>
void CudaBackend::implement(const verb::SoftmaxBackward& v) {
  require_f32(v.dx.dtype, "softmax_backward");
  launch_each(stream(), "softmax_backward", v.y.shape[0], softmax_backward_kernel,
              each<float>(v.dx), each<float>(v.dy), each<float>(v.y), v.y.shape[0],
              static_cast<int>(v.y.shape[1]), v.params.log, v.write);
}

template <>
void CudaBackend::implement(const verb::SoftmaxCrossEntropyForward& v) {
  require_f32(v.logits.dtype, "softmax_cross_entropy_forward");
  const std::int64_t rows = v.logits.shape[0];
  const Workspace::Scope scope(workspace());
  const auto losses = scratch<double>(rows, v.loss.models);
  launch_each(stream(), "cross entropy", rows, cross_entropy_kernel, losses,
              each<float>(v.probabilities), each<float>(v.logits), each<std::int32_t>(v.labels),
              rows, static_cast<int>(v.logits.shape[1]));
  launch(stream(), "mean", dim3(1), dim3(kThreads), 0, mean_kernel, each<float>(v.loss), losses,
         rows);
}

template <>
void CudaBackend::implement(const verb::SoftmaxCrossEntropyBackward& v) {
  require_f32(v.dlogits.dtype, "softmax_cross_entropy_backward");
  launch_each(stream(), "softmax_cross_entropy_backward", v.dlogits.count(),
              cross_entropy_backward_kernel, each<float>(v.dlogits), each<float>(v.probabilities),
              each<std::int32_t>(v.labels), each<float>(v.dloss), v.dlogits.shape[0],
              static_cast<int>(v.dlogits.shape[1]), v.write);
}

template <>
void CudaBackend::implement(const verb::AccumulateMetrics& v) {
  require_f32(v.loss.dtype, "accumulate_metrics");
  const std::int64_t rows = v.logits ? v.logits.shape[0] : v.rows;
  launch(stream(), "accumulate_metrics", dim3(1), dim3(kThreads), 0, metrics_kernel,
         each<double>(v.sums), each<float>(v.loss), each<float>(v.logits),
         each<std::int32_t>(v.labels), each<std::int32_t>(v.step), rows,
         v.logits ? static_cast<int>(v.logits.shape[1]) : 0);
}

template <>
void CudaBackend::implement(const verb::AccumulateValue& v) {
  require_f32(v.value.dtype, "accumulate_value");
  launch(stream(), "accumulate_value", dim3(1), dim3(1), 0, value_kernel,
         each<double>(v.sums).plus(v.column), each<float>(v.value), static_cast<double>(v.rows));
}

}  // namespace hone::kernels
