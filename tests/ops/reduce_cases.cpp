// Cases of sums, means, variances, norms and logsumexp, of extremes and where they are.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using Reduce = std::function<Tensor(const Tensor&, const std::vector<int>&, bool)>;

struct Function {
  const char* op;
  Reduce function;
  Fill fill = Fill::uniform;
};

OpCase reduce_case(const Function& of, const Shape& shape, const std::vector<int>& axes,
                   bool keep) {
  OpCase one;
  one.op = of.op;
  std::string text = "[";
  for (const int axis : axes) text += fmt::format("{}{}", text == "[" ? "" : ", ", axis);
  one.vars = {var("x", shape), {"axes", text + "]"}, var("keep", keep ? "yes" : "no")};
  one.inputs = {{.name = "x", .shape = shape, .fill = of.fill}};
  one.call = [function = of.function, axes, keep](const Inputs& in) {
    return function(in[0], axes, keep);
  };
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
  const std::vector<Function> functions = {
      {"sum", ops::sum},
      {"mean", ops::mean},
      {"variance", [](const Tensor& x, const std::vector<int>& axes,
                      bool keep) { return ops::variance(x, axes, keep); }},
      {"logsumexp", ops::logsumexp},
      {"norm", ops::norm, Fill::off_zero},
      {"max", ops::max, Fill::distinct},
      {"min", ops::min, Fill::distinct}};
  for (const Function& function : functions) {
    for (const Call& call : calls)
      table.push_back(reduce_case(function, call.shape, call.axes, call.keep));
    for (const std::vector<int>& axes : {std::vector<int>{}, {0}, {1}}) {
      table.push_back(reduce_case(function, {128, 1600}, axes, false));
      table.back().perf = true;
    }
  }
  table.push_back(reduce_case(functions[0], {0, 3}, {0}, false));
  OpCase unbiased =
      reduce_case({"variance", [](const Tensor& x, const std::vector<int>& axes,
                                  bool keep) { return ops::variance(x, axes, keep, true); }},
                  {3, 5}, {1}, false);
  unbiased.vars.push_back(var("unbiased", "yes"));
  table.push_back(unbiased);
  // Ties: the first one takes the gradient.
  for (const Function& function :
       {Function{"max", ops::max, Fill::lattice}, Function{"min", ops::min, Fill::lattice}})
    for (const std::vector<int>& axes : {std::vector<int>{}, {0}, {1}, {0, 2}}) {
      table.push_back(reduce_case(function, {7, 19, 5}, axes, true));
      table.back().vars.push_back(var("fill", "lattice"));
    }
}

void add_places(std::vector<OpCase>& table) {
  using Place = Tensor (*)(const Tensor&, int, bool);
  for (const auto& [op, function] :
       {std::pair<const char*, Place>{"argmax", ops::argmax}, {"argmin", ops::argmin}})
    for (const Shape& shape : {Shape{1}, Shape{13}, Shape{3, 5}, Shape{67, 129}, Shape{2, 3, 5, 7}})
      for (int axis = 0; axis < shape.rank(); ++axis) {
        OpCase one;
        one.op = op;
        const bool keep = axis == 1;
        one.vars = {var("x", shape), var("axis", axis)};
        one.inputs = {{.name = "x", .shape = shape, .fill = Fill::lattice, .gradient = false}};
        one.call = [f = function, axis, keep](const Inputs& in) { return f(in[0], axis, keep); };
        table.push_back(one);
        if (shape != Shape{67, 129}) continue;
        one.vars[0] = var("x", {128, 1600});
        one.inputs[0].shape = {128, 1600};
        one.perf = true;
        table.push_back(one);
      }
}

void add_all(std::vector<OpCase>& table) {
  add_reduce_cases(table);
  add_places(table);
}

const CaseFile kFile("reduce", add_all);

}  // namespace
}  // namespace hone::op_cases
