// Cases of sums and means.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using Reduce = Tensor (*)(const Tensor&, const std::vector<int>&, bool);

OpCase reduce_case(const char* op, Reduce function, const Shape& shape,
                   const std::vector<int>& axes, bool keep) {
  OpCase one;
  one.op = op;
  std::string text = "[";
  for (const int axis : axes) text += fmt::format("{}{}", text == "[" ? "" : ", ", axis);
  one.vars = {var("x", shape), {"axes", text + "]"}, var("keep", keep ? "yes" : "no")};
  one.inputs = {{.name = "x", .shape = shape}};
  one.call = [=](const Inputs& in) { return function(in[0], axes, keep); };
  one.terms = 1;
  if (axes.empty()) one.terms = static_cast<double>(shape.count());
  for (const int axis : axes) one.terms *= static_cast<double>(shape[axis]);
  return one;
}

void add_reduce_cases(std::vector<OpCase>& table) {
  struct Call {
    Shape shape;
    std::vector<int> axes;
    bool keep;
  };
  const std::vector<Call> calls = {
      {{}, {}, false},
      {{}, {}, true},
      {{7}, {}, false},
      {{7}, {0}, true},
      {{1}, {-1}, false},
      {{3, 5}, {}, false},
      {{3, 5}, {}, true},
      {{3, 5}, {0}, false},
      {{3, 5}, {1}, false},
      {{3, 5}, {-1}, true},
      {{2, 3, 5}, {1}, false},
      {{2, 3, 5}, {0, 2}, false},
      {{2, 3, 5}, {2, 0}, true},
      {{3, 1, 5}, {1}, false},
      {{2, 3, 5, 7}, {1, 2}, false},
      {{2, 3, 5, 7}, {0, 1, 2}, true},
      {{2, 1, 3, 1, 2}, {0, 4}, false},
      {{13, 11}, {0}, false},
      {{1031}, {}, false},
      {{67, 129}, {0}, false},
      {{67, 129}, {1}, false},
  };
  const std::pair<const char*, Reduce> functions[] = {{"sum", ops::sum}, {"mean", ops::mean}};
  for (const auto& [op, function] : functions) {
    for (const Call& call : calls)
      table.push_back(reduce_case(op, function, call.shape, call.axes, call.keep));
    for (const std::vector<int>& axes : {std::vector<int>{}, {0}, {1}}) {
      table.push_back(reduce_case(op, function, {128, 1600}, axes, false));
      table.back().perf = true;
    }
  }
  table.push_back(reduce_case("sum", ops::sum, {0, 3}, {0}, false));
}

const CaseFile kFile("reduce", add_reduce_cases);

}  // namespace
}  // namespace hone::op_cases
