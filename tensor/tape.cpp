// The tape, backward() and grad().
#include "tensor/tape.h"

#include <algorithm>
#include <unordered_map>
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
        "(losses are summed on the device by accumulate_metrics)",
        what);
}

}  // namespace detail

using detail::Node;
using detail::NodeInput;
using detail::WantedSlots;

BackendScope::BackendScope(Backend& backend, int models)
    : previous_(detail::context().backend), previous_models_(detail::context().models) {
  check(models >= 1, "backend scope: {} models, it must be 1 or more", models);
  detail::context().backend = &backend;
  detail::context().models = models;
}

BackendScope::~BackendScope() {
  detail::context().backend = previous_;
  detail::context().models = previous_models_;
}

Backend& current_backend() {
  Backend* backend = detail::context().backend;
  check(backend != nullptr,
        "no backend is bound to this thread: auto device = open_device(\"cpu\"); auto backend = "
        "device->new_backend(); BackendScope scope(*backend);");
  return *backend;
}

int bound_models() { return detail::context().models; }

NoGrad::NoGrad() : previous_(detail::context().grad_enabled) {
  detail::context().grad_enabled = false;
}
NoGrad::~NoGrad() { detail::context().grad_enabled = previous_; }

std::size_t tape_size() { return detail::context().tape.size(); }
void clear_tape() { detail::context().tape.clear(); }

namespace {

constexpr std::size_t kFirstSweep = 1024;

// A node whose output is held by nobody, and read by no later node, can get no gradient any more.
bool is_dead(const Node& node) { return node.output.use_count() == 1; }

// A dropped result takes its whole forward pass along, since each node then is the last one; dead
// nodes before living ones go when the tape has doubled.
void drop_dead_nodes(detail::Context& context) {
  std::vector<Node>& tape = context.tape;
  while (!tape.empty() && is_dead(tape.back())) tape.pop_back();
  if (tape.size() < context.sweep_at) return;
  for (auto node = tape.rbegin(); node != tape.rend(); ++node)  // readers before what they read
    if (is_dead(*node)) *node = {};
  std::erase_if(tape, [](const Node& node) { return node.output == nullptr; });
  context.sweep_at = std::max(kFirstSweep, 2 * tape.size());
}

GradTarget target_of(GradSlot& slot, const Shape& shape, DType dtype) {
  if (!slot.grad) slot.grad = std::make_shared<Tensor>(Tensor::empty(shape, dtype));
  const Write write = slot.ready ? Write::add : Write::set;
  slot.ready = true;
  return {slot.grad->view(), write};
}

// The tape of this thread while backward() walks it. At the end, exceptions included, no output
// keeps half a gradient, and a tape that is retained is back in its place.
class Walk {
 public:
  explicit Walk(bool retain) : tape_(std::exchange(detail::context().tape, {})), retain_(retain) {}
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;
  ~Walk() {
    for (const Node& node : tape_) node.output->ready = false;
    if (retain_) detail::context().tape = std::move(tape_);
  }

  // Runs the backwards of all nodes that have got a gradient, last first.
  void run(const WantedSlots* only, const detail::SeeNode& see) {
    for (std::size_t i = tape_.size(); i-- > 0;) {
      Node& node = tape_[i];
      if (node.output->ready) {  // else a branch that the loss does not depend on
        const std::shared_ptr<Tensor> dy = std::move(node.output->grad);
        node.output->ready = false;
        if (see) see(i, *node.output, *dy);
        InputGrads grads(node, only);
        bool any = false;
        for (std::size_t k = 0; k < node.inputs.size(); ++k) any = any || grads.wanted(k);
        if (any) node.backward(*dy, grads);
      }
      if (!retain_) tape_.pop_back();  // and what its backward has captured
    }
  }

 private:
  std::vector<Node> tape_;
  bool retain_;
};

}  // namespace

detail::SetAside::SetAside(const std::vector<std::shared_ptr<GradSlot>>& slots) {
  kept_.reserve(slots.size());
  for (const std::shared_ptr<GradSlot>& slot : slots)
    kept_.push_back({slot, std::exchange(slot->grad, nullptr), std::exchange(slot->ready, false)});
}

detail::SetAside::~SetAside() {
  // The last first: what was given twice was set aside empty the second time.
  for (auto each = kept_.rbegin(); each != kept_.rend(); ++each) {
    each->slot->grad = std::move(each->grad);
    each->slot->ready = each->ready;
  }
}

Tensor detail::copy_of(const Tensor& x) {
  const Tensor copy = Tensor::empty(x.shape(), x.dtype());
  current_backend().run(verb::Copy{.y = copy.view(), .x = x.cview()});
  return copy;
}

void detail::check_loss(const char* op, const Tensor& loss) {
  check(loss.count() == 1,
        "{}: the loss has shape {}, it must be one element; take its mean or sum first", op,
        loss.shape().str());
  check(
      loss.requires_grad(),
      "{}: the loss does not depend on any tensor with set_requires_grad(), or was computed under "
      "NoGrad",
      op);
  const Backend& backend = current_backend();
  check(&loss.device() == &backend.device(),
        "{}: the loss lives on device {}, the bound backend computes on {}", op,
        loss.device().name(), backend.device().name());
  const std::vector<Node>& tape = detail::context().tape;
  check(!loss.grad_slot()->recorded ||
            std::any_of(tape.begin(), tape.end(),
                        [&](const Node& node) { return node.output == loss.grad_slot(); }),
        "{}: what computed this loss is not on this thread's tape any more: backward() or "
        "clear_tape() has run since; compute the loss again, or retain the tape",
        op);
}

