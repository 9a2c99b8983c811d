// Optimizers over flat parameters.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "optim/flat_parameters.h"
#include "optim/schedule.h"

namespace hone::optim {

// Parameters whose name begins with `prefix` ("conv2d_1.", the name of a layer) and ends with
// `suffix` (".bias", or a full name) get settings of their own; one of the two may be left out. The
// first group that matches counts.
struct ParameterGroup {
  std::string suffix = {};
  float learning_rate_scale = 1.0f;
  float weight_decay = 0.0f;  // instead of the optimizer's
  bool frozen = false;        // never stepped; its gradient counts for nothing
  std::string prefix = {};
  // Penalties l1 sum |w| + l2 sum w^2, as Keras' regularizers: added to the gradient, before it is
  // clipped, not to the loss that is reported.
  float l1 = 0.0f, l2 = 0.0f;
  bool operator==(const ParameterGroup&) const = default;
};

// The group of a layer ("conv2d_1"), or of one parameter ("conv2d_1.weight"), that stays as it is.
inline ParameterGroup freeze(const std::string& name) { return {.frozen = true, .prefix = name}; }

// Bounds on the gradient before it is used; 0: none. At most one of them may be set.
struct GradientClip {
  float value = 0.0f;      // of the size of each element
  float norm = 0.0f;       // of the norm of all gradients together (Keras' global_clipnorm)
  float each_norm = 0.0f;  // of the norm of each parameter's gradient (Keras' clipnorm)
  bool operator==(const GradientClip&) const = default;
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
  GradientClip clip = {};
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
  GradientClip clip = {};
  bool operator==(const Adam&) const = default;
};

// Adam with decay of the weights themselves (Loshchilov & Hutter, arXiv 1711.05101), with PyTorch's
// form and defaults.
struct AdamW {
  float lr = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
  OptimizerForm form = OptimizerForm::pytorch;
  std::vector<ParameterGroup> groups = {};
  GradientClip clip = {};
  bool operator==(const AdamW&) const = default;
};

// RMSprop (Tieleman & Hinton 2012), with Keras' defaults; PyTorch's: lr 0.01, rho (alpha) 0.99,
// epsilon 1e-8. centered: divides by the deviation of the gradient. Formulas: kernels/verbs/
// optimizer.h, RmsPropStep.
struct RMSprop {
  float lr = 1e-3f;
  float rho = 0.9f;  // share of the squares that is kept
  float momentum = 0.0f;
  float epsilon = 1e-7f;
  bool centered = false;
  float weight_decay = 0.0f;
  OptimizerForm form = OptimizerForm::keras;
  std::vector<ParameterGroup> groups = {};
  GradientClip clip = {};
  bool operator==(const RMSprop&) const = default;
};

// Adagrad (Duchi et al. 2011), with Keras' defaults; PyTorch's: lr 0.01, initial_accumulator 0,
// epsilon 1e-10.
struct Adagrad {
  float lr = 1e-3f;
  float initial_accumulator = 0.1f;  // of the sums of squares
  float epsilon = 1e-7f;
  float weight_decay = 0.0f;
  OptimizerForm form = OptimizerForm::keras;
  std::vector<ParameterGroup> groups = {};
  GradientClip clip = {};
  bool operator==(const Adagrad&) const = default;
};

using OptimizerSpec = std::variant<SGD, Adam, AdamW, RMSprop, Adagrad>;

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

// To gather the gradients of several batches, call backward() on each loss, divided by their
// number, before one step(): it adds up until then.
//
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
            const std::vector<ParameterGroup>& groups, const GradientClip& clip = {});
  // One step by the current row of the table. Verbs only.
  virtual void update(Backend& backend, const StepTable& table) = 0;

  // Whether the momentum of a schedule counts.
  virtual bool takes_momentum() const { return true; }

  ConstView segments() const { return segments_.cview(); }

 private:
  // A penalty on one parameter.
  struct Penalty {
    Tensor weight, grad;  // views into the flat arrays
    Tensor l1, l2;        // the factor for each element; undefined: none
  };

  // What comes between the gradients of backward() and update().
  void prepare_grads(Backend& backend);
  void clip_norm(Backend& backend, const View& grads);
  void add_groups(const std::vector<ParameterGroup>& groups);
  std::int64_t rows() const { return static_cast<std::int64_t>(rate_scales_.size()); }
  // Writes the rows of one step to `out`.
  void write_rows(const StepValues& values, std::span<float> out) const;

  FlatParameters& parameters_;
  float learning_rate_;
  std::vector<float> rows_;         // [groups + 1, kScalarColumns] as the options have them
  std::vector<float> rate_scales_;  // one a row
  Tensor segments_;                 // the device's copy of what each row counts for
  StepTable constant_;              // one step: what step() uses
  GradientClip clip_;
  Tensor squares_, norm_, most_;  // scratch of clipping by norm: f32 [n], [1]; the bound: [1]
  std::vector<Penalty> penalties_;
  std::vector<Tensor> frozen_grads_;
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, FlatParameters& parameters);
// {"type": "adam", "lr": 0.001, ...}, for checkpoints and reports; floats with 9 digits, exact.
std::string to_json(const OptimizerSpec& spec);

}  // namespace hone::optim
