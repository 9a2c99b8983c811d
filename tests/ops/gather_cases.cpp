// Cases of elements and rows by an index.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_gather_cases(std::vector<OpCase>& table) {
  const auto add = [&](const char* op, const Shape& x, const Shape& index, int axis,
                       std::function<Tensor(const Inputs&)> call) {
    OpCase one;
    one.op = op;
    one.vars = {var("x", x), var("index", index), var("axis", axis)};
    const double most = static_cast<double>(index.count());
    one.inputs = {{.name = "x", .shape = x, .terms = most},
                  {.name = "index",
                   .shape = index,
                   .fill = Fill::label,
                   .classes = x[axis < 0 ? axis + x.rank() : axis]}};
    one.call = std::move(call);
    table.push_back(std::move(one));
  };
  struct Call {
    Shape x, index;
    int axis;
  };
  for (const Call& c : {Call{{5}, {7}, 0}, Call{{3, 5}, {3, 2}, 1}, Call{{3, 5}, {11, 5}, 0},
                        Call{{1, 1}, {1, 1}, 1}, Call{{2, 3, 5}, {2, 7, 5}, -2},
                        Call{{67, 129}, {67, 1}, 1}, Call{{2, 3, 70}, {2, 4, 70}, 1}})
    add("gather", c.x, c.index, c.axis,
        [axis = c.axis](const Inputs& in) { return ops::gather(in[0], in[1], axis); });
  for (const Call& c : {Call{{5}, {7}, 0}, Call{{3, 5}, {4}, 1}, Call{{3, 5}, {0}, 0},
                        Call{{2, 3, 5}, {9}, 1}, Call{{13, 129}, {33}, 0}})
    add("take", c.x, c.index, c.axis,
        [axis = c.axis](const Inputs& in) { return ops::take(in[0], in[1], axis); });
  for (const Call& c : {Call{{5, 3}, {7}, 0}, Call{{1, 1}, {}, 0}, Call{{11, 16}, {3, 5}, 0},
                        Call{{7, 129}, {2, 3, 5}, 0}})
    add("embedding", c.x, c.index, c.axis,
        [](const Inputs& in) { return ops::embedding(in[0], in[1]); });
  add("embedding", {10000, 64}, {128, 32}, 0,
      [](const Inputs& in) { return ops::embedding(in[0], in[1]); });
  table.back().perf = true;
  for (const Shape& labels : {Shape{}, Shape{1}, Shape{7}, Shape{3, 5}, Shape{300}}) {
    OpCase one;
    one.op = "one_hot";
    one.vars = {var("labels", labels)};
    one.inputs = {{.name = "labels", .shape = labels, .fill = Fill::label, .classes = 11}};
    one.call = [](const Inputs& in) { return ops::one_hot(in[0], 10); };  // 10 is no class
    table.push_back(one);
  }
}

const CaseFile kFile("gather", add_gather_cases);

}  // namespace
}  // namespace hone::op_cases
