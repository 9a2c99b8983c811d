// Automatic differentiation: the tape, and the thread's execution context.
//
// The tape is a thread-local vector of nodes in execution order, which is a topological order:
// backward() is a reversed loop. It is the only hidden state of hone. Ops record on it unless a
// NoGrad is alive; that is not the same as evaluation mode, which layers know (train(bool)).
#pragma once

#include <functional>
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

// Nodes on this thread's tape.
std::size_t tape_size();
// Forgets everything recorded, for example after an exception in the middle of a step.
void clear_tape();

// --- for authors of ops (docs/add-an-op.md) ---

// Puts one op on the tape: `backward(dy)` gets the gradient of `output` and adds to its inputs'
// gradients through grad_target(). Does nothing under NoGrad or when no input needs a gradient.
// What `backward` captures is kept until it has run.
void record(const char* op, Tensor& output, std::initializer_list<Tensor> inputs,
            std::function<void(const Tensor& dy)> backward);

// Whether a backward has to compute the gradient of `input`.
inline bool wants_grad(const Tensor& input) { return input.defined() && input.requires_grad(); }

// Where, and how, a backward writes the gradient of `input`: the first write of a step sets, later
// ones add.
struct GradTarget {
  View view;
  Write write;
};
GradTarget grad_target(const Tensor& input);

// Makes `grad` (of input's shape and type, not used by anybody else) the gradient of `input`, or
// adds it.
void give_grad(const Tensor& input, const Tensor& grad);

}  // namespace hone
