// The handle, its memory and its host copies.
#include "tensor/tensor.h"

#include <limits>

#include "base/error.h"
#include "tensor/context.h"
#include "tensor/tape.h"

namespace hone {

namespace {

std::int64_t round_up(std::int64_t count, std::size_t multiple) {
  const auto m = static_cast<std::int64_t>(multiple);
  return (count + m - 1) / m * m;
}

}  // namespace

struct Tensor::State {
  std::shared_ptr<Device> device;
  std::shared_ptr<Buffer> buffer;
  std::size_t offset = 0;  // bytes
  Shape shape;
  DType dtype = DType::f32;
  int models = 1;
  std::int64_t model_stride = 0;  // elements from one model to the next
  bool requires_grad = false;
  std::shared_ptr<GradSlot> slot = std::make_shared<GradSlot>();
};

const Tensor::State& Tensor::state() const {
  check(state_ != nullptr,
        "tensor: this tensor is undefined; create it with Tensor::empty, zeros or from");
  return *state_;
}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  return empty(current_backend().device(), shape, dtype);
}

Tensor Tensor::empty(Device& device, const Shape& shape, DType dtype) {
  const detail::Context& context = detail::context();
  const bool bound = context.backend != nullptr && &context.backend->device() == &device;
  const bool recorded = bound && context.step_pool;
  auto state = std::make_shared<State>();
  state->device = device.shared_from_this();
  state->shape = shape;
  state->dtype = dtype;
  if (bound && context.models > 1) {
    state->models = context.models;
    state->model_stride = round_up(shape.count(), 64 / size_of(dtype));  // at 64 bytes
  }
  const std::int64_t count = shape.count() + (state->models - 1) * state->model_stride;
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(dtype);
  state->buffer = (recorded ? context.step_pool : device.pool())
                      ->allocate(bytes, bound ? context.backend->context() : 0);
  return Tensor(std::move(state));
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  const auto fits = [&]<class T>(T) {
    return value >= std::numeric_limits<T>::lowest() && value <= std::numeric_limits<T>::max();
  };
  check(dtype == DType::f32 || dtype == DType::f64 ||
            (dtype == DType::u8 ? fits(std::uint8_t{}) : fits(std::int32_t{})),
        "tensor: full of {}, which {} cannot hold", value, name_of(dtype));
  Tensor tensor = empty(shape, dtype);
  current_backend().run(verb::Fill{.y = tensor.view(), .value = value});
  return tensor;
}

template <class T>
Tensor Tensor::from(std::span<const T> values, const Shape& shape) {
  return from(current_backend().device(), values, shape);
}

template <class T>
Tensor Tensor::from(Device& device, std::span<const T> values, const Shape& shape) {
  Tensor tensor = empty(device, shape, dtype_of<T>);
  const auto size = static_cast<std::int64_t>(values.size());
  check(size == shape.count() || size == shape.count() * tensor.models(),
        "tensor: {} values do not fill shape {} ({} elements)", size, shape.str(), shape.count());
  tensor.assign(values);
  return tensor;
}

const Shape& Tensor::shape() const { return state().shape; }
DType Tensor::dtype() const { return state().dtype; }
Device& Tensor::device() const { return *state().device; }

View Tensor::view() const {
  const State& s = state();
  return {static_cast<char*>(s.buffer->data()) + s.offset, s.shape, s.dtype, s.models,
          s.model_stride};
}

int Tensor::models() const { return state().models; }

Tensor Tensor::model(int m) const {
  check(m >= 0 && m < models(), "model: the tensor holds {} models, number {} is asked for",
        models(), m);
  Tensor one = part(0, shape());
  State& s = *one.state_;
  s.offset += static_cast<std::size_t>(m * s.model_stride) * size_of(s.dtype);
  s.models = 1;
  return one;
}

namespace {

template <class To, class From>
std::vector<To> converted(const std::vector<From>& from) {
  return std::vector<To>(from.begin(), from.end());
}

template <class From>
std::vector<From> read_back(const Tensor& tensor) {
  std::vector<From> values(static_cast<std::size_t>(tensor.count() * tensor.models()));
  tensor.download(values.data());
  return values;
}

}  // namespace

template <class T>
std::vector<T> Tensor::to_vector() const {
  switch (dtype()) {
    case DType::u8:
      return converted<T>(read_back<std::uint8_t>(*this));
    case DType::i32:
      return converted<T>(read_back<std::int32_t>(*this));
    case DType::f32:
      return converted<T>(read_back<float>(*this));
    case DType::f64:
      return converted<T>(read_back<double>(*this));
  }
  return {};
}

