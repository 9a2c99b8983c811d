// The arithmetic of one element, shared by every backend: ref and cpu run it in loops, a GPU
// backend in a grid.
//
// Everything here has internal linkage on purpose: units compiled for different instruction sets
// include this file, and the linker must never put the copy of one in the place of another.
#pragma once

#include <math.h>

#include <limits>
#include <type_traits>

#include "base/philox.h"
#include "kernels/params.h"

namespace hone::kernels {

// One row of the scalar table, in the type of the parameters.
template <class T>
struct SgdRow {
  T lr, momentum, decay;
};

// One row of the scalar table with what depends on the step alone already worked out.
template <class T>
struct AdamRow {
  T keep1, keep2;  // 1 - beta1, 1 - beta2
  T rate;          // Keras: lr sqrt(1 - b2^t) / (1 - b1^t); PyTorch: lr / (1 - b1^t)
  T root_factor;   // Keras: 1; PyTorch: 1 / sqrt(1 - b2^t)
  T epsilon;
  T shrink;          // decoupled decay: lr * wd, else 0
  T gradient_decay;  // wd when it is added to the gradient, else 0
};

// What an RMSprop or Adagrad step reads of a row.
template <class T>
struct RmsPropRow {
  T lr, momentum, epsilon;
  T keep, add;       // of the squares and the means: s = keep s + add g g
  T shrink;          // Keras' decay: lr * wd, else 0
  T gradient_decay;  // PyTorch's: wd, else 0
};

namespace {

// --- the C library's functions by type (std:: overloads would be shared inline functions) ---

HONE_HD inline float exp_of(float x) { return ::expf(x); }
HONE_HD inline double exp_of(double x) { return ::exp(x); }
HONE_HD inline float log_of(float x) { return ::logf(x); }
HONE_HD inline double log_of(double x) { return ::log(x); }
HONE_HD inline float sqrt_of(float x) { return ::sqrtf(x); }
HONE_HD inline double sqrt_of(double x) { return ::sqrt(x); }
HONE_HD inline float tanh_of(float x) { return ::tanhf(x); }
HONE_HD inline double tanh_of(double x) { return ::tanh(x); }
HONE_HD inline float expm1_of(float x) { return ::expm1f(x); }
HONE_HD inline double expm1_of(double x) { return ::expm1(x); }
HONE_HD inline float log1p_of(float x) { return ::log1pf(x); }
HONE_HD inline double log1p_of(double x) { return ::log1p(x); }
HONE_HD inline float erfc_of(float x) { return ::erfcf(x); }
HONE_HD inline double erfc_of(double x) { return ::erfc(x); }
HONE_HD inline float pow_of(float x, float y) { return ::powf(x, y); }
HONE_HD inline double pow_of(double x, double y) { return ::pow(x, y); }
HONE_HD inline float sin_of(float x) { return ::sinf(x); }
HONE_HD inline double sin_of(double x) { return ::sin(x); }
HONE_HD inline float cos_of(float x) { return ::cosf(x); }
HONE_HD inline double cos_of(double x) { return ::cos(x); }

// --- unary operations: forward(x), and backward(dy, x, y) = dy * op'(x) with y = op(x) ---

template <class T>
struct Negate {
  HONE_HD T forward(T x) const { return -x; }
  HONE_HD T backward(T dy, T, T) const { return -dy; }
};
template <class T>
struct Exp {
  HONE_HD T forward(T x) const { return exp_of(x); }
  HONE_HD T backward(T dy, T, T y) const { return dy * y; }
};
template <class T>
struct Log {
  HONE_HD T forward(T x) const { return log_of(x); }
  HONE_HD T backward(T dy, T x, T) const { return dy / x; }
};
template <class T>
struct Sqrt {
  HONE_HD T forward(T x) const { return sqrt_of(x); }
  HONE_HD T backward(T dy, T, T y) const { return dy / (y + y); }
};
template <class T>
struct Square {
  HONE_HD T forward(T x) const { return x * x; }
  HONE_HD T backward(T dy, T x, T) const { return dy * (x + x); }
};
template <class T>
struct Abs {
  HONE_HD T forward(T x) const { return x < T(0) ? -x : x; }
  HONE_HD T backward(T dy, T x, T) const { return x > T(0) ? dy : (x < T(0) ? -dy : T(0)); }
};
// Written so that NaN stays NaN: a diverged network must not look healthy.
template <class T>
HONE_HD inline T relu_of(T x) {
  return x < T(0) ? T(0) : x;
}
template <class T>
struct Relu {
  HONE_HD T forward(T x) const { return relu_of(x); }
  HONE_HD T backward(T dy, T, T y) const { return y > T(0) ? dy : T(0); }
};
template <class T>
HONE_HD inline T sigmoid_of(T x) {
  return T(1) / (T(1) + exp_of(-x));
}
template <class T>
struct Sigmoid {
  HONE_HD T forward(T x) const { return sigmoid_of(x); }
  HONE_HD T backward(T dy, T, T y) const { return dy * (y * (T(1) - y)); }
};
template <class T>
struct Tanh {
  HONE_HD T forward(T x) const { return tanh_of(x); }
  HONE_HD T backward(T dy, T, T y) const { return dy * (T(1) - y * y); }
};
template <class T>
struct Scale {
  T alpha;
  HONE_HD T forward(T x) const { return alpha * x; }
  HONE_HD T backward(T dy, T, T) const { return alpha * dy; }
};
template <class T>
struct Shift {
  T alpha;
  HONE_HD T forward(T x) const { return x + alpha; }
  HONE_HD T backward(T dy, T, T) const { return dy; }
};
template <class T>
struct Log1p {
  HONE_HD T forward(T x) const { return log1p_of(x); }
  HONE_HD T backward(T dy, T x, T) const { return dy / (T(1) + x); }
};
template <class T>
struct Gelu {
  // Phi(x), without the cancellation that 1 + erf has far below 0.
  HONE_HD static T phi(T x) { return T(0.5) * erfc_of(x * T(-0.70710678118654752440)); }
  HONE_HD T forward(T x) const { return x * phi(x); }
  HONE_HD T backward(T dy, T x, T) const {
    const T density = T(0.39894228040143267794) * exp_of(T(-0.5) * x * x);
    return dy * (phi(x) + x * density);
  }
};
template <class T>
struct GeluTanh {
  static constexpr T kRoot = T(0.79788456080286535588), kCube = T(0.044715);
  HONE_HD T forward(T x) const {
    return T(0.5) * x * (T(1) + tanh_of(kRoot * (x + kCube * x * x * x)));
  }
  HONE_HD T backward(T dy, T x, T) const {
    const T t = tanh_of(kRoot * (x + kCube * x * x * x));
    const T slope = kRoot * (T(1) + T(3) * kCube * x * x);
    return dy * T(0.5) * (T(1) + t + x * (T(1) - t * t) * slope);
  }
};
template <class T>
struct Silu {
  HONE_HD T forward(T x) const { return x * sigmoid_of(x); }
  HONE_HD T backward(T dy, T x, T) const {
    const T s = sigmoid_of(x);
    return dy * s * (T(1) + x * (T(1) - s));
  }
};
template <class T>
struct LeakyRelu {
  T alpha;
  HONE_HD T forward(T x) const { return x < T(0) ? alpha * x : x; }
  HONE_HD T backward(T dy, T x, T) const { return x > T(0) ? dy : alpha * dy; }
};
template <class T>
struct Elu {
  T alpha;
  HONE_HD T forward(T x) const { return x < T(0) ? alpha * expm1_of(x) : x; }
  HONE_HD T backward(T dy, T x, T) const { return x < T(0) ? dy * alpha * exp_of(x) : dy; }
};
template <class T>
struct Softplus {
  HONE_HD T forward(T x) const { return relu_of(x) + log1p_of(exp_of(x < T(0) ? x : -x)); }
  HONE_HD T backward(T dy, T x, T) const { return dy * sigmoid_of(x); }
};
template <class T>
struct Clamp {
  T low, high;
  HONE_HD T forward(T x) const { return x < low ? low : (x > high ? high : x); }
  HONE_HD T backward(T dy, T x, T) const { return x < low || x > high ? T(0) : dy; }
};
template <class T>
struct Pow {
  T exponent;
  HONE_HD T forward(T x) const { return pow_of(x, exponent); }
  HONE_HD T backward(T dy, T x, T) const {
    return exponent == T(0) ? T(0) : dy * exponent * pow_of(x, exponent - T(1));
  }
};

// Calls use(functor) with the functor of params.op, so that the choice is made outside the loop.
template <class T, class Use>
inline void with_unary_op(UnaryParams params, Use use) {
  const T alpha = static_cast<T>(params.alpha), beta = static_cast<T>(params.beta);
  switch (params.op) {
    case UnaryOp::negate:
      return use(Negate<T>{});
    case UnaryOp::exp:
      return use(Exp<T>{});
    case UnaryOp::log:
      return use(Log<T>{});
    case UnaryOp::sqrt:
      return use(Sqrt<T>{});
    case UnaryOp::square:
      return use(Square<T>{});
    case UnaryOp::abs:
      return use(Abs<T>{});
    case UnaryOp::relu:
      return use(Relu<T>{});
    case UnaryOp::sigmoid:
      return use(Sigmoid<T>{});
    case UnaryOp::tanh:
      return use(Tanh<T>{});
    case UnaryOp::scale:
      return use(Scale<T>{alpha});
    case UnaryOp::shift:
      return use(Shift<T>{alpha});
    case UnaryOp::log1p:
      return use(Log1p<T>{});
    case UnaryOp::gelu:
      return use(Gelu<T>{});
    case UnaryOp::gelu_tanh:
      return use(GeluTanh<T>{});
    case UnaryOp::silu:
      return use(Silu<T>{});
    case UnaryOp::leaky_relu:
      return use(LeakyRelu<T>{alpha});
    case UnaryOp::elu:
      return use(Elu<T>{alpha});
    case UnaryOp::softplus:
      return use(Softplus<T>{});
    case UnaryOp::clamp:
      return use(Clamp<T>{alpha, beta});
    case UnaryOp::pow:
      return use(Pow<T>{alpha});
  }
}

// --- binary operations ---

template <class T>
struct Add {
  HONE_HD T operator()(T a, T b) const { return a + b; }
};
template <class T>
struct Subtract {
  HONE_HD T operator()(T a, T b) const { return a - b; }
};
template <class T>
struct Multiply {
  HONE_HD T operator()(T a, T b) const { return a * b; }
};
template <class T>
struct Divide {
  HONE_HD T operator()(T a, T b) const { return a / b; }
};

// NaN in either is NaN.
template <class T>
struct Maximum {
  HONE_HD T operator()(T a, T b) const { return a >= b || a != a ? a : b; }
};
template <class T>
struct Minimum {
  HONE_HD T operator()(T a, T b) const { return a <= b || a != a ? a : b; }
};

template <class T, class Use>
inline void with_binary_op(BinaryOp op, Use use) {
  switch (op) {
    case BinaryOp::add:
      return use(Add<T>{});
    case BinaryOp::subtract:
      return use(Subtract<T>{});
    case BinaryOp::multiply:
      return use(Multiply<T>{});
    case BinaryOp::divide:
      return use(Divide<T>{});
    case BinaryOp::maximum:
      return use(Maximum<T>{});
    case BinaryOp::minimum:
      return use(Minimum<T>{});
  }
}

// --- comparisons: 1 or 0 ---

template <class T>
struct Equal {
  HONE_HD bool operator()(T a, T b) const { return a == b; }
};
template <class T>
struct NotEqual {
  HONE_HD bool operator()(T a, T b) const { return a != b; }
};
template <class T>
struct Less {
  HONE_HD bool operator()(T a, T b) const { return a < b; }
};
template <class T>
struct LessEqual {
  HONE_HD bool operator()(T a, T b) const { return a <= b; }
};

// Calls use(functor, swapped): greater is less with a and b in each other's place.
template <class T, class Use>
inline void with_compare_op(CompareOp op, Use use) {
  switch (op) {
    case CompareOp::equal:
      return use(Equal<T>{}, false);
    case CompareOp::not_equal:
      return use(NotEqual<T>{}, false);
    case CompareOp::less:
      return use(Less<T>{}, false);
    case CompareOp::less_equal:
      return use(LessEqual<T>{}, false);
    case CompareOp::greater:
      return use(Less<T>{}, true);
    case CompareOp::greater_equal:
      return use(LessEqual<T>{}, true);
  }
}

// --- conversion: see verb::Cast ---

template <class To, class From>
HONE_HD inline To converted(From x) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(x);
  } else {
    constexpr double kLow = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double kHigh = static_cast<double>(std::numeric_limits<To>::max());
    const double v = static_cast<double>(x);  // holds every type exactly
    return v != v ? To(0) : static_cast<To>(v <= kLow ? kLow : (v >= kHigh ? kHigh : v));
  }
}

