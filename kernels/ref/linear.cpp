// linear: y = x * w (+ b) (ReLU), and its gradients.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::LinearForward& v) {
  const std::int64_t rows = v.x.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  with_float(v.y.dtype, "linear_forward", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < out; ++j) {
        double sum = v.b ? static_cast<double>(v.b.as<T>()[j]) : 0.0;  // b: [out]
        for (std::int64_t k = 0; k < in; ++k)
          sum += static_cast<double>(v.x.as<T>()[i * in + k]) *  // x: [N, in]
                 static_cast<double>(v.w.as<T>()[k * out + j]);  // w: [in, out]
        const T value = static_cast<T>(sum);
        v.y.as<T>()[i * out + j] = v.params.relu ? relu_of(value) : value;  // y: [N, out]
      }
    }
  });
}

namespace {

// The gradient before ReLU: dy where y > 0.
template <class T>
double gradient_at(const T* dy, const T* y, std::int64_t i, bool relu) {
  return !relu || y[i] > T(0) ? static_cast<double>(dy[i]) : 0.0;
}

}  // namespace

template <>
void RefBackend::implement(const verb::LinearBackwardInput& v) {
  const std::int64_t rows = v.dy.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  with_float(v.dx.dtype, "linear_backward_input", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t k = 0; k < in; ++k) {
        double sum = 0;
        for (std::int64_t j = 0; j < out; ++j)  // dy, y: [N, out], w: [in, out]
          sum += gradient_at(v.dy.as<T>(), v.y.as<T>(), i * out + j, v.params.relu) *
                 static_cast<double>(v.w.as<T>()[k * out + j]);
        put(v.dx.as<T>()[i * in + k], sum, v.write);  // dx: [N, in]
      }
    }
  });
}

template <>
void RefBackend::implement(const verb::LinearBackwardWeight& v) {
  const std::int64_t rows = v.dy.shape[0], in = v.dw.shape[0], out = v.dw.shape[1];
  with_float(v.dw.dtype, "linear_backward_weight", [&]<class T>(T) {
    for (std::int64_t j = 0; j < out; ++j) {
      for (std::int64_t k = 0; k < in; ++k) {
        double sum = 0;
        for (std::int64_t i = 0; i < rows; ++i)  // x: [N, in], dy, y: [N, out]
          sum += static_cast<double>(v.x.as<T>()[i * in + k]) *
                 gradient_at(v.dy.as<T>(), v.y.as<T>(), i * out + j, v.params.relu);
        put(v.dw.as<T>()[k * out + j], sum, v.write);  // dw: [in, out]
      }
      if (!v.db) continue;
      double sum = 0;
      for (std::int64_t i = 0; i < rows; ++i)
        sum += gradient_at(v.dy.as<T>(), v.y.as<T>(), i * out + j, v.params.relu);
      put(v.db.as<T>()[j], sum, v.write);  // db: [out]
    }
  });
}

}  // namespace hone::kernels
