// Sequential: layers, networks and modules of your own, one after the other, as one module.
//
//   struct Classifier : nn::Module {
//     explicit Classifier(const Shape& in) : body(child("body",
//     std::make_unique<nn::Sequential>(in))) {
//       body.add(nn::Conv2d{.out = 8}).add(nn::ReLU{}).add(nn::Flatten{});
//       body.add("gate", std::make_unique<Gate>(body.output()), body.output());
//       body.add(nn::Linear{.out = 10});
//     }
//     Tensor forward(const Tensor& x) override { return body.forward(x); }
//     nn::Sequential& body;
//   };
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/network.h"

namespace hone::nn {

class Sequential : public Module {
 public:
  // Nothing yet; input: the shape of one sample.
  explicit Sequential(const Shape& input) : output_(input) { numbered_ = false; }
  // The layers of a network; fuse: neighbours are computed by one op where their kinds can. Throws
  // as cost() does.
  Sequential(const Network& network, const Shape& input, bool fuse = true);

  // Behind what is there. A layer is named as in a network, "conv2d_1": its kind and a running
  // number. Throws Error(usage) that names the layer when it does not fit output().
  Sequential& add(const Layer& layer);
  // A network under a name of its own, its neighbours computed by one op where they can be.
  Sequential& add(const std::string& name, const Network& network);
  // A module of yours, and what it makes of one sample.
  Sequential& add(const std::string& name, std::unique_ptr<Module> module, const Shape& output);

  // Of one sample, behind what is there so far: what the next one is built for.
  const Shape& output() const { return output_; }
  Tensor forward(const Tensor& input) override;

 private:
  struct Block {
    Module* head;
    std::string name;  // of its last layer, whose output it gives
  };

  Shape output_;
  std::map<std::string, int> numbers_;  // the last of each kind
  std::vector<Block> blocks_;
};

}  // namespace hone::nn
