// Model: a network or module with its weights, on one backend.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "nn/layers.h"
#include "nn/model_info.h"
#include "nn/module.h"
#include "nn/network.h"
#include "optim/flat_parameters.h"

namespace hone::nn {

struct ModelOptions {
  // Compute neighbouring layers by one op where their kinds can (Conv2d + BatchNorm + ReLU +
  // MaxPool2d(2), BatchNorm + ReLU + MaxPool2d(2), Linear + ReLU). summary() shows it; the numbers
  // are the same but for rounding, parameters and their names exactly the same.
  bool fuse = true;
};

// Owns its backend: one execution context for one model. Use it from one thread at a time.
class Model {
 public:
  // `input`: the shape of one sample, [H, W, C] or [features]. Weights depend on (network, input,
  // seed) only. Throws Error(usage) that names the layer when they do not fit.
  Model(const Network& network, const Shape& input, std::unique_ptr<Backend> backend,
        std::uint64_t seed, const ModelOptions& options = {});
  // Your own module.
  Model(std::unique_ptr<Module> module, const Shape& input, std::unique_ptr<Backend> backend,
        std::uint64_t seed);
  // Several models to be trained together, the members of this one: made of networks that differ in
  // dropout rates alone. It begins with copies of their weights, buffers and step counts, member
  // after member (parameters().state().model(m), step_counter().model(m)), and computes for each,
  // to the bit, what its own model would. Throws Error(usage) that says what does not fit.
  Model(const std::vector<const Model*>& members, std::unique_ptr<Backend> backend);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model();

  // x: [N, ...input] -> the module's output; dropout only after train(true). Needs a BackendScope
  // of backend(), for models() models.
  Tensor forward(const Tensor& x);
  // Evaluation mode is the default.
  void train(bool training);
  bool training() const { return run_.training; }
  // Throws Error(usage) that names the layer when a training step cannot be taken on a batch of
  // `rows` samples: batch normalisation needs two values a channel.
  void check_batch(std::int64_t rows) const;
  // Called after every layer of a forward pass (outside recorded steps) with its name; where one op
  // computes several layers, once, with the name of the last: "maxpool2d_1". Empty to stop.
  void set_observer(std::function<void(const std::string& layer, const Tensor& output)> observer) {
    run_.observer = std::move(observer);
  }

  Backend& backend() const { return *backend_; }
  int models() const { return parameters_->state().models(); }  // 1, or its members
  Device& device() const { return backend_->device(); }
  const Shape& input() const { return input_; }
  std::uint64_t seed() const { return run_.seed; }
  optim::FlatParameters& parameters() { return *parameters_; }
  const optim::FlatParameters& parameters() const { return *parameters_; }
  // i32 [1]: the number of training steps taken, which drives dropout.
  const Tensor& step_counter() const { return run_.step; }
  // The end of a training step in a loop of your own: the next one drops other values. A verb, so
  // it may be part of a StepGraph's step.
  void count_step();
  // What the outputs and the inputs mean: set by Trainer::fit and by reading a model file.
  const ModelInfo& info() const { return info_; }
  void set_info(ModelInfo info) { info_ = std::move(info); }
  // What the model gives for raw samples, u8, f32 or i32 [N, ...input] on its device, after the
  // preprocessing that info() names: row-major [N, ...], probabilities where the outputs are
  // logits. Leaves the model in evaluation mode. Throws Error(usage) for samples that do not fit,
  // Error(data) when a value is not finite.
  std::vector<float> predict(const Tensor& samples, int batch = 256);

  // The description, when the model was built from one.
  const std::optional<Network>& network() const { return network_; }
  // A table: shape, parameters, FLOPs and activation memory a layer, and what was folded into what.
  std::string summary() const;

 private:
  void build();

  std::optional<Network> network_;
  Shape input_;
  ModelOptions options_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Module> module_;
  std::unique_ptr<optim::FlatParameters> parameters_;
  RunState run_;
  ModelInfo info_;
};

}  // namespace hone::nn
