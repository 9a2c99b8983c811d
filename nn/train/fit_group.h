// The loop over epochs and batches, for one fit or several in step. Internal to nn/train.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "nn/train/fit_loop.h"
#include "nn/train/fit_together.h"

namespace hone::nn::train {

class FitGroup {
 public:
  using Ended = std::function<void(std::size_t fit, FitEnd end)>;
  // A fit that is null has ended. All trainings fit together.
  FitGroup(std::vector<std::unique_ptr<FitLoop>> fits, const data::Dataset& train, Ended ended);
  ~FitGroup();
  void run();

 private:
  struct Together;
  using Set = std::vector<std::size_t>;  // fits by their place

  // What a fit throws in `call` is its end.
  void guarded(std::size_t fit, const std::function<void()>& call);
  // What is thrown here is the end of all of the set that have not left.
  void guarded(const Set& set, const std::function<void()>& call);
  void end(std::size_t fit, FitEnd end);
  bool wants_end(std::size_t fit) const;  // of its epoch: it goes on
  // Those that go on with the next epoch: of all that want one, the farthest in theirs.
  Set next_set();
  void run_epoch(const Set& set);
  void take_steps(const Set& set, TrainingPass& steps);
  void validate(const Set& set, EvaluationPass* validation);

  std::vector<std::unique_ptr<FitLoop>> fits_;
  const data::Dataset& train_;
  Ended ended_;
  Set set_;                             // that of together_
  std::unique_ptr<Together> together_;  // null: one fit, which has all it needs
};

}  // namespace hone::nn::train
