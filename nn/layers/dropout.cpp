// Dropout with the random stream of its place in the network.
#include "nn/layers/dropout.h"

namespace hone::nn {
namespace {

class DropoutModule : public Module {
 public:
  explicit DropoutModule(float p) : p_(static_cast<double>(p)) {}
  Tensor forward(const Tensor& x) override { return dropout(x, p_); }
  std::optional<double> dropout_rate() const override { return p_; }

 private:
  double p_;
};

}  // namespace

std::vector<Field> Dropout::fields() { return {{"p", p, {.low = 0, .high = 1, .text = "{}"}}}; }

std::unique_ptr<Module> Dropout::build(const Site&) const {
  return std::make_unique<DropoutModule>(p);
}

}  // namespace hone::nn
