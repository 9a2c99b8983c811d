// Optimizers over flat parameters.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "optim/flat_parameters.h"

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

// Stochastic gradient descent. Formulas: kernels/verbs.h, SgdStep. Keras decays the weights
// themselves, PyTorch adds the decay to the gradient.
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

// step() is all that a training step calls; everything it reads that changes between steps (rates,
// step count) lives on the device, so a recorded step stays valid. An optimizer of your own
// overrides update() and, when it has state, state().
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  virtual std::string name() const = 0;
  // Applies the gradients of the last backward() and forgets them. Verbs only.
  void step();

  float learning_rate() const { return learning_rate_; }
  // Takes effect from the next step. A host write: call it between steps.
  void set_learning_rate(float learning_rate);

  // What a checkpoint saves, in a fixed order, besides the learning rate.
  virtual std::vector<StateTensor> state() const = 0;
  FlatParameters& parameters() const { return parameters_; }

 protected:
  // `row`: the values of the scalar table that all groups share (see ScalarColumn).
  Optimizer(FlatParameters& parameters, const std::vector<float>& row,
            const std::vector<ParameterGroup>& groups);
  virtual void update(Backend& backend) = 0;

  // Of every parameter that is stepped: u8 [count, sizeof(Segment)] on the device.
  ConstView segments() const { return segments_.cview(); }
  ConstView scalars() const { return scalars_.cview(); }

 private:
  void write_scalars();

  FlatParameters& parameters_;
  float learning_rate_;
  std::vector<float> table_;        // [groups + 1, kScalarColumns], the host's copy
  std::vector<float> rate_scales_;  // one a row
  Tensor segments_, scalars_;
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, FlatParameters& parameters);
// {"type": "adam", "lr": 0.001, ...}, for checkpoints and reports; floats with 9 digits, exact.
std::string to_json(const OptimizerSpec& spec);

}  // namespace hone::optim
