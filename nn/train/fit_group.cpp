// Fits in step.
#include "nn/train/fit_group.h"

#include <algorithm>
#include <limits>

namespace hone::nn::train {
namespace {

std::vector<const Model*> models_of(const std::vector<FitLoop*>& fits) {
  std::vector<const Model*> models;
  for (const FitLoop* fit : fits) models.push_back(&fit->trainer().model());
  return models;
}

std::unique_ptr<optim::Optimizer> optimizer_of(const FitLoop& fit, Model& model) {
  const BackendScope scope(model.backend(), model.models());
  return optim::make_optimizer(fit.trainer().training().optimizer, model.parameters());
}

}  // namespace

// One model for a set of fits. Before an epoch a member gets what its own model has, after it the
// other way round; so between epochs members are ordinary trainers, and sets can change.
struct FitGroup::Together {
  Together(const std::vector<FitLoop*>& fits, const data::Dataset& train)
      : Together(fits, *fits.front(), train) {}
  Together(const std::vector<FitLoop*>& fits, const FitLoop& first, const data::Dataset& train)
      : model(models_of(fits), first.trainer().model().device().new_backend(
                                   first.trainer().model().backend().options())),
        optimizer(optimizer_of(first, model)),
        trained{model, *optimizer},
        steps(model, *optimizer, train, first.trainer().training(), first.captures()) {
    if (const FitOptions& options = first.options(); options.validation != nullptr)
      validation =
          std::make_unique<EvaluationPass>(model, *options.validation, first.trainer().training(),
                                           options.validation_batch, first.captures());
  }

  Model model;
  std::unique_ptr<optim::Optimizer> optimizer;
  Trained trained;
  TrainingPass steps;
  std::unique_ptr<EvaluationPass> validation;
};

FitGroup::FitGroup(std::vector<std::unique_ptr<FitLoop>> fits, const data::Dataset& train,
                   Ended ended)
    : fits_(std::move(fits)), train_(train), ended_(std::move(ended)) {}

FitGroup::~FitGroup() = default;

void FitGroup::end(std::size_t fit, FitEnd end) {
  fits_[fit] = nullptr;
  ended_(fit, std::move(end));
}

bool FitGroup::wants_end(std::size_t fit) const {
  return fits_[fit] != nullptr && fits_[fit]->wants_end();
}

void FitGroup::guarded(std::size_t fit, const std::function<void()>& call) {
  if (fits_[fit] == nullptr) return;
  std::exception_ptr error;
  try {
    call();
  } catch (...) {
    error = std::current_exception();
  }
  if (error) end(fit, {.error = error});
}

void FitGroup::guarded(const Set& set, const std::function<void()>& call) {
  std::exception_ptr error;
  try {
    call();
  } catch (...) {
    error = std::current_exception();
  }
  if (!error) return;
  for (const std::size_t fit : set)
    if (wants_end(fit)) end(fit, {.error = error});
}

void FitGroup::run() {
  for (std::size_t i = 0; i < fits_.size(); ++i) guarded(i, [&] { fits_[i]->start(); });
  for (;;) {
    for (std::size_t i = 0; i < fits_.size(); ++i) {
      if (fits_[i] == nullptr || fits_[i]->wants_epoch()) continue;
      std::optional<FitResult> result;
      guarded(i, [&] { result = fits_[i]->finish(); });
      if (result) end(i, {.result = std::move(*result)});
    }
    const Set set = next_set();
    if (set.empty()) return;
    run_epoch(set);
  }
}

FitGroup::Set FitGroup::next_set() {
  Set set;
  for (std::size_t i = 0; i < fits_.size(); ++i) {
    if (fits_[i] == nullptr) continue;
    if (!set.empty() && fits_[i]->batch() > fits_[set.front()]->batch()) set.clear();
    if (set.empty() || fits_[i]->batch() == fits_[set.front()]->batch()) set.push_back(i);
  }
  return set;
}

void FitGroup::run_epoch(const Set& set) {
  if (set != set_) {
    together_ = nullptr;  // first, so that its memory serves the next one
    set_ = set;
    std::vector<FitLoop*> fits;
    for (const std::size_t i : set) fits.push_back(fits_[i].get());
    if (set.size() > 1) guarded(set, [&] { together_ = std::make_unique<Together>(fits, train_); });
    if (set.size() > 1 && together_ == nullptr) return;
  }
  FitLoop& first = *fits_[set.front()];
  TrainingPass& steps = together_ ? together_->steps : first.training();
  EvaluationPass* validation = together_ ? together_->validation.get() : first.validation();
  for (std::size_t m = 0; m < set.size(); ++m)
    guarded(set[m], [&] {
      fits_[set[m]]->begin_epoch(
          together_ ? FitLoop::Member{&together_->trained, &steps, static_cast<int>(m)}
                    : FitLoop::Member{});
    });
  take_steps(set, steps);
  validate(set, validation);
}

void FitGroup::take_steps(const Set& set, TrainingPass& steps) {
  const auto wants_step = [&](std::size_t i) {
    return fits_[i] != nullptr && fits_[i]->wants_step();
  };
  while (std::any_of(set.begin(), set.end(), wants_step)) {
    std::int64_t count = std::numeric_limits<std::int64_t>::max();
    for (const std::size_t i : set)
      if (wants_step(i)) count = std::min(count, fits_[i]->steps_at_once());
    guarded(set, [&] { count = steps.steps(count); });
    for (const std::size_t i : set)
      if (wants_step(i)) guarded(i, [&] { fits_[i]->end_step(count); });
  }
}

void FitGroup::validate(const Set& set, EvaluationPass* validation) {
  for (const std::size_t i : set)
    if (wants_end(i)) guarded(i, [&] { fits_[i]->end_steps(); });
  const auto is_in = [&](std::size_t i) { return wants_end(i); };
  if (std::none_of(set.begin(), set.end(), is_in)) return;
  std::optional<std::vector<Measured>> measured;
  const auto cancelled = [&] {
    return std::all_of(set.begin(), set.end(),
                       [&](std::size_t i) { return !wants_end(i) || fits_[i]->cancelled(); });
  };
  if (validation != nullptr) guarded(set, [&] { measured = validation->run_members(cancelled); });
  for (const std::size_t i : set)
    if (wants_end(i)) guarded(i, [&] { fits_[i]->end_epoch(measured); });
}

}  // namespace hone::nn::train