void detail::walk_back(const Tensor& loss, const BackwardOptions& options, const WantedSlots* only,
                       const SeeNode& see) {
  Backend& backend = current_backend();
  Walk walk(options.retain);
  const NoGrad no_grad;
  const GradTarget seed = target_of(*loss.grad_slot(), loss.shape(), loss.dtype());
  if (seed.write == Write::set) {
    backend.run(verb::Fill{.y = seed.view, .value = 1});
  } else {  // a leaf that has a gradient already
    const Tensor one = Tensor::full(loss.shape(), 1, loss.dtype());
    backend.run(verb::Copy{.y = seed.view, .x = one.view(), .write = Write::add});
  }
  walk.run(only, see);
}

const Shape& InputGrads::shape(std::size_t i) const { return node_.inputs.at(i).shape; }
DType InputGrads::dtype(std::size_t i) const { return node_.inputs.at(i).dtype; }

bool InputGrads::wanted(std::size_t i) const {
  const NodeInput& input = node_.inputs.at(i);
  return input.slot != nullptr && (only_ == nullptr || only_->contains(input.slot.get()));
}

GradTarget InputGrads::target(std::size_t i) {
  check(wanted(i), "{}: the gradient of input {} is not wanted; ask wanted() first", node_.op, i);
  const NodeInput& input = node_.inputs[i];
  return target_of(*input.slot, input.shape, input.dtype);
}

void InputGrads::give(std::size_t i, const Tensor& gradient) {
  if (!wanted(i)) return;
  const NodeInput& input = node_.inputs[i];
  check(gradient.shape() == input.shape && gradient.dtype() == input.dtype,
        "{}: the gradient given to input {} is {} {}, the input {} {}", node_.op, i,
        name_of(gradient.dtype()), gradient.shape().str(), name_of(input.dtype), input.shape.str());
  if (input.slot->grad) {
    const GradTarget to = target(i);
    current_backend().run(verb::Copy{.y = to.view, .x = gradient.view(), .write = to.write});
    return;
  }
  input.slot->grad = std::make_shared<Tensor>(gradient);
  input.slot->ready = true;
}

void record(const char* op, Tensor& output, const std::vector<Tensor>& inputs, Backward backward) {
  detail::Context& context = detail::context();
  const auto wants = [](const Tensor& input) { return input.defined() && input.requires_grad(); };
  if (!context.grad_enabled || std::none_of(inputs.begin(), inputs.end(), wants)) return;
  drop_dead_nodes(context);
  constexpr std::size_t kLimit = 1 << 20;
  check(
      context.tape.size() < kLimit,
      "{}: the tape holds {} ops without a backward(), and their results are all in use; evaluate "
      "under NoGrad, or call clear_tape()",
      op, kLimit);
  output.set_requires_grad();
  output.grad_slot()->recorded = true;
  Node node{op, output.grad_slot(), {}, std::move(backward), {}};
  node.inputs.reserve(inputs.size());
  for (const Tensor& input : inputs)
    node.inputs.push_back(input.defined() ? NodeInput{wants(input) ? input.grad_slot() : nullptr,
                                                      input.shape(), input.dtype()}
                                          : NodeInput{});
  if (context.keep_values) {
    node.kept.push_back(output.detach());
    for (const Tensor& input : inputs)
      node.kept.push_back(input.defined() ? input.detach() : Tensor());
  }
  context.tape.push_back(std::move(node));
}

void Tensor::backward(const BackwardOptions& options) const {
  detail::check_loss("backward", *this);
  detail::walk_back(*this, options, nullptr, nullptr);
}

std::vector<Tensor> grad(const Tensor& loss, const std::vector<Tensor>& inputs,
                         const BackwardOptions& options) {
  detail::check_loss("grad", loss);
  WantedSlots wanted;
  std::vector<std::shared_ptr<GradSlot>> slots;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(
        inputs[i].defined() && inputs[i].requires_grad(),
        "grad: input {} is undefined or requires no gradient; call set_requires_grad() before the "
        "loss is computed",
        i);
    wanted.insert(inputs[i].grad_slot().get());
    slots.push_back(inputs[i].grad_slot());
  }
  const WantedSlots asked = wanted;
  for (const Node& node : detail::context().tape)
    for (const NodeInput& input : node.inputs)
      if (wanted.contains(input.slot.get())) wanted.insert(node.output.get());

  const detail::SetAside set_aside(slots);
  std::unordered_map<const GradSlot*, Tensor> found;
  if (wanted.contains(loss.grad_slot().get())) {
    detail::walk_back(loss, options, &wanted,
                      [&](std::size_t, const GradSlot& output, const Tensor& dy) {
                        if (asked.contains(&output)) found[&output] = detail::copy_of(dy);
                      });
  } else if (!options.retain) {
    clear_tape();
  }
  std::vector<Tensor> gradients;
  for (const Tensor& input : inputs) {
    const GradSlot& slot = *input.grad_slot();
    if (const auto at = found.find(&slot); at != found.end()) {
      gradients.push_back(at->second);
    } else {
      gradients.push_back(slot.ready ? *slot.grad : Tensor::zeros(input.shape(), input.dtype()));
    }
  }
  return gradients;
}

}  // namespace hone
