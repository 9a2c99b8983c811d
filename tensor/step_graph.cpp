// Warm-up, recording and replay of a step.
#include "tensor/step_graph.h"

#include "base/error.h"
#include "tensor/context.h"
#include "tensor/tape.h"

namespace hone {

StepGraph::StepGraph(Backend& backend, std::function<void()> step)
    : backend_(backend), step_(std::move(step)) {}

StepGraph::~StepGraph() = default;

// One run of the closure. Its tensors come from the private pool, in the warm-up too: so the
// recording finds all the memory it needs there.
void StepGraph::call() {
  detail::Context& context = detail::context();
  const BackendScope scope(backend_);
  if (!pool_) pool_ = backend_.device().new_pool();
  context.step_pool = pool_;
  context.in_step = true;
  const auto leave = [&] {
    context.in_step = false;
    context.step_pool = nullptr;
  };
  try {
    step_();
  } catch (...) {
    leave();
    clear_tape();
    throw;
  }
  leave();
}

void StepGraph::run(int times) {
  check(!detail::context().in_step, "step graph: run() inside a step; steps do not nest");
  for (; times > 0 && !recording_; --times) {
    if (warm_) {
      record();
    } else {
      call();
      warm_ = true;
    }
  }
  if (times > 0) recording_->replay(times);
}

void StepGraph::record() {
  backend_.begin_recording();
  try {
    call();
  } catch (...) {
    try {
      backend_.end_recording();
    } catch (...) {
      // The first error is the cause; this one would only hide it.
    }
    throw;
  }
  recording_ = backend_.end_recording();
}

std::vector<VerbTime> StepGraph::run_timed(const std::function<double()>& now) {
  check(recorded(), "step graph: run_timed() before the step is recorded; call run() twice first");
  return recording_->replay_timed(now);
}

void StepGraph::reset() {
  recording_ = nullptr;
  pool_ = nullptr;
  warm_ = false;
}

}  // namespace hone
