// Cases of the fused softmax and cross-entropy.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_softmax_cross_entropy_cases(std::vector<OpCase>& table) {
  const auto add = [&](std::int64_t n, std::int64_t classes) {
    OpCase one;
    one.op = "softmax_cross_entropy";
    const Shape logits{n, classes};
    one.vars = {var("logits", logits)};
    one.terms = static_cast<double>(n + classes);
    one.inputs = {{.name = "logits", .shape = logits, .terms = static_cast<double>(classes)},
                  {.name = "labels", .shape = Shape{n}, .fill = Fill::label, .classes = classes}};
    one.call = [](const Inputs& in) { return ops::softmax_cross_entropy(in[0], in[1]); };
    table.push_back(std::move(one));
  };
  const std::int64_t sizes[][2] = {{1, 1}, {1, 2},   {3, 1},   {5, 10},
                                   {7, 3}, {67, 13}, {3, 257}, {300, 10}};
  for (const auto& [n, classes] : sizes) add(n, classes);
  for (const std::int64_t classes : {10, 1000}) {
    add(128, classes);
    table.back().perf = true;
  }
}

const CaseFile kFile("softmax_cross_entropy", add_softmax_cross_entropy_cases);

}  // namespace
}  // namespace hone::op_cases
