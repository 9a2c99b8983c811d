// The handle, its memory and its host copies.
#include "tensor/tensor.h"

#include <limits>

#include "base/error.h"
#include "tensor/context.h"
#include "tensor/tape.h"

namespace hone {

struct Tensor::State {
  std::shared_ptr<Device> device;
  std::shared_ptr<Buffer> buffer;
  std::size_t offset = 0;  // bytes
  Shape shape;
  DType dtype = DType::f32;
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
  const bool recorded = context.step_pool && &context.backend->device() == &device;
  auto state = std::make_shared<State>();
  state->device = device.shared_from_this();
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(dtype);
  state->buffer = (recorded ? context.step_pool : device.pool())->allocate(bytes);
  state->shape = shape;
  state->dtype = dtype;
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
  check(static_cast<std::int64_t>(values.size()) == shape.count(),
        "tensor: {} values do not fill shape {} ({} elements)", values.size(), shape.str(),
        shape.count());
  Tensor tensor = empty(device, shape, dtype_of<T>);
  tensor.assign(values);
  return tensor;
}

const Shape& Tensor::shape() const { return state().shape; }
DType Tensor::dtype() const { return state().dtype; }
Device& Tensor::device() const { return *state().device; }

View Tensor::view() const {
  const State& s = state();
  return {static_cast<char*>(s.buffer->data()) + s.offset, s.shape, s.dtype};
}

namespace {

template <class To, class From>
std::vector<To> converted(const std::vector<From>& from) {
  return std::vector<To>(from.begin(), from.end());
}

template <class From>
std::vector<From> read_back(const Tensor& tensor) {
  std::vector<From> values(static_cast<std::size_t>(tensor.count()));
  const detail::Context& context = detail::context();
  if (context.backend != nullptr) context.backend->synchronize();
  tensor.device().download(values.data(), tensor.view().data, values.size() * sizeof(From));
  return values;
}

}  // namespace

template <class T>
std::vector<T> Tensor::to_vector() const {
  detail::refuse_in_step("reading a tensor on the host");
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
  check(count() == 1,
        "item: the tensor has shape {}, only one element can be read; use to_vector()",
        shape().str());
  return to_vector<double>()[0];
}

template <class T>
void Tensor::assign(std::span<const T> values) const {
  detail::refuse_in_step("writing a tensor from the host");
  check(dtype() == dtype_of<T>, "assign: the tensor holds {}, the values are {}", name_of(dtype()),
        name_of(dtype_of<T>));
  check(static_cast<std::int64_t>(values.size()) == count(),
        "assign: {} values for {} elements of shape {}", values.size(), count(), shape().str());
  device().upload(view().data, values.data(), values.size_bytes());
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
  check(storage.shape() == shape() && storage.dtype() == dtype(),
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
