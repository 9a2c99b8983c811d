// StepGraph: record one whole step of training, then replay it without calling the closure.
#pragma once

#include <functional>
#include <memory>

#include "kernels/backend.h"

namespace hone {

// The first run() calls the closure (a warm-up: memory and libraries settle), the second calls and
// records it, later ones replay the recorded verbs. A replay has the same bits as a call, because
// everything that changes between steps lives on the device: learning rates, the step count, the
// dropout counter, the batch cursor. A host read or write inside the closure throws, in every run.
// The shapes of a step are fixed: a smaller last batch has a StepGraph of its own.
//
// The tensors that the closure uses from outside must outlive the StepGraph; those it creates live
// in a private pool of it. One thread.
class StepGraph {
 public:
  StepGraph(Backend& backend, std::function<void()> step);
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;
  ~StepGraph();

  // That many steps, one after the other.
  void run(int times = 1);
  // More steps than this in one run() win nothing; 1 before the step is recorded.
  int at_once() const { return recording_ ? recording_->at_once() : 1; }
  // A replay that tells the time of every verb; see Recording::replay_timed. The step must be
  // recorded already.
  std::vector<VerbTime> run_timed(const std::function<double()>& now);
  // Forgets the recording; the next runs warm up and record again.
  void reset();
  bool recorded() const { return recording_ != nullptr; }
  // Verb calls of the recorded step, 0 before.
  std::size_t verbs() const { return recording_ ? recording_->size() : 0; }
  // Recording::operations of the recorded step, 0 before.
  std::size_t operations() const { return recording_ ? recording_->operations() : 0; }

 private:
  void call();
  void record();

  Backend& backend_;
  std::function<void()> step_;
  bool warm_ = false;
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Recording> recording_;
};

}  // namespace hone
