// Cases of the dense layer: with and without bias, with and without ReLU.
#include <algorithm>
#include <cmath>

#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

struct Dense {
  std::int64_t n, in, out;
  bool bias, relu;
  bool input_gradient = true;
  bool bias_gradient = true;
  Fill fill = Fill::uniform;
};

// Distance of the outputs before ReLU to 0.
double relu_margin(const Inputs& in) {
  const NoGrad no_grad;
  double least = 1;
  for (const double z :
       ops::linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor()).to_vector<double>())
    least = std::min(least, std::abs(z));
  return least;
}

OpCase linear_case(const Dense& d) {
  OpCase one;
  one.op = "linear";
  const Shape x{d.n, d.in}, w{d.in, d.out};
  one.vars = {var("x", x), var("w", w), var("bias", d.bias ? "yes" : "no"),
              var("relu", d.relu ? "yes" : "no")};
  if (!d.input_gradient) one.vars.push_back(var("dx", "no"));
  if (!d.bias_gradient) one.vars.push_back(var("db", "no"));
  if (d.fill == Fill::lattice) one.vars.push_back(var("fill", "lattice"));
  const auto rows = static_cast<double>(d.n), in = static_cast<double>(d.in),
             out = static_cast<double>(d.out);
  one.inputs = {
      {.name = "x", .shape = x, .fill = d.fill, .gradient = d.input_gradient, .terms = out},
      {.name = "w", .shape = w, .fill = d.fill, .terms = rows}};
  if (d.bias)
    one.inputs.push_back({.name = "b",
                          .shape = Shape{d.out},
                          .fill = d.fill,
                          .gradient = d.bias_gradient,
                          .terms = rows});
  one.call = [relu = d.relu](const Inputs& given) {
    return ops::linear(given[0], given[1], given.size() > 2 ? given[2] : Tensor(), {.relu = relu});
  };
  if (d.relu && d.fill != Fill::lattice) one.margin = relu_margin;
  one.terms = in;
  one.flops = 2 * rows * in * out;
  one.backward_flops = one.flops * (d.input_gradient ? 2 : 1);
  return one;
}

void add_linear_cases(std::vector<OpCase>& table) {
  const std::int64_t sizes[][3] = {{1, 1, 1}, {1, 5, 3},   {3, 1, 5},     {3, 7, 5},
                                   {5, 3, 1}, {7, 13, 11}, {33, 130, 17}, {11, 67, 129}};
  for (const auto& [n, in, out] : sizes)
    for (const bool bias : {false, true})
      for (const bool relu : {false, true})
        table.push_back(linear_case({.n = n, .in = in, .out = out, .bias = bias, .relu = relu}));
  for (const bool relu : {false, true}) {
    table.push_back(linear_case(
        {.n = 3, .in = 5, .out = 7, .bias = true, .relu = relu, .input_gradient = false}));
    table.push_back(linear_case(
        {.n = 3, .in = 5, .out = 7, .bias = true, .relu = relu, .bias_gradient = false}));
    table.push_back(linear_case(
        {.n = 13, .in = 5, .out = 7, .bias = true, .relu = relu, .fill = Fill::lattice}));
  }
  for (const Dense& d : {Dense{128, 1600, 128, true, true}, Dense{128, 128, 10, true, false}}) {
    table.push_back(linear_case(d));
    table.back().perf = true;
    table.back().margin = nullptr;
  }
}

const CaseFile kFile("linear", add_linear_cases);

}  // namespace
}  // namespace hone::op_cases
