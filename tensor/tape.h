// Automatic differentiation: the tape, and the thread's execution context.
//
// The tape is a thread-local vector of nodes in execution order, which is a topological order:
// backward() is a reversed loop. It is the only hidden state of hone. Ops record on it unless a
// NoGrad is alive; that is not the same as evaluation mode, which layers know (train(bool)). A node
// keeps what its backward has captured and nothing else of its inputs, and goes when nobody holds
// its output any more: a forward pass whose result is dropped leaves nothing behind.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_set>
#include <vector>

#include "tensor/tensor.h"

namespace hone {

// Binds a backend to this thread: every op in the scope runs on it. Scopes nest; the innermost
// counts. With `models` > 1, every tensor made in the scope holds that many models, which are
// trained together: each computes what it would compute alone, to the bit.
class BackendScope {
 public:
  explicit BackendScope(Backend& backend, int models = 1);
  BackendScope(const BackendScope&) = delete;
  BackendScope& operator=(const BackendScope&) = delete;
  ~BackendScope();

 private:
  Backend* previous_;
  int previous_models_;
};

// The bound backend; throws Error(usage) that says how to bind one when there is none.
Backend& current_backend();
// The models that it is bound for.
int bound_models();

// Nothing is recorded on this thread while one is alive.
class NoGrad {
 public:
  NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  ~NoGrad();

 private:
  bool previous_;
};

// The gradients of `loss`, one element, with respect to `inputs`, in their order; zeros where it
// does not depend on one. The inputs may be leaves or outputs of ops, and must require a gradient.
// What they and all other tensors hold as grad() stays as it is, and only what leads to them is
// computed.
std::vector<Tensor> grad(const Tensor& loss, const std::vector<Tensor>& inputs,
                         const BackwardOptions& options = {});

// Nodes on this thread's tape.
std::size_t tape_size();
// Forgets everything recorded, for example after an exception in the middle of a step.
void clear_tape();

// --- for authors of ops (docs/add-an-op.md) ---

namespace detail {
struct Node;
using WantedSlots = std::unordered_set<const GradSlot*>;
}  // namespace detail

// Where, and how, a backward writes a gradient: the first write of a step sets, later ones add.
struct GradTarget {
  View view;
  Write write = Write::set;
};

// The gradients of the inputs of one op, for its backward. Inputs go by their place in record().
class InputGrads {
 public:
  // Made by backward(). only: the gradients that are wanted; null: all that are required.
  InputGrads(const detail::Node& node, const detail::WantedSlots* only)
      : node_(node), only_(only) {}
  // The shape and type of input i.
  const Shape& shape(std::size_t i) const;
  DType dtype(std::size_t i) const;
  // Whether the gradient of input i has to be computed.
  bool wanted(std::size_t i) const;
  // Where to write the gradient of a wanted input. Ask once for each write: the next one adds.
  GradTarget target(std::size_t i);
  // Makes `gradient` (of the input's shape and type, not used by anybody else) the gradient of
  // input i, or adds it. Does nothing when it is not wanted.
  void give(std::size_t i, const Tensor& gradient);

 private:
  const detail::Node& node_;
  const detail::WantedSlots* only_;
};

using Backward = std::function<void(const Tensor& dy, InputGrads& grads)>;

// Puts one op on the tape: `backward` gets the gradient of `output` and adds to those of the
// inputs. Does nothing under NoGrad or when no input requires a gradient. `backward` may run
// several times. What it captures is kept until backward() has passed, so capture what it reads,
// and of an output the detach(): the output itself would keep its own node alive.
void record(const char* op, Tensor& output, const std::vector<Tensor>& inputs, Backward backward);

}  // namespace hone
