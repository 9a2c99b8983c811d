// Cases of arithmetic with broadcasting, the greater and the less of two.
#include <algorithm>
#include <cmath>

#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

struct Pair {
  Shape a, b;
};

struct Arithmetic {
  const char* op;
  Fill fill_b;
  Tensor (*function)(const Tensor&, const Tensor&);
  bool chooses = false;  // one of the two
};

OpCase arithmetic_case(const Arithmetic& op, const Pair& shapes) {
  OpCase one;
  one.op = op.op;
  one.vars = {var("a", shapes.a), var("b", shapes.b)};
  const auto out = static_cast<double>(broadcast_shapes(op.op, shapes.a, shapes.b).count());
  const auto terms = [&](const Shape& shape) {
    return out / static_cast<double>(std::max<std::int64_t>(shape.count(), 1));
  };
  one.inputs = {{.name = "a", .shape = shapes.a, .terms = terms(shapes.a)},
                {.name = "b", .shape = shapes.b, .fill = op.fill_b, .terms = terms(shapes.b)}};
  one.call = [function = op.function](const Inputs& in) { return function(in[0], in[1]); };
  if (op.chooses)  // far from ties
    one.margin = [](const Inputs& in) {
      const NoGrad no_grad;
      double least = 1;
      for (const double d : ops::subtract(in[0], in[1]).to_vector<double>())
        least = std::min(least, std::abs(d));
      return least;
    };
  return one;
}

void add_binary_cases(std::vector<OpCase>& table) {
  const std::vector<Arithmetic> all = {{"add", Fill::uniform, ops::add},
                                       {"subtract", Fill::uniform, ops::subtract},
                                       {"multiply", Fill::uniform, ops::multiply},
                                       {"divide", Fill::positive, ops::divide},
                                       {"maximum", Fill::uniform, ops::maximum, true},
                                       {"minimum", Fill::uniform, ops::minimum, true}};
  const std::vector<Pair> shapes = {
      {{}, {}},
      {{5}, {5}},
      {{3, 7}, {3, 7}},
      {{}, {3, 5}},
      {{3, 5}, {}},
      {{3, 5}, {5}},
      {{5}, {3, 5}},
      {{3, 1}, {3, 11}},
      {{1, 11}, {3, 1}},
      {{7, 1, 5}, {3, 1}},
      {{2, 3, 5, 7}, {7}},
      {{2, 3, 5, 7}, {2, 1, 1, 7}},
      {{1, 3, 1, 2, 1}, {2, 1, 3, 1, 2}},
      {{1}, {13}},
      {{0, 3}, {3}},
      {{1031}, {1031}},
      {{1, 1, 1, 1}, {5, 5}},
  };
  for (const Arithmetic& op : all) {
    for (const Pair& pair : shapes) table.push_back(arithmetic_case(op, pair));
    OpCase only_a = arithmetic_case(op, {{3, 5}, {5}});
    only_a.vars.push_back(var("gradient", "a"));
    only_a.inputs[1].gradient = false;
    table.push_back(only_a);
    OpCase only_b = arithmetic_case(op, {{3, 5}, {5}});
    only_b.vars.push_back(var("gradient", "b"));
    only_b.inputs[0].gradient = false;
    table.push_back(only_b);
    for (const Pair& pair : {Pair{{128, 1600}, {128, 1600}}, Pair{{128, 1600}, {1600}}}) {
      table.push_back(arithmetic_case(op, pair));
      table.back().perf = true;
      table.back().margin = nullptr;
    }
    if (!op.chooses) continue;
    OpCase ties = arithmetic_case(op, {{3, 37}, {37}});  // a takes the gradient
    ties.vars.push_back(var("fill", "lattice"));
    ties.inputs[0].fill = ties.inputs[1].fill = Fill::lattice;
    ties.margin = nullptr;
    table.push_back(ties);
  }
}

const CaseFile kFile("binary", add_binary_cases);

}  // namespace
}  // namespace hone::op_cases
