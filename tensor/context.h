// The thread's execution context. Internal to tensor/.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tensor/tape.h"

namespace hone::detail {

// What a node knows of an input; not its memory.
struct NodeInput {
  std::shared_ptr<GradSlot> slot;  // null: requires no gradient
  Shape shape;
  DType dtype = DType::f32;
};

struct Node {
  const char* op;
  std::shared_ptr<GradSlot> output;
  std::vector<NodeInput> inputs;
  Backward backward;
  std::vector<Tensor> kept;  // the output and the inputs, detached; only while a KeepValues lives
};

struct Context {
  Backend* backend = nullptr;
  int models = 1;  // that a tensor made now holds
  std::vector<Node> tape;
  std::size_t sweep_at = 1024;  // tape nodes
  bool grad_enabled = true;
  bool keep_values = false;
  bool in_step = false;             // inside a StepGraph step: host reads and writes are refused
  std::shared_ptr<Pool> step_pool;  // while a step is recorded, its tensors come from here
};

Context& context();

// A copy of a gradient on its way back: what it is handed on to may be written.
Tensor copy_of(const Tensor& x);

// Runs backward() of the loss, or only what leads to `only`. `see` is told each node that has got
// its gradient, by its place on the tape and its output, before its backward runs, the last first.
using SeeNode = std::function<void(std::size_t node, const GradSlot& output, const Tensor& dy)>;
void walk_back(const Tensor& loss, const BackwardOptions& options, const WantedSlots* only,
               const SeeNode& see);

// Throws unless backward() can start from the loss; `op` begins the message.
void check_loss(const char* op, const Tensor& loss);

// The gradients of some leaves, set aside while others are computed in their place.
class SetAside {
 public:
  explicit SetAside(const std::vector<std::shared_ptr<GradSlot>>& slots);
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;
  ~SetAside();

 private:
  struct Kept {
    std::shared_ptr<GradSlot> slot;
    std::shared_ptr<Tensor> grad;
    bool ready;
  };
  std::vector<Kept> kept_;
};

// Throws when a host read or write happens inside a step.
void refuse_in_step(const char* what);

}  // namespace hone::detail
