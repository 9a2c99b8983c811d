// The tape and backward().
#include "tensor/tape.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tensor/context.h"

namespace hone {
namespace detail {

Context& context() {
  thread_local Context instance;
  return instance;
}

void refuse_in_step(const char* what) {
  check(!context().in_step,
        "step graph: {} inside a recorded step; a replay would not see it. Do it between steps "
        "(losses are "
        "summed on the device by accumulate_metrics)",
        what);
}

}  // namespace detail

BackendScope::BackendScope(Backend& backend) : previous_(detail::context().backend) {
  detail::context().backend = &backend;
}

BackendScope::~BackendScope() { detail::context().backend = previous_; }

Backend& current_backend() {
  Backend* backend = detail::context().backend;
  check(backend != nullptr,
        "no backend is bound to this thread: auto device = open_device(\"cpu\"); auto backend = "
        "device->new_backend(); BackendScope scope(*backend);");
  return *backend;
}

NoGrad::NoGrad() : previous_(detail::context().grad_enabled) {
  detail::context().grad_enabled = false;
}
NoGrad::~NoGrad() { detail::context().grad_enabled = previous_; }

std::size_t tape_size() { return detail::context().tape.size(); }
void clear_tape() { detail::context().tape.clear(); }

void record(const char* op, Tensor& output, std::initializer_list<Tensor> inputs,
            std::function<void(const Tensor&)> backward) {
  detail::Context& context = detail::context();
  if (!context.grad_enabled) return;
  bool needed = false;
  for (const Tensor& input : inputs) needed = needed || wants_grad(input);
  if (!needed) return;
  constexpr std::size_t kLimit = 1 << 20;
  check(
      context.tape.size() < kLimit,
      "{}: the tape holds {} ops without a backward(); evaluate under NoGrad, or call clear_tape()",
      op, kLimit);
  output.set_requires_grad();
  output.grad_slot()->recorded = true;
  context.tape.push_back({op, output.grad_slot(), std::move(backward)});
}

GradTarget grad_target(const Tensor& input) {
  GradSlot& slot = *input.grad_slot();
  if (!slot.grad)
    slot.grad =
        std::make_shared<Tensor>(Tensor::empty(input.device(), input.shape(), input.dtype()));
  const Write write = slot.ready ? Write::add : Write::set;
  slot.ready = true;
  return {slot.grad->view(), write};
}

void give_grad(const Tensor& input, const Tensor& grad) {
  GradSlot& slot = *input.grad_slot();
  if (slot.grad) {
    const GradTarget target = grad_target(input);
    current_backend().run(verb::Copy{.y = target.view, .x = grad.view(), .write = target.write});
    return;
  }
  slot.grad = std::make_shared<Tensor>(grad);
  slot.ready = true;
}

void Tensor::backward() const {
  check(count() == 1,
        "backward: the loss has shape {}, it must be one element; take its mean or sum first",
        shape().str());
  check(requires_grad(),
        "backward: the loss does not depend on any tensor with set_requires_grad(), or was "
        "computed under NoGrad");
  Backend& backend = current_backend();
  const std::vector<detail::Node>& recorded = detail::context().tape;
  check(!grad_slot()->recorded ||
            std::any_of(recorded.begin(), recorded.end(),
                        [&](const detail::Node& node) { return node.output == grad_slot(); }),
        "backward: what computed this loss is not on this thread's tape any more: backward() or "
        "clear_tape() has run since; compute the loss again");
  std::vector<detail::Node> tape = std::exchange(detail::context().tape, {});
  const NoGrad no_grad;
  const GradTarget seed = grad_target(*this);
  if (seed.write == Write::set) {
    backend.run(verb::Fill{.y = seed.view, .value = 1});
  } else {  // a leaf that has a gradient already
    backend.run(
        verb::Copy{.y = seed.view, .x = full(shape(), 1, dtype()).view(), .write = Write::add});
  }
  while (!tape.empty()) {
    const detail::Node node = std::move(tape.back());
    tape.pop_back();
    if (!node.output->ready) continue;  // a branch that the loss does not depend on
    const std::shared_ptr<Tensor> dy = std::move(node.output->grad);
    node.output->ready = false;
    node.backward(*dy);
  }
}

}  // namespace hone
