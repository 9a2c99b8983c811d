// Cases of reshape, flatten and slice.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using Extents = std::vector<std::int64_t>;

std::string text_of(const Extents& extents) {
  std::string text = "[";
  for (const std::int64_t extent : extents)
    text += fmt::format("{}{}", text == "[" ? "" : ", ", extent);
  return text + "]";
}

void add_reshape_cases(std::vector<OpCase>& table) {
  const auto add = [&](const char* op, const Shape& shape, std::pair<std::string, std::string> what,
                       std::function<Tensor(const Tensor&)> function) {
    OpCase one;
    one.op = op;
    one.vars = {var("x", shape), std::move(what)};
    one.inputs = {{.name = "x", .shape = shape}};
    one.call = [function = std::move(function)](const Inputs& in) { return function(in[0]); };
    table.push_back(std::move(one));
  };
  const std::vector<std::pair<Shape, Extents>> reshapes = {
      {{3, 5}, {5, 3}}, {{3, 5}, {15}},    {{3, 5}, {-1, 1, 3}}, {{}, {1, 1}},
      {{1}, {}},        {{2, 3, 7}, {-1}}, {{0, 3}, {0, 7}},
  };
  for (const auto& [shape, extents] : reshapes)
    add("reshape", shape, {"to", text_of(extents)},
        [to = extents](const Tensor& x) { return ops::reshape(x, to); });
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 3, 5, 7}, Shape{1, 1, 1}, Shape{5, 1, 3}})
    add("flatten", shape, var("to", "rows"), [](const Tensor& x) { return ops::flatten(x); });
  struct Rows {
    Shape shape;
    std::int64_t first, last;
  };
  for (const Rows& rows : std::vector<Rows>{{{7}, 2, 5},
                                            {{7, 3}, 0, 7},
                                            {{7, 3}, 6, 7},
                                            {{5, 3, 2}, 1, 3},
                                            {{5, 3}, 2, 2},
                                            {{1, 11}, 0, 1}})
    add("slice", rows.shape, {"rows", fmt::format("{}..{}", rows.first, rows.last)},
        [rows](const Tensor& x) { return ops::slice(x, rows.first, rows.last); });
}

const CaseFile kFile("reshape", add_reshape_cases);

}  // namespace
}  // namespace hone::op_cases
