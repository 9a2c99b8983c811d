// Cases of max-pooling.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_maxpool2d_cases(std::vector<OpCase>& table) {
  struct Call {
    Shape x;
    int kernel, stride;
    Fill fill = Fill::distinct;
    ops::Padding padding = ops::Padding::valid;
  };
  const std::vector<Call> calls = {{{1, 2, 2, 1}, 2, 2},
                                   {{2, 4, 6, 3}, 2, 2},
                                   {{2, 5, 7, 3}, 2, 2},
                                   {{1, 7, 5, 5}, 3, 2},
                                   {{2, 7, 7, 2}, 3, 1},
                                   {{1, 5, 11, 1}, 1, 1},
                                   {{1, 11, 5, 3}, 1, 3},
                                   {{1, 7, 9, 2}, 2, 3},
                                   {{1, 7, 7, 3}, 7, 1},
                                   {{1, 16, 17, 1}, 16, 1},
                                   {{3, 6, 6, 17}, 2, 2},
                                   {{5, 13, 11, 33}, 2, 2},
                                   {{2, 9, 8, 16}, 3, 3},
                                   {{2, 7, 5, 3}, 3, 2, Fill::distinct, ops::Padding::same},
                                   {{1, 5, 8, 17}, 4, 1, Fill::distinct, ops::Padding::same},
                                   {{2, 3, 2, 1}, 5, 3, Fill::distinct, ops::Padding::same},
                                   {{2, 6, 7, 16}, 2, 2, Fill::lattice, ops::Padding::same},
                                   // Ties: the first maximum of the window takes the gradient.
                                   {{2, 5, 7, 3}, 2, 2, Fill::lattice},
                                   {{2, 7, 7, 16}, 3, 2, Fill::lattice},
                                   {{3, 6, 6, 32}, 2, 2, Fill::lattice}};
  const auto add = [&](const Call& call) {
    OpCase one;
    one.op = "maxpool2d";
    one.vars = {var("x", call.x), var("kernel", call.kernel), var("stride", call.stride)};
    if (call.padding == ops::Padding::same) one.vars.push_back(var("padding", "same"));
    if (call.fill == Fill::lattice) one.vars.push_back(var("fill", "lattice"));
    one.inputs = {{.name = "x",
                   .shape = call.x,
                   .fill = call.fill,
                   .terms = static_cast<double>(call.kernel * call.kernel)}};
    const Pool2dParams params =
        ops::pool2d_params("maxpool2d", call.x, call.kernel, call.stride, call.padding);
    one.call = [params](const Inputs& in) { return ops::maxpool2d(in[0], params); };
    table.push_back(std::move(one));
  };
  for (const Call& call : calls) add(call);
  for (const Call& call : {Call{{64, 26, 26, 32}, 2, 2}, Call{{64, 26, 26, 32}, 3, 2}}) {
    add(call);
    table.back().perf = true;
  }
}

const CaseFile kFile("maxpool2d", add_maxpool2d_cases);

}  // namespace
}  // namespace hone::op_cases
