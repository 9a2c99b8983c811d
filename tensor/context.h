// The thread's execution context. Internal to tensor/.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tensor/tensor.h"

namespace hone::detail {

struct Node {
  const char* op;
  std::shared_ptr<GradSlot> output;
  std::function<void(const Tensor&)> backward;
};

struct Context {
  Backend* backend = nullptr;
  int models = 1;  // that a tensor made now holds
  std::vector<Node> tape;
  bool grad_enabled = true;
  bool in_step = false;             // inside a StepGraph step: host reads and writes are refused
  std::shared_ptr<Pool> step_pool;  // while a step is recorded, its tensors come from here
};

Context& context();

// Throws when a host read or write happens inside a step.
void refuse_in_step(const char* what);

}  // namespace hone::detail
