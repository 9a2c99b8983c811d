// Cases of normalisation over the last axes, and over groups of channels.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

OpCase norm_case(const char* op, const Shape& x, const Shape& scale, double values,
                 std::function<Tensor(const Inputs&)> call) {
  OpCase one;
  one.op = op;
  one.vars = {var("x", x), var("scale", scale)};
  one.terms = values;
  const std::int64_t count = x.count() / scale.count();
  const auto rows = static_cast<double>(count);
  one.inputs = {{.name = "x", .shape = x, .terms = 4 * values},
                {.name = "scale", .shape = scale, .terms = rows},
                {.name = "shift", .shape = scale, .terms = rows}};
  one.call = std::move(call);
  return one;
}

void add_layer_norm_cases(std::vector<OpCase>& table) {
  for (const auto& [x, scale] : std::vector<std::pair<Shape, Shape>>{{{1, 7}, {7}},
                                                                     {{5, 3}, {3}},
                                                                     {{67, 33}, {33}},
                                                                     {{2, 3, 5}, {5}},
                                                                     {{2, 3, 5}, {3, 5}},
                                                                     {{2, 5, 3, 7}, {5, 3, 7}}})
    table.push_back(
        norm_case("layer_norm", x, scale, static_cast<double>(scale.count()),
                  [](const Inputs& in) { return ops::layer_norm(in[0], in[1], in[2], 1e-3); }));
  for (const auto& [x, groups] : std::vector<std::pair<Shape, int>>{
           {{3, 6}, 2}, {{2, 5, 3, 4}, 2}, {{2, 5, 3, 4}, 1}, {{2, 4, 5, 3}, 3}, {{3, 7, 12}, 4}}) {
    const std::int64_t values = x.count() / x[0] / groups;
    table.push_back(norm_case(
        "group_norm", x, {x[-1]}, static_cast<double>(values),
        [n = groups](const Inputs& in) { return ops::group_norm(in[0], in[1], in[2], n, 1e-3); }));
    table.back().vars.push_back(var("groups", groups));
  }
  table.push_back(norm_case("layer_norm", {128, 512}, {512}, 512,
                            [](const Inputs& in) { return ops::layer_norm(in[0], in[1], in[2]); }));
  table.back().perf = true;
}

const CaseFile kFile("layer_norm", add_layer_norm_cases);

}  // namespace
}  // namespace hone::op_cases
