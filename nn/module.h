// Module: the base of every trainable piece, the library's and yours.
//
// A module declares its parameters, buffers and children in its constructor and computes in
// forward(). Memory comes later, when a Model is built from it: then all parameters and behind them
// all buffers are views into one flat array.
//
//   struct Gated : nn::Module {
//     Gated(const Shape& in)  // of one sample, [H, W, C]
//         : conv_(child("conv", nn::build(nn::Conv2d{.out = 8, .padding = nn::Padding::same},
//         in))),
//           gate_(parameter("gate", {8}, nn::Init::zeros)) {}
//     Tensor forward(const Tensor& x) override {
//       return conv_.forward(x) * ops::sigmoid(gate_);
//     }
//     nn::Module& conv_;
//     nn::Parameter gate_;
//   };
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/init.h"
#include "tensor/ops.h"

namespace hone::nn {

using ops::Padding;

// A declared parameter or buffer; usable as a Tensor once its Model is built.
class Parameter {
 public:
  const Tensor& tensor() const;                        // throws before the Model is built
  operator const Tensor&() const { return tensor(); }  // NOLINT: reads as the tensor it is
  // The tensor, or an undefined one when it was never declared: what ops take for "no bias".
  Tensor tensor_or_none() const { return slot_ == nullptr ? Tensor() : tensor(); }

 private:
  friend class Module;
  friend class Model;
  struct Slot {
    std::string name;
    Shape shape;
    Init init = Init::zeros;
    bool stepped = true;  // by optimizers; false: a buffer
    Tensor tensor;
  };
  std::shared_ptr<Slot> slot_;
};

// Saved, copied and restored with the parameters, never stepped, decayed or differentiated: running
// statistics.
using Buffer = Parameter;

// What a running module needs besides its input; owned by the Model.
struct RunState {
  bool training = false;
  Tensor step;             // i32 [1] on the device: the dropout counter
  std::uint64_t seed = 0;  // of the dropout masks
  // What models that are trained together differ in; empty: there is one model.
  struct Member {
    std::uint64_t seed = 0;
    std::map<std::uint32_t, double> rates = {};  // the p of a dropout by its stream
  };
  std::vector<Member> members = {};
  // The rows of all models on the device, once for each way that a dropout was called.
  mutable std::vector<std::pair<std::vector<DropoutRow>, Tensor>> dropout_rows = {};
  // Called when set with the name and output of each layer; where one op computes several, with the
  // last one's. "residual_1.body.conv2d_1": a layer inside of another.
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

  // What this module and its children declare, depth first: names with their prefixes, shapes.
  struct Declared {
    std::string name;
    Shape shape;
    bool stepped = true;  // false: a buffer
  };
  std::vector<Declared> declared() const;

 protected:
  // Declares a parameter; `init` decides how it starts (fans follow the layouts of linear and
  // conv2d weights: rank 2 [in, out], rank 4 [out, kh, kw, in]). Names hold no dot.
  Parameter parameter(const std::string& name, const Shape& shape,
                      Init init = Init::glorot_uniform);
  // Declares a buffer, f32 like a parameter.
  Buffer buffer(const std::string& name, const Shape& shape, Init start = Init::zeros);
  // Declares a child; its parameters get the prefix "name.". Returns the child.
  template <class M>
  M& child(const std::string& name, std::unique_ptr<M> module) {
    M& reference = *module;
    add_child(name, std::move(module));
    return reference;
  }

  bool training() const { return run_ != nullptr && run_->training; }
  // Tells the model's observer, if there is one, what the layer `name` inside this module gave.
  void observe(const std::string& name, const Tensor& output) const {
    if (run_ != nullptr && run_->observer) run_->observer(prefix_ + name, output);
  }
  // Dropout in training mode, x otherwise. Its random stream is this module's number: a model
  // numbers its modules depth first (a network takes no number itself, its layers do, so those of a
  // plain chain have 0, 1, ...). For a second dropout in one module name a `stream` that no module
  // has, from 2^16 on.
  Tensor dropout(const Tensor& x, double p) const { return dropout(x, p, number_); }
  Tensor dropout(const Tensor& x, double p, std::uint32_t stream) const;

  // Throws Error(usage) when a training step on `rows` samples makes no sense, as for statistics
  // over one value. Asked before the first step of a training, for every size of batch in it.
  virtual void check_batch(std::int64_t rows) const;

  // The p with which forward() calls dropout() on this module's own stream: models that are trained
  // together may differ in it. None: they do not.
  virtual std::optional<double> dropout_rate() const { return std::nullopt; }

 private:
  friend class Model;
  friend class Sequential;
  using Slots = std::vector<std::pair<std::string, std::shared_ptr<Parameter::Slot>>>;
  Parameter declare(const std::string& name, const Shape& shape, Init init, bool stepped);
  void add_child(const std::string& name, std::unique_ptr<Module> module);
  void collect(const std::string& prefix, Slots& slots) const;
  void bind(const RunState* run, const std::string& prefix, std::uint32_t& next_number);
  void check_batches(std::int64_t rows) const;
  void collect_rates(std::map<std::uint32_t, double>& rates) const;
  std::vector<DropoutRow> rows_of(double p, std::uint32_t stream) const;

  std::vector<std::shared_ptr<Parameter::Slot>> parameters_;
  std::vector<std::pair<std::string, std::unique_ptr<Module>>> children_;
  bool numbered_ = true;
  std::uint32_t number_ = 0;
  std::string prefix_;  // of the names of what is inside: "" or "block.conv."
  const RunState* run_ = nullptr;
};

}  // namespace hone::nn
