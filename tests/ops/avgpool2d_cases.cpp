// Cases of average pooling.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_avgpool2d_cases(std::vector<OpCase>& table) {
  struct Call {
    Shape x;
    int kernel, stride;
    ops::Padding padding = ops::Padding::valid;
    bool count_padding = false;
  };
  const auto add = [&](const Call& call) {
    OpCase one;
    one.op = "avgpool2d";
    one.vars = {var("x", call.x), var("kernel", call.kernel), var("stride", call.stride)};
    if (call.padding == ops::Padding::same)
      one.vars.push_back(var("padding", call.count_padding ? "same, counted" : "same"));
    Pool2dParams params =
        ops::pool2d_params("avgpool2d", call.x, call.kernel, call.stride, call.padding);
    params.count_padding = call.count_padding;
    one.terms = static_cast<double>(call.kernel * call.kernel);
    one.inputs = {{.name = "x", .shape = call.x, .terms = one.terms}};
    one.call = [params](const Inputs& in) { return ops::avgpool2d(in[0], params); };
    table.push_back(std::move(one));
  };
  for (const Call& call :
       {Call{{1, 2, 2, 1}, 2, 2}, Call{{2, 5, 7, 3}, 2, 2}, Call{{1, 7, 5, 5}, 3, 2},
        Call{{2, 7, 7, 2}, 3, 1}, Call{{1, 5, 11, 1}, 1, 3}, Call{{1, 7, 9, 2}, 2, 3},
        Call{{1, 16, 17, 1}, 16, 1}, Call{{3, 6, 6, 17}, 2, 2}, Call{{2, 9, 8, 33}, 3, 3},
        Call{{2, 7, 5, 3}, 3, 2, ops::Padding::same}, Call{{1, 5, 8, 17}, 4, 1, ops::Padding::same},
        Call{{2, 3, 2, 1}, 5, 3, ops::Padding::same},
        Call{{2, 7, 5, 3}, 3, 2, ops::Padding::same, true}})
    add(call);
  add({{64, 26, 26, 32}, 2, 2});
  table.back().perf = true;
}

const CaseFile kFile("avgpool2d", add_avgpool2d_cases);

}  // namespace
}  // namespace hone::op_cases