// --- the greater of two, as max-pooling sees it ---

// Whether `value` takes the place of `best`, the greatest so far: the first maximum wins, and NaN
// counts as greater than all numbers, so that a diverged network does not look healthy behind a
// pooling.
template <class T>
HONE_HD inline bool exceeds(T value, T best) {
  return best == best && !(value <= best);
}

// The same for the least.
template <class T>
HONE_HD inline bool falls_below(T value, T best) {
  return best == best && !(value >= best);
}

// --- random numbers: see RandomParams ---

// The four elements of Philox block `block`.
template <class T>
HONE_HD inline void random_block(T* out, RandomParams params, std::uint64_t block,
                                 std::uint32_t step) {
  const PhiloxBlock bits = philox(
      params.seed, {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                     params.stream + 0x80000000u, step}});
  const T a = static_cast<T>(params.a), b = static_cast<T>(params.b);
  T u[4];
  for (int i = 0; i < 4; ++i) u[i] = static_cast<T>(bits.v[i] >> 8) * T(0x1p-24);
  if (params.distribution == Distribution::uniform) {
    for (int i = 0; i < 4; ++i) out[i] = a + (b - a) * u[i];
    return;
  }
  for (int i = 0; i < 4; i += 2) {
    const T radius = b * sqrt_of(T(-2) * log_of(T(1) - u[i]));
    const T angle = T(6.28318530717958647693) * u[i + 1];
    out[i] = a + radius * cos_of(angle);
    out[i + 1] = a + radius * sin_of(angle);
  }
}

