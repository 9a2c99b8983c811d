// Optimizers over flat parameters.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "optim/flat_parameters.h"
#include "optim/schedule.h"

namespace hone::optim {

// Parameters whose name ends with `suffix` (".bias", or a full name) get settings of their own. The
// first group that matches counts.
struct ParameterGroup {
  std::string suffix;
  float learning_rate_scale = 1.0f;
  float weight_decay = 0.0f;  // instead of the optimizer's
  bool frozen = false;        // never stepped
  bool operator==(const ParameterGroup&) const = default;
};

// Stochastic gradient descent. Formulas: kernels/verbs/optimizer.h, SgdStep. Keras decays the
// weights themselves, PyTorch adds the decay to the gradient.
struct SGD {
  float lr = 0.01f;
  float momentum = 0.0f;
  bool nesterov = false;
  float weight_decay = 0.0f;
  OptimizerForm form = OptimizerForm::keras;
  std::vector<ParameterGroup> groups = {};
  bool operator==(const SGD&) const = default;
};

// Adam (Kingma & Ba, arXiv 1412.6980). epsilon: Keras' 1e-7 is added to sqrt(v), PyTorch's
// customary 1e-8 to the corrected sqrt(v_hat). With decoupled_decay this is AdamW (arXiv
// 1711.05101).
struct Adam {
  float lr = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-7f;
  float weight_decay = 0.0f;
  bool decoupled_decay = true;
  OptimizerForm form = OptimizerForm::keras;
  std::vector<ParameterGroup> groups = {};
  bool operator==(const Adam&) const = default;
};

using OptimizerSpec = std::variant<SGD, Adam>;

// A piece of optimizer state for checkpoints: moments and counters.
struct StateTensor {
  std::string name;
  Tensor tensor;
};

// The scalar table of some steps on the device, and the counter by which optimizer verbs index it.
struct StepTable {
  Tensor scalars;  // f32 [steps, rows, kScalarColumns]; rows: the parameter groups and the others
  Tensor at;       // i32 [1]: the step; past the end of the table the last one counts
};

// step() is all that a training step calls; everything it reads that changes between steps (rates,
// step count) lives on the device, so a recorded step stays valid. An optimizer of your own
// overrides name(), update() and state(), and is used in a loop of your own.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  virtual std::string name() const = 0;
  // Applies the gradients of the last backward() and forgets them, at learning_rate(). Verbs only.
  void step();
  // The same with the values that the table has for its step, which then advances.
  void step(const StepTable& table);

  // The base that schedules scale: the options' lr, or what was set since.
  float learning_rate() const { return learning_rate_; }
  // Takes effect from the next step(), or the next fill() of a table. A host write: call it between
  // steps.
  void set_learning_rate(float learning_rate);
  // The rate of a step of which the schedule says `values`, for a parameter of no group.
  float learning_rate_at(const StepValues& values) const;

  // A table of so many steps (at least 1), to be filled. It must outlive what records steps by it.
  StepTable new_table(std::int64_t steps) const;
  // Works out all steps of a table, the first of which stands at `first` in its training, uploads
  // them, and sets the counter to `at`.
  void fill(const StepTable& table, const Schedule& schedule, const StepPosition& first,
            std::int64_t at) const;

  // What a checkpoint saves, in a fixed order, besides the learning rate.
  virtual std::vector<StateTensor> state() const = 0;
  FlatParameters& parameters() const { return parameters_; }

 protected:
  // `row`: the values of the scalar table that all groups share (see ScalarColumn).
  Optimizer(FlatParameters& parameters, const std::vector<float>& row,
            const std::vector<ParameterGroup>& groups);
  // One step by the current row of the table. Verbs only.
  virtual void update(Backend& backend, const StepTable& table) = 0;

  ConstView segments() const { return segments_.cview(); }

 private:
  std::int64_t rows() const { return static_cast<std::int64_t>(rate_scales_.size()); }
  // Writes the rows of one step to `out`.
  void write_rows(const StepValues& values, std::span<float> out) const;

  FlatParameters& parameters_;
  float learning_rate_;
  std::vector<float> rows_;         // [groups + 1, kScalarColumns] as the options have them
  std::vector<float> rate_scales_;  // one a row
  Tensor segments_;                 // the device's copy of what each row counts for
  StepTable constant_;              // one step: what step() uses
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, FlatParameters& parameters);
// {"type": "adam", "lr": 0.001, ...}, for checkpoints and reports; floats with 9 digits, exact.
std::string to_json(const OptimizerSpec& spec);

}  // namespace hone::optim