double Tensor::item() const {
  check(
      count() == 1 && models() == 1,
      "item: the tensor has shape {} for {} models, only one element can be read; use to_vector()",
      shape().str(), models());
  return to_vector<double>()[0];
}

template <class T>
void Tensor::assign(std::span<const T> values) const {
  check(dtype() == dtype_of<T>, "assign: the tensor holds {}, the values are {}", name_of(dtype()),
        name_of(dtype_of<T>));
  const auto size = static_cast<std::int64_t>(values.size());
  if (models() > 1 && size == count()) {
    for (int m = 0; m < models(); ++m) model(m).upload(values.data());
    return;
  }
  check(size == count() * models(), "assign: {} values for {} elements of shape {}{}", size,
        count(), shape().str(),
        models() > 1 ? fmt::format(" for each of {} models", models()) : "");
  upload(values.data());
}

namespace {

// The bound backend, when the tensor's memory is in its order: then a copy waits for nothing else.
Backend* in_order_with(const Tensor& tensor, MemoryContext memory) {
  Backend* backend = detail::context().backend;
  const bool same =
      backend != nullptr && &backend->device() == &tensor.device() && backend->context() == memory;
  return same ? backend : nullptr;
}

}  // namespace

void Tensor::download(void* host) const {
  detail::refuse_in_step("reading a tensor on the host");
  Backend* backend = in_order_with(*this, state().buffer->context());
  if (backend != nullptr) return backend->download(host, cview());
  device().download(host, cview());
}

void Tensor::upload(const void* host) const {
  detail::refuse_in_step("writing a tensor from the host");
  Backend* backend = in_order_with(*this, state().buffer->context());
  if (backend != nullptr) return backend->upload(view(), host);
  device().upload(view(), host);
}

bool Tensor::requires_grad() const { return state().requires_grad; }

Tensor& Tensor::set_requires_grad(bool value) {
  check(!value || dtype() == DType::f32 || dtype() == DType::f64,
        "set_requires_grad: the tensor holds {}, only f32 and f64 have gradients",
        name_of(dtype()));
  state_->requires_grad = value;
  return *this;
}

Tensor Tensor::grad() const {
  const GradSlot& slot = *state().slot;
  return slot.ready ? *slot.grad : Tensor();
}

void Tensor::set_grad_storage(const Tensor& storage) const {
  check(storage.shape() == shape() && storage.dtype() == dtype() && storage.models() == models(),
        "set_grad_storage: shape {} {} given, {} {} needed", storage.shape().str(),
        name_of(storage.dtype()), shape().str(), name_of(dtype()));
  check(&storage.device() == &device(),
        "set_grad_storage: the storage lives on device {}, the tensor on another, {}",
        storage.device().name(), device().name());
  state().slot->grad = std::make_shared<Tensor>(storage);
  state().slot->ready = false;
}

void Tensor::zero_grad() const { state().slot->ready = false; }

Tensor Tensor::viewed_as(const Shape& shape) const {
  check(shape.count() == count(),
        "reshape: {} elements of shape {} do not fit shape {} ({} elements)", count(),
        this->shape().str(), shape.str(), shape.count());
  return part(0, shape);
}

Tensor Tensor::part(std::int64_t offset, const Shape& shape) const {
  check(offset >= 0 && offset <= count() && shape.count() <= count() - offset,
        "part: {} elements from element {} of a tensor with {}", shape.count(), offset, count());
  auto other = std::make_shared<State>();
  other->device = state().device;
  other->buffer = state().buffer;
  other->offset = state().offset + static_cast<std::size_t>(offset) * size_of(dtype());
  other->shape = shape;
  other->dtype = dtype();
  other->models = state().models;
  other->model_stride = state().model_stride;
  return Tensor(std::move(other));
}

Tensor Tensor::detach() const { return part(0, shape()); }

const std::shared_ptr<GradSlot>& Tensor::grad_slot() const { return state().slot; }

#define HONE_INSTANTIATE(T)                                                   \
  template Tensor Tensor::from<T>(std::span<const T>, const Shape&);          \
  template Tensor Tensor::from<T>(Device&, std::span<const T>, const Shape&); \
  template std::vector<T> Tensor::to_vector<T>() const;                       \
  template void Tensor::assign<T>(std::span<const T>) const;
HONE_INSTANTIATE(float)
HONE_INSTANTIATE(double)
HONE_INSTANTIATE(std::uint8_t)
HONE_INSTANTIATE(std::int32_t)
#undef HONE_INSTANTIATE

}  // namespace hone
