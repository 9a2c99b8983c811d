// The cost of a trial and its attributes.
#include "tune/training/trial_cost.h"

namespace hone::tune::training {

TrialCost cost_of(const nn::train::Training& training, const nn::data::Dataset& train,
                  const nn::data::Dataset& validation) {
  const Shape input = train.shape();
  return {nn::cost(training.network, input),
          nn::train::training_memory(training, input, {train.count(), validation.count()})};
}

TrialCost note_cost(Trial& trial, const nn::train::Training& training,
                    const nn::data::Dataset& train, const nn::data::Dataset& validation) {
  TrialCost cost = cost_of(training, train, validation);
  trial.set_user_attr(kParameters, cost.network.parameters);
  trial.set_user_attr(kTrainingFlops, cost.network.training_flops);
  trial.set_user_attr(kTrainingBytes, cost.memory.total());
  return cost;
}

}  // namespace hone::tune::training
