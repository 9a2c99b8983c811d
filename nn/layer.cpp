// Texts and checks of layers, and what kinds share.
#include "nn/layer.h"

#include "base/error.h"

namespace hone::nn {
namespace {

class FunctionModule : public Module {
 public:
  explicit FunctionModule(std::function<Tensor(const Tensor&)> function)
      : function_(std::move(function)) {}
  Tensor forward(const Tensor& x) override { return function_(x); }

 private:
  std::function<Tensor(const Tensor&)> function_;
};

}  // namespace

std::string Layer::text() const {
  std::string text = kind();
  look_at_fields([&](std::span<const Field> fields, std::span<const Field> defaults) {
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (const std::string part = fields[i].text(defaults[i]); !part.empty()) text += " " + part;
  });
  return text;
}

LayerCost Layer::cost(const Shape& in) const {
  look_at_fields([](std::span<const Field> fields, std::span<const Field>) {
    for (const Field& field : fields)
      if (const std::string wrong = field.complaint(); !wrong.empty())
        fail(ErrorKind::usage, "{}", wrong);
  });
  return held_->cost(in);
}

std::size_t Layer::absorbs(std::span<const Layer> next) const {
  const std::size_t count = held_->absorbs(next);
  if (count > next.size())
    fail(ErrorKind::internal, "layer '{}': absorbs {} layers of {}", kind(), count, next.size());
  return count;
}

std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t result = 1;
  for (const std::int64_t factor : factors)
    check(!__builtin_mul_overflow(result, factor, &result),
          "the layer is too large: its size does not fit 63 bits");
  return result;
}

std::int64_t sum_of(std::initializer_list<std::int64_t> summands) {
  std::int64_t result = 0;
  for (const std::int64_t summand : summands)
    check(!__builtin_add_overflow(result, summand, &result),
          "the network is too large: its size does not fit 63 bits");
  return result;
}

LayerCost pointwise_cost(const Shape& in) {
  return {.output = in, .flops = in.count(), .activation_bytes = in.count() * 4};
}

void needs_image(const Shape& in) {
  check(in.rank() == 3, "needs images [H, W, C], gets {}; put it before flatten", in.str());
}

void needs_features(const Shape& in) {
  check(in.rank() == 1, "needs one axis of features, gets {}; put a flatten before it", in.str());
}

std::unique_ptr<Module> module_of(std::function<Tensor(const Tensor&)> function) {
  check(function != nullptr, "module_of: the function is empty");
  return std::make_unique<FunctionModule>(std::move(function));
}

}  // namespace hone::nn
