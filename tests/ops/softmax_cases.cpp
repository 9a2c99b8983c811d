// Cases of softmax.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_softmax_cases(std::vector<OpCase>& table) {
  const auto add = [&](const Shape& shape) {
    OpCase one;
    one.op = "softmax";
    one.vars = {var("x", shape)};
    one.terms = static_cast<double>(shape[1]);
    one.inputs = {{.name = "x", .shape = shape, .terms = one.terms}};
    one.call = [](const Inputs& in) { return ops::softmax(in[0]); };
    table.push_back(std::move(one));
  };
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 1}, Shape{1, 7}, Shape{5, 10}, Shape{11, 3},
                             Shape{67, 13}, Shape{3, 257}})
    add(shape);
  add({128, 10});
  table.back().perf = true;
  add({128, 1000});
  table.back().perf = true;
}

const CaseFile kFile("softmax", add_softmax_cases);

}  // namespace
}  // namespace hone::op_cases
