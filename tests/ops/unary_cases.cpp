// Cases of the pointwise ops of one tensor.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

struct Pointwise {
  const char* op;
  Fill fill;
  Function function;
  bool exact = true;  // on small multiples of 1/4
};

OpCase pointwise_case(const Pointwise& op, const Shape& shape, Fill fill) {
  OpCase one;
  one.op = op.op;
  one.vars = {var("x", shape)};
  if (fill == Fill::lattice) one.vars.push_back(var("fill", "lattice"));
  one.inputs = {{.name = "x", .shape = shape, .fill = fill}};
  one.call = [function = op.function](const Inputs& in) { return function(in[0]); };
  return one;
}

void add_unary_cases(std::vector<OpCase>& table) {
  const std::vector<Pointwise> all = {
      {"negate", Fill::uniform, [](const Tensor& x) { return ops::negate(x); }},
      {"exp", Fill::uniform, [](const Tensor& x) { return ops::exp(x); }},
      {"log", Fill::positive, [](const Tensor& x) { return ops::log(x); }},
      {"sqrt", Fill::positive, [](const Tensor& x) { return ops::sqrt(x); }},
      {"square", Fill::uniform, [](const Tensor& x) { return ops::square(x); }},
      {"abs", Fill::off_zero, [](const Tensor& x) { return ops::abs(x); }},
      {"relu", Fill::off_zero, [](const Tensor& x) { return ops::relu(x); }},
      {"sigmoid", Fill::uniform, [](const Tensor& x) { return ops::sigmoid(x); }},
      {"tanh", Fill::uniform, [](const Tensor& x) { return ops::tanh(x); }},
      {"scale", Fill::uniform, [](const Tensor& x) { return ops::scale(x, -1.75); }},
      {"shift", Fill::uniform, [](const Tensor& x) { return ops::shift(x, 0.375); }},
      {"log1p", Fill::positive, [](const Tensor& x) { return ops::log1p(x); }},
      {"gelu", Fill::uniform, [](const Tensor& x) { return ops::gelu(x); }},
      {"gelu_tanh", Fill::uniform, [](const Tensor& x) { return ops::gelu_tanh(x); }},
      {"silu", Fill::uniform, [](const Tensor& x) { return ops::silu(x); }},
      {"softplus", Fill::uniform, [](const Tensor& x) { return ops::softplus(x); }},
      {"leaky_relu", Fill::off_zero, [](const Tensor& x) { return ops::leaky_relu(x, 0.125); }},
      {"elu", Fill::off_zero, [](const Tensor& x) { return ops::elu(x, 0.75); }, false},
      // The ends lie where no value does: below 0.1, and at 1.25.
      {"clamp", Fill::off_zero, [](const Tensor& x) { return ops::clamp(x, -0.0625, 1.25); }},
      {"pow", Fill::positive, [](const Tensor& x) { return ops::pow(x, 2.5); }},
  };
  for (const Pointwise& op : all) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{3, 5}, Shape{1, 11, 13},
                               Shape{2, 3, 5, 7}, Shape{0, 3}, Shape{4099}})
      table.push_back(pointwise_case(op, shape, op.fill));
    // Exact zeros: the gradient there is part of the contract.
    if (op.fill == Fill::off_zero && op.exact)
      table.push_back(pointwise_case(op, Shape{3, 37}, Fill::lattice));
    table.push_back(pointwise_case(op, Shape{128, 1600}, op.fill));
    table.back().perf = true;
  }
}

const CaseFile kFile("unary", add_unary_cases);

}  // namespace
}  // namespace hone::op_cases
