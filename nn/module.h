// Module: the base of every trainable piece, the library's and yours.
//
// A module declares its parameters and children in its constructor and computes in forward().
// Memory comes later, when a Model is built from it: then all parameters are views into one flat
// array.
//
//   struct Residual : nn::Module {
//     Residual(int channels)
//         : weight_(parameter("weight", {channels, 3, 3, channels}, nn::Init::he_uniform)) {}
//     Tensor forward(const Tensor& x) override {
//       return ops::relu(x + ops::conv2d(x, weight_, {}, {.padding = nn::Padding::same}));
//     }
//     nn::Parameter weight_;
//   };
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/layers.h"

namespace hone::nn {

// A declared parameter; usable as a Tensor once its Model is built.
class Parameter {
 public:
  const Tensor& tensor() const;                        // throws before the Model is built
  operator const Tensor&() const { return tensor(); }  // NOLINT: reads as the tensor it is

 private:
  friend class Module;
  friend class Model;
  struct Slot {
    std::string name;
    Shape shape;
    Init init = Init::zeros;
    Tensor tensor;
  };
  std::shared_ptr<Slot> slot_;
};

// What a running module needs besides its input; owned by the Model.
struct RunState {
  bool training = false;
  Tensor step;             // i32 [1] on the device: the dropout counter
  std::uint64_t seed = 0;  // of the dropout masks
  // One row of device data for each p that a dropout was called with.
  mutable std::vector<std::pair<double, Tensor>> dropout_rows = {};
  // Called with each layer's name and output when set: finds the layer where numbers go bad.
  std::function<void(const std::string& layer, const Tensor& output)> observer;
};

class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  // x: [N, ...]. Called for training and evaluation; ask training() where it matters.
  virtual Tensor forward(const Tensor& x) = 0;

 protected:
  // Declares a parameter; `init` decides how it starts (fans follow the layouts of linear and
  // conv2d weights: rank 2 [in, out], rank 4 [out, kh, kw, in]).
  Parameter parameter(const std::string& name, const Shape& shape,
                      Init init = Init::glorot_uniform);
  // Declares a child; its parameters get the prefix "name.". Returns the child.
  template <class M>
  M& child(const std::string& name, std::unique_ptr<M> module) {
    M& reference = *module;
    add_child(name, std::move(module));
    return reference;
  }

  bool training() const { return run_ != nullptr && run_->training; }
  // Tells the model's observer, if there is one, what the layer `name` gave.
  void observe(const std::string& name, const Tensor& output) const {
    if (run_ != nullptr && run_->observer) run_->observer(name, output);
  }
  // Dropout with a random stream of its own: give every dropout of a model another `stream`.
  Tensor dropout(const Tensor& x, double p, std::uint32_t stream) const;

 private:
  friend class Model;
  void add_child(const std::string& name, std::unique_ptr<Module> module);
  void collect(const std::string& prefix, std::vector<std::shared_ptr<Parameter::Slot>>& slots,
               std::vector<std::string>& names);
  void bind(const RunState* run);

  std::vector<std::shared_ptr<Parameter::Slot>> parameters_;
  std::vector<std::pair<std::string, std::unique_ptr<Module>>> children_;
  const RunState* run_ = nullptr;
};

}  // namespace hone::nn
