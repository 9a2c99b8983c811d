// Central differences, one element at a time.
#include "tensor/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/philox.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone {
namespace {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;
using Values = std::vector<double>;

// The sum of the output with fixed weights.
double weighted_sum(const Function& function, const std::vector<Tensor>& inputs,
                    const Values& weights) {
  const Values y = function(inputs).to_vector<double>();
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * weights[i];
  return sum;
}

Values differences(const Function& function, const std::vector<Tensor>& inputs, std::size_t moved,
                   const Values& weights, double step) {
  const NoGrad no_grad;
  const Values values = inputs[moved].to_vector<double>();
  Values slopes(values.size());
  const auto at = [&](std::size_t i, double value) {
    Values other = values;
    other[i] = value;
    inputs[moved].assign(other);
    return weighted_sum(function, inputs, weights);
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double above = values[i] + step, below = values[i] - step;
    slopes[i] = (at(i, above) - at(i, below)) / (above - below);
  }
  inputs[moved].assign(values);
  return slopes;
}

void compare(GradcheckResult& result, std::size_t input, const Values& gradient,
             const Values& slopes, double tolerance) {
  double largest = 0;
  for (const double slope : slopes) largest = std::max(largest, std::abs(slope));
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    const double size = std::max(std::abs(slopes[i]), 0.1 * largest);
    const double distance = std::abs(gradient[i] - slopes[i]);
    const double error = distance == 0 ? 0 : distance / size;
    if (error <= result.worst) continue;  // NaN is worse than anything
    if (std::isnan(result.worst)) continue;
    result.worst = error;
    result.where = fmt::format("input {}, element {}: gradient {}, differences {}", input, i,
                               gradient[i], slopes[i]);
  }
  if (!(result.worst <= tolerance)) result.passed = false;
}

}  // namespace

GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  check(current_backend().device().supports_f64(),
        "gradcheck: the bound backend computes on {}, which has no f64; bind one of the device ref",
        current_backend().device().name());
  std::vector<Tensor> own = inputs;
  for (std::size_t i = 0; i < own.size(); ++i) {
    check(own[i].defined(), "gradcheck: input {} is undefined", i);
    check(own[i].dtype() != DType::f32,
          "gradcheck: input {} holds f32, in which differences drown in rounding; give f64", i);
    if (own[i].dtype() == DType::f64)
      own[i] = Tensor::from(inputs[i].to_vector<double>(), inputs[i].shape()).set_requires_grad();
  }
  const Tensor y = function(own);
  Values weights(static_cast<std::size_t>(y.count()));
  PhiloxStream random(mix(options.seed, 0x67726164));
  for (double& weight : weights) weight = 2 * random.uniform() - 1;
  ops::sum(ops::multiply(y, Tensor::from(weights, y.shape()))).backward();
  GradcheckResult result;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i].dtype() != DType::f64) continue;
    const Tensor grad = own[i].grad();
    const Values gradient = grad.defined() ? grad.to_vector<double>()
                                           : Values(static_cast<std::size_t>(own[i].count()), 0.0);
    compare(result, i, gradient, differences(function, own, i, weights, options.step),
            options.tolerance);
  }
  return result;
}

}  // namespace hone