// --- dropout: see DropoutRow ---

// Lanes below it are dropped; 65536 drops all.
HONE_HD inline std::uint32_t dropout_threshold(double p) {
  const double t = p * 65536.0 + 0.5;
  return t <= 0 ? 0u : (t >= 65536.0 ? 65536u : static_cast<std::uint32_t>(t));
}
HONE_HD inline double dropout_factor(double p) { return p < 1 ? 1 / (1 - p) : 0; }

// The eight random lanes that decide about elements 8 * block .. 8 * block + 7.
HONE_HD inline PhiloxBlock dropout_block(std::uint64_t seed, DropoutParams params,
                                         std::uint64_t block, std::uint32_t step) {
  return philox(seed, {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                        params.stream, step}});
}
HONE_HD inline std::uint32_t dropout_lane(const PhiloxBlock& block, int lane) {
  return (block.v[lane / 2] >> (16 * (lane % 2))) & 0xffffu;
}

// --- softmax ---

// Index of the first maximum of row[0 .. count); -1, which is no class, when one of them is NaN.
template <class T>
HONE_HD inline int first_maximum(const T* row, int count) {
  int best = 0;
  for (int c = 1; c < count; ++c)
    if (exceeds(row[c], row[best])) best = c;
  return row[best] == row[best] ? best : -1;
}

