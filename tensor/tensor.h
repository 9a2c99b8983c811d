// Tensor: a cheap handle to contiguous memory on a device, with an optional gradient.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "kernels/backend.h"

namespace hone {

class Tensor;

struct BackwardOptions {
  // Keeps the tape, so that backward() or grad() can run on it again; else it is forgotten.
  bool retain = false;
};

// Where the gradient of one tensor gathers during backward().
struct GradSlot {
  std::shared_ptr<Tensor> grad;
  bool ready = false;     // grad holds this step's value; otherwise the next write overwrites it
  bool recorded = false;  // the output of an op, not a leaf
};

// Copying a Tensor copies the handle, not the data. Row-major and contiguous; reshape and slices
// along the first axis share memory. Tensors belong to a Device and may be shared by threads that
// only read them.
//
// Operators (+, -, *, /) and all functions of ops.h run on the backend that a BackendScope binds.
//
// A tensor made in a scope that binds several models (see BackendScope) holds the same thing for
// each of them: shape() and count() are those of one model, ops and gradients know no difference.
// A tensor of one model among them is shared by all.
class Tensor {
 public:
  Tensor() = default;  // undefined: only defined() and assignment may be used

  // Uninitialised memory on the bound backend's device, or on `device`.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32);
  static Tensor empty(Device& device, const Shape& shape, DType dtype = DType::f32);
  // Every element `value`. Runs a verb, so it needs a bound backend.
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  static Tensor zeros(const Shape& shape, DType dtype = DType::f32) {
    return full(shape, 0, dtype);
  }
  // A copy of host data, see assign(). T: float, double, uint8_t, int32_t.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape);
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return from(std::span<const T>(values), shape);
  }
  template <class T>
  static Tensor from(Device& device, std::span<const T> values, const Shape& shape);
  // The same of numbers that stand in the program, f32: from({1, 2, 3, 4}, {2, 2}), and from({1,
  // 2}) of one axis.
  static Tensor from(std::initializer_list<float> values, const Shape& shape) {
    return from(std::span<const float>(values.begin(), values.size()), shape);
  }
  static Tensor from(std::initializer_list<float> values) {
    return from(values, {static_cast<std::int64_t>(values.size())});
  }
  // first, first + step, ... up to, and without, `last`. Throws Error(usage) for a step of 0, a
  // number that is not finite, or one that `dtype` cannot hold.
  static Tensor arange(double first, double last, double step = 1, DType dtype = DType::f32);
  // `count` numbers from first to last, both included, at equal distances. f32 or f64.
  static Tensor linspace(double first, double last, std::int64_t count, DType dtype = DType::f32);
  // Uniform in [0, 1), and normal with mean 0 and deviation 1: functions of the seed and the place
  // of an element alone, on every device. See ops::random for numbers that change with the step.
  static Tensor rand(const Shape& shape, std::uint64_t seed, DType dtype = DType::f32);
  static Tensor randn(const Shape& shape, std::uint64_t seed, DType dtype = DType::f32);
  static Tensor scalar(float value) {
    return from<float>(std::span<const float>(&value, 1), Shape{});
  }

  bool defined() const { return state_ != nullptr; }
  const Shape& shape() const;
  DType dtype() const;
  Device& device() const;
  std::int64_t count() const { return shape().count(); }
  int models() const;
  // Model `m` alone; the same memory, no gradient.
  Tensor model(int m) const;
  View view() const;  // the memory; the handle being const does not protect it
  ConstView cview() const { return view(); }

  // --- reading and writing from the host: refused inside a StepGraph step ---

  // All elements, model by model, converted to T from the tensor's type. Waits for the device.
  template <class T = float>
  std::vector<T> to_vector() const;
  // The elements in NumPy's layout: at most 1000, of more the first and last three of each axis.
  std::string str() const;
  // The one element of a tensor of one model with count() == 1.
  double item() const;
  // Overwrites the memory; T must be the tensor's type and values.size() count() for each model, or
  // count() once, which every model gets.
  template <class T>
  void assign(std::span<const T> values) const;
  template <class T>
  void assign(const std::vector<T>& values) const {
    assign(std::span<const T>(values));
  }

  // The same without a type: bytes of all elements, model by model.
  void download(void* host) const;
  void upload(const void* host) const;

  // Row i of the first axis; negative i counts from the end. Shares memory, and is an op: it
  // records its gradient.
  Tensor operator[](std::int64_t i) const;

  // --- gradients ---

  bool requires_grad() const;
  // Makes this a leaf that gathers a gradient. f32 or f64 only. Returns *this.
  Tensor& set_requires_grad(bool value = true);
  // The gradient of the last backward(), undefined when there is none.
  Tensor grad() const;
  // Fixes where the gradient is stored: a view of the same shape and type (flat parameters use
  // this).
  void set_grad_storage(const Tensor& storage) const;
  // The next backward() overwrites the gradient instead of adding to it.
  void zero_grad() const;
  // Gradients of this scalar with respect to every leaf, added to their grad(). Clears the tape.
  // See also grad() in tape.h.
  void backward(const BackwardOptions& options = {}) const;

  // --- views (no copy, no gradient recorded; ops::reshape and ops::slice record) ---

  // Same memory, other shape of the same count.
  Tensor viewed_as(const Shape& shape) const;
  // Elements offset .. offset + shape.count() - 1 of the flat memory, of each model.
  Tensor part(std::int64_t offset, const Shape& shape) const;
  // The same memory without a gradient.
  Tensor detach() const;

  const std::shared_ptr<GradSlot>& grad_slot() const;

 private:
  struct State;
  explicit Tensor(std::shared_ptr<State> state) : state_(std::move(state)) {}
  const State& state() const;  // throws on an undefined tensor
  std::shared_ptr<State> state_;
};

struct AllcloseOptions {
  double relative = 1e-5, absolute = 1e-8;
  bool equal_nan = false;  // NaN is equal to NaN
};
// Whether |a - b| <= absolute + relative |b| for every element, as numpy.allclose asks; false for
// other shapes. Reads both on the host.
bool allclose(const Tensor& a, const Tensor& b, const AllcloseOptions& options = {});

// What str() says; "undefined" for an undefined tensor.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string text_of(const Tensor& tensor);

}  // namespace hone

// "{}" prints what str() says.
template <>
struct fmt::formatter<hone::Tensor> {
  template <class Context>
  constexpr auto parse(Context& context) {
    return context.begin();
  }
  template <class Context>
  auto format(const hone::Tensor& tensor, Context& context) const {
    auto out = context.out();
    for (const char c : hone::text_of(tensor)) *out++ = c;
    return out;
  }
};
