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
};

struct Context {
  Backend* backend = nullptr;
  int models = 1;  // that a tensor made now holds
  std::vector<Node> tape;
  std::size_t sweep_at = 1024;  // tape nodes
  bool grad_enabled = true;
  bool in_step = false;             // inside a StepGraph step: host reads and writes are refused
  std::shared_ptr<Pool> step_pool;  // while a step is recorded, its tensors come from here
};

Context& context();

// Throws when a host read or write happens inside a step.
void refuse_in_step(const char* what);

}  // namespace hone::detail
