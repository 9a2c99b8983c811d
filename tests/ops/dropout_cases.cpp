// Cases of dropout; the mask depends on the element and the counters alone, so all backends agree.
#include "tests/ops/op_case.h"

namespace hone::op_cases {

void add_dropout_cases(std::vector<OpCase>& table) {
  const auto add = [&](const Shape& shape, DropoutParams params) {
    OpCase one;
    one.op = "dropout";
    one.vars = {var("x", shape), var("p", params.p), var("stream", params.stream)};
    one.inputs = {{.name = "x", .shape = shape},
                  {.name = "step", .shape = Shape{1}, .fill = Fill::counter}};
    one.call = [params](const Inputs& in) { return ops::dropout(in[0], in[1], params); };
    table.push_back(std::move(one));
  };
  for (const double p : {0.0, 0.1, 0.25, 0.5, 0.9, 1.0})
    for (const Shape& shape : {Shape{7}, Shape{13, 11}})
      add(shape, {.p = p, .seed = 42, .stream = 2});
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{8}, Shape{9}, Shape{3, 5, 7}, Shape{0, 3},
                             Shape{2, 3, 5, 7}, Shape{70001}})
    add(shape, {.p = 0.3, .seed = 0x123456789abcdefull, .stream = 7});
  add({128, 1600}, {.p = 0.25, .seed = 1, .stream = 0});
  table.back().perf = true;
}

}  // namespace hone::op_cases