// NaN and infinities give NaN in what is made from it.
template <class T>
HONE_HD inline T largest_of(const T* row, int count) {
  T largest = row[0];
  for (int c = 1; c < count; ++c) largest = row[c] > largest ? row[c] : largest;
  return largest;
}

// y = log softmax(x) for one row. y may be x.
template <class T>
HONE_HD inline void log_softmax_row(T* y, const T* x, int count) {
  const T largest = largest_of(x, count);
  T sum = 0;
  for (int c = 0; c < count; ++c) sum += exp_of(x[c] - largest);
  const T log_sum = log_of(sum);
  for (int c = 0; c < count; ++c) y[c] = (x[c] - largest) - log_sum;
}

// y = softmax(x) for one row; returns log(sum(exp(x - max))). y may be x.
template <class T>
HONE_HD inline T softmax_row(T* y, const T* x, int count) {
  const T largest = largest_of(x, count);
  T sum = 0;
  for (int c = 0; c < count; ++c) sum += exp_of(x[c] - largest);
  for (int c = 0; c < count; ++c) y[c] = exp_of(x[c] - largest) / sum;
  return log_of(sum);
}

// -log softmax(x)[label] in log space; also writes y = softmax(x). NaN for a label that is no
// class.
template <class T>
HONE_HD inline T cross_entropy_row(T* y, const T* x, int count, std::int32_t label) {
  const T largest = largest_of(x, count);
  const T log_sum = softmax_row(y, x, count);
  if (label < 0 || label >= count) return static_cast<T>(NAN);
  return log_sum - (x[label] - largest);
}

// --- optimizers: see verbs/optimizer.h for the formulas ---

