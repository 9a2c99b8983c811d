// Cases of softmax and its logarithm.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_cases_of(std::vector<OpCase>& table, const char* op,
                  Tensor (*function)(const Tensor&, int)) {
  const auto add = [&](const Shape& shape, int axis = -1) {
    OpCase one;
    one.op = op;
    one.vars = {var("x", shape), var("axis", axis)};
    one.terms = static_cast<double>(shape[axis]);
    one.inputs = {{.name = "x", .shape = shape, .terms = one.terms}};
    one.call = [function, axis](const Inputs& in) { return function(in[0], axis); };
    table.push_back(std::move(one));
  };
  for (const auto& [shape, axis] : std::vector<std::pair<Shape, int>>{{{7}, 0},
                                                                      {{3, 5}, 0},
                                                                      {{2, 3, 5}, -1},
                                                                      {{2, 3, 5}, 1},
                                                                      {{2, 3, 5, 7}, 0},
                                                                      {{2, 3, 5, 7}, 2}})
    add(shape, axis);
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 1}, Shape{1, 7}, Shape{5, 10}, Shape{11, 3},
                             Shape{67, 13}, Shape{3, 257}})
    add(shape);
  add({128, 10});
  table.back().perf = true;
  add({128, 1000});
  table.back().perf = true;
}

void add_softmax_cases(std::vector<OpCase>& table) {
  add_cases_of(table, "softmax", ops::softmax);
  add_cases_of(table, "log_softmax", ops::log_softmax);
}

const CaseFile kFile("softmax", add_softmax_cases);

}  // namespace
}  // namespace hone::op_cases
