// Trainings of one form that take their steps together, as members of one model.
//
// Each member has its own weights, order of samples, rates, dropout, sums, callbacks and
// checkpoint, and gets what Trainer::fit would give it, to the bit; so a checkpoint of one is a
// checkpoint of the other. A step of all is one recorded step, whose verbs a backend may run for
// all at once (Backend::takes_models). One that runs them member by member, as the cpu backend
// does, gains nothing by it.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "nn/train/trainer.h"

namespace hone::nn::train {

// Why these trainings cannot take their steps together; empty: they can. They may differ in dropout
// rates, in rates, momentum, betas and decay of one kind of optimizer, schedule, plateau, epochs,
// seed and monitor. What goes with a training goes with all that go with it.
std::string why_not_together(const Training& a, const Training& b);

struct FitMember {
  Trainer& trainer;
  FitOptions options = {};
};

// How the fit of a member has ended: as Trainer::fit, which returns the one or throws the other.
struct FitEnd {
  FitResult result = {};
  std::exception_ptr error = nullptr;
};

// Trainer::fit of all members at once. `ended` is called for each when it has ended, which may be
// long before the others: it then leaves, and they go on. When `ended` throws, all end with that.
//
// Members that are at the same batch of an epoch, of whatever number, train together; one that goes
// on from a checkpoint in the middle of an epoch first trains to its end. Besides their own models
// and optimizers there are one model and one optimizer for all, and activations for all; when
// these find no memory, or the device fails, all end with that.
//
// Throws Error(usage) when several members are given and two cannot train together
// (why_not_together), differ in device, math or forced convolution of their backends, in validation
// data or batch, have a module of one's own, data that stay on disk, or a callback that wants
// batches; when two are one trainer, have one model or a file of their checkpoints in common; and
// for an empty `ended`.
void fit_together(const std::vector<FitMember>& members, const data::Dataset& train,
                  const std::function<void(std::size_t member, FitEnd end)>& ended);

}  // namespace hone::nn::train