// velocity is not touched when momentum is 0 (it may then be any valid reference).
template <class T>
HONE_HD inline void sgd_element(T& w, T& velocity, T g, SgdRow<T> row, SgdParams settings) {
  const bool has_momentum = row.momentum != T(0);
  if (settings.form == OptimizerForm::keras) {
    w -= row.lr * row.decay * w;
    if (!has_momentum) {
      w -= row.lr * g;
      return;
    }
    velocity = row.momentum * velocity - row.lr * g;
    w += settings.nesterov ? row.momentum * velocity - row.lr * g : velocity;
  } else {
    g += row.decay * w;
    if (!has_momentum) {
      w -= row.lr * g;
      return;
    }
    velocity = row.momentum * velocity + g;
    w -= row.lr * (settings.nesterov ? g + row.momentum * velocity : velocity);
  }
}

// The rows [rows, kScalarColumns] of the step that `at` says (null: of the only one) in a table of
// `count` numbers; past its end those of the last step.
HONE_HD inline const float* scalar_rows(const float* table, std::int64_t steps, std::int64_t count,
                                        const std::int32_t* at) {
  if (at == nullptr || steps < 1) return table;
  const std::int64_t last = steps - 1;
  const std::int64_t step = *at < 0 ? 0 : *at > last ? last : *at;
  return table + step * (count / steps);
}

// scalars: [kScalarColumns], step: 1 at the first step
template <class T, class S>
HONE_HD inline AdamRow<T> adam_row(const S* scalars, std::int32_t step, AdamParams settings) {
  const double lr = static_cast<double>(scalars[kLearningRate]);
  const double b1 = static_cast<double>(scalars[kMomentum]);
  const double b2 = static_cast<double>(scalars[kBeta2]);
  const double wd = static_cast<double>(scalars[kWeightDecay]);
  const double correction1 = 1 - ::pow(b1, static_cast<double>(step));
  const double root2 = sqrt_of(1 - ::pow(b2, static_cast<double>(step)));
  const bool keras = settings.form == OptimizerForm::keras;
  AdamRow<T> row{};
  row.keep1 = static_cast<T>(1 - b1);
  row.keep2 = static_cast<T>(1 - b2);
  row.rate = static_cast<T>(keras ? lr * root2 / correction1 : lr / correction1);
  row.root_factor = static_cast<T>(keras ? 1.0 : 1 / root2);
  row.epsilon = static_cast<T>(scalars[kEpsilon]);
  row.shrink = static_cast<T>(settings.decoupled_decay ? lr * wd : 0.0);
  row.gradient_decay = static_cast<T>(settings.decoupled_decay ? 0.0 : wd);
  return row;
}

template <class T>
HONE_HD inline void adam_element(T& w, T& m, T& v, T g, const AdamRow<T>& row) {
  w -= row.shrink * w;
  g += row.gradient_decay * w;
  m += (g - m) * row.keep1;
  v += (g * g - v) * row.keep2;
  w -= row.rate * m / (sqrt_of(v) * row.root_factor + row.epsilon);
}

// scalars: [kScalarColumns]
template <class T, class S>
HONE_HD inline RmsPropRow<T> rmsprop_row(const S* scalars, RmsPropParams settings) {
  const T lr = static_cast<T>(scalars[kLearningRate]), wd = static_cast<T>(scalars[kWeightDecay]);
  const T keep = static_cast<T>(scalars[kBeta2]);
  const bool keras = settings.form == OptimizerForm::keras;
  return {.lr = lr,
          .momentum = static_cast<T>(scalars[kMomentum]),
          .epsilon = static_cast<T>(scalars[kEpsilon]),
          .keep = settings.adagrad ? T(1) : keep,
          .add = settings.adagrad ? T(1) : T(1) - keep,
          .shrink = keras ? lr * wd : T(0),
          .gradient_decay = keras ? T(0) : wd};
}

// `mean` counts when centered, `velocity` with momentum; else they may be any valid reference.
template <class T>
HONE_HD inline void rmsprop_element(T& w, T& square, T& mean, T& velocity, T g,
                                    const RmsPropRow<T>& row, RmsPropParams settings) {
  const bool keras = settings.form == OptimizerForm::keras;
  w -= row.shrink * w;
  g += row.gradient_decay * w;
  square = row.keep * square + row.add * (g * g);
  T spread = square;
  if (settings.centered) {
    mean = row.keep * mean + row.add * g;
    spread -= mean * mean;
  }
  T update =
      keras ? row.lr * g / sqrt_of(spread + row.epsilon) : g / (sqrt_of(spread) + row.epsilon);
  if (row.momentum != T(0)) {
    velocity = row.momentum * velocity + update;
    update = velocity;
  }
  w -= keras ? update : row.lr * update;
}

}  // namespace
}  // namespace hone::kernels
