// What can be trained together, and doing so.
#include "nn/train/fit_together.h"

#include <algorithm>
#include <filesystem>

#include "nn/data/shards.h"
#include "nn/train/fit_group.h"

namespace hone::nn::train {
namespace {

// An optimizer without what stands in the rows of its scalar table or in its state: what is left
// decides which verbs run.
struct Form {
  template <class Spec>
  static Spec without_rates(Spec spec) {
    spec.lr = spec.weight_decay = 0;
    for (optim::ParameterGroup& group : spec.groups)
      group.learning_rate_scale = group.weight_decay = 0;
    return spec;
  }
  template <class Spec>
  static Spec without_betas(Spec spec) {
    spec.beta1 = spec.beta2 = spec.epsilon = 0;
    return without_rates(std::move(spec));
  }

  optim::OptimizerSpec operator()(optim::SGD spec) const {
    spec.momentum = 0;
    return without_rates(std::move(spec));
  }
  optim::OptimizerSpec operator()(const optim::Adam& spec) const { return without_betas(spec); }
  optim::OptimizerSpec operator()(const optim::AdamW& spec) const { return without_betas(spec); }
  optim::OptimizerSpec operator()(optim::RMSprop spec) const {
    spec.rho = spec.epsilon = 0;
    spec.momentum = spec.momentum > 0 ? 1.0f : 0.0f;  // whether there is a velocity
    return without_rates(std::move(spec));
  }
  optim::OptimizerSpec operator()(optim::Adagrad spec) const {
    spec.initial_accumulator = spec.epsilon = 0;
    return without_rates(std::move(spec));
  }
};

// What the training of a trainer is: the network and the seed are its model's.
Training training_of(const Trainer& trainer, const Model& model) {
  check(model.network().has_value(),
        "fit: the model is a module of your own; it trains alone, not together with others");
  Training training = trainer.training();
  training.network = *model.network();
  return training;
}

// In what backends differ that trainings would share; empty: in nothing that counts.
std::string difference(const Backend& a, const Backend& b) {
  const std::string one = a.device().name(), other = b.device().name();
  if (one != other) return fmt::format("one is on device {}, the other on {}", one, other);
  if (&a.device() != &b.device())
    return fmt::format("device {} was opened for each of them; open it once", one);
  if (a.options().math != b.options().math)
    return fmt::format("the math of one is {}, of the other {}", name_of(a.options().math),
                       name_of(b.options().math));
  if (a.fingerprint() != b.fingerprint())
    return fmt::format("the backend of one is \"{}\", of the other \"{}\"", a.fingerprint(),
                       b.fingerprint());
  return "";
}

// The files that a checkpoint may become.
std::vector<std::string> files_of(const std::string& checkpoint) {
  if (checkpoint.empty()) return {};
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(checkpoint, ignored);
  const std::string path = ignored ? checkpoint : whole.string();
  return {path, path + ".prev", path + ".damaged"};
}

// What two members cannot share.
void check_apart(const std::vector<FitMember>& members, std::size_t a, std::size_t b) {
  const FitMember &one = members[a], &other = members[b];
  check(&one.trainer != &other.trainer, "fit: members {} and {} are the same trainer", a, b);
  check(&one.trainer.model() != &other.trainer.model(),
        "fit: the trainers of members {} and {} train the same model", a, b);
  const std::vector<std::string> files = files_of(other.options.checkpoint);
  for (const std::string& file : files_of(one.options.checkpoint))
    check(std::find(files.begin(), files.end(), file) == files.end(),
          "fit: the checkpoints of members {} and {} are both to be {}; give each its own", a, b,
          printable(file));
}

void check_members(const std::vector<FitMember>& members, const data::Dataset& train) {
  const FitMember& first = members.front();
  const Backend& backend = first.trainer.model().backend();
  const data::Dataset* validation = first.options.validation;
  check(train.shards() == nullptr && (validation == nullptr || validation->shards() == nullptr),
        "fit: data that stay on disk are for one training alone, not for several together");
  const Training training = training_of(first.trainer, first.trainer.model());
  for (const FitMember& member : members) {
    Model& model = member.trainer.model();
    const std::string reason = why_not_together(training, training_of(member.trainer, model));
    check(reason.empty(), "fit: these trainings do not go together: {}", reason);
    const std::string differs = difference(backend, model.backend());
    check(differs.empty(), "fit: trainings go together on one device with one kind of backend: {}",
          differs);
    check(member.options.validation == validation &&
              member.options.validation_batch == first.options.validation_batch,
          "fit: trainings that go together have the same validation data and batch");
  }
}

}  // namespace

std::string why_not_together(const Training& a, const Training& b) {
  if (!same_but_dropout(a.network, b.network))
    return "the networks differ in more than dropout rates";
  if (std::visit(Form{}, a.optimizer) != std::visit(Form{}, b.optimizer))
    return "the optimizers differ in more than rates, momentum, betas and decay";
  if (a.batch != b.batch || a.accumulate != b.accumulate) return "the batches differ";
  if (!(a.loss == b.loss)) return "the losses differ";
  if (a.metrics != b.metrics) return "the metrics differ";
  if (a.schedule.constant() != b.schedule.constant())
    return "one rate is constant, the other follows a schedule";
  for (const Training* each : {&a, &b}) {
    if (each->ema > 0) return "an average of the weights is kept";
    if (!each->augment.empty()) return "samples are augmented";
  }
  return "";
}

void fit_together(const std::vector<FitMember>& members, const data::Dataset& train,
                  const std::function<void(std::size_t member, FitEnd end)>& ended) {
  check(!members.empty(), "fit: there is no training");
  check(ended != nullptr, "fit: the function that is told how a training ended is empty");
  for (std::size_t a = 0; a < members.size(); ++a)
    for (std::size_t b = a + 1; b < members.size(); ++b) check_apart(members, a, b);
  if (members.size() > 1) check_members(members, train);
  std::vector<std::unique_ptr<FitLoop>> fits(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::exception_ptr error;
    try {
      fits[i] = std::make_unique<FitLoop>(members[i].trainer, train, members[i].options);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) {
      ended(i, {.error = error});
      continue;
    }
    check(members.size() == 1 || !fits[i]->wants_batches(),
          "fit: a callback wants batches; such a training goes alone, not together with others");
  }
  FitGroup(std::move(fits), train, ended).run();
}

}  // namespace hone::nn::train
