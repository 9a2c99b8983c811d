// linear: y = x * w (+ b) (ReLU), and its gradients.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_linear_forward(View y, ConstView x, ConstView w, ConstView b,
                                   LinearParams params) {
  const std::int64_t rows = x.shape[0], in = w.shape[0], out = w.shape[1];
  with_float(y.dtype, "linear_forward", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < out; ++j) {
        double sum = b ? static_cast<double>(b.as<T>()[j]) : 0.0;  // b: [out]
        for (std::int64_t k = 0; k < in; ++k)
          sum += static_cast<double>(x.as<T>()[i * in + k]) *  // x: [N, in]
                 static_cast<double>(w.as<T>()[k * out + j]);  // w: [in, out]
        const T value = static_cast<T>(sum);
        y.as<T>()[i * out + j] = params.relu ? relu_of(value) : value;  // y: [N, out]
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

void RefBackend::do_linear_backward_input(View dx, ConstView dy, ConstView y, ConstView w,
                                          LinearParams params, Write write) {
  const std::int64_t rows = dy.shape[0], in = w.shape[0], out = w.shape[1];
  with_float(dx.dtype, "linear_backward_input", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t k = 0; k < in; ++k) {
        double sum = 0;
        for (std::int64_t j = 0; j < out; ++j)  // dy, y: [N, out], w: [in, out]
          sum += gradient_at(dy.as<T>(), y.as<T>(), i * out + j, params.relu) *
                 static_cast<double>(w.as<T>()[k * out + j]);
        put(dx.as<T>()[i * in + k], sum, write);  // dx: [N, in]
      }
    }
  });
}

void RefBackend::do_linear_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView x,
                                           LinearParams params, Write write) {
  const std::int64_t rows = dy.shape[0], in = dw.shape[0], out = dw.shape[1];
  with_float(dw.dtype, "linear_backward_weight", [&]<class T>(T) {
    for (std::int64_t j = 0; j < out; ++j) {
      for (std::int64_t k = 0; k < in; ++k) {
        double sum = 0;
        for (std::int64_t i = 0; i < rows; ++i)  // x: [N, in], dy, y: [N, out]
          sum += static_cast<double>(x.as<T>()[i * in + k]) *
                 gradient_at(dy.as<T>(), y.as<T>(), i * out + j, params.relu);
        put(dw.as<T>()[k * out + j], sum, write);  // dw: [in, out]
      }
      if (!db) continue;
      double sum = 0;
      for (std::int64_t i = 0; i < rows; ++i)
        sum += gradient_at(dy.as<T>(), y.as<T>(), i * out + j, params.relu);
      put(db.as<T>()[j], sum, write);  // db: [out]
    }
  });
}

}  // namespace hone::kernels
