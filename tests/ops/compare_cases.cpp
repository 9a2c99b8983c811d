// Cases of comparisons, the choice by a mask, and conversions.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_compare_cases(std::vector<OpCase>& table) {
  using Compare = Tensor (*)(const Tensor&, const Tensor&);
  const std::pair<const char*, Compare> all[] = {
      {"equal", ops::equal},     {"not_equal", ops::not_equal},
      {"less", ops::less},       {"less_equal", ops::less_equal},
      {"greater", ops::greater}, {"greater_equal", ops::greater_equal}};
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{}, {}}, {{5}, {5}}, {{3, 5}, {}}, {{3, 1}, {1, 11}}, {{7, 1, 5}, {3, 1}}, {{1031}, {1031}}};
  for (const auto& [op, function] : all)
    for (const auto& [a, b] : shapes)
      for (const Fill fill : {Fill::lattice, Fill::label}) {  // f32, i32
        OpCase one;
        one.op = op;
        one.vars = {var("a", a), var("b", b), var("type", fill == Fill::label ? "i32" : "f32")};
        one.inputs = {{.name = "a", .shape = a, .fill = fill, .gradient = false, .classes = 3},
                      {.name = "b", .shape = b, .fill = fill, .gradient = false, .classes = 3}};
        one.call = [f = function](const Inputs& in) { return f(in[0], in[1]); };
        table.push_back(one);
      }
  struct Choice {
    Shape mask, a, b;
  };
  for (const Choice& c : {Choice{{}, {}, {}}, Choice{{7}, {7}, {7}}, Choice{{3, 1}, {3, 5}, {5}},
                          Choice{{3, 5}, {}, {3, 5}}, Choice{{5}, {3, 1}, {}},
                          Choice{{2, 1, 7}, {2, 3, 7}, {3, 1}}, Choice{{1031}, {1031}, {1}}}) {
    const Shape out = broadcast_shapes("where", c.mask, broadcast_shapes("where", c.a, c.b));
    const auto terms = [&](const Shape& shape) {
      return static_cast<double>(out.count()) / static_cast<double>(shape.count());
    };
    OpCase one;
    one.op = "where";
    one.vars = {var("mask", c.mask), var("a", c.a), var("b", c.b)};
    one.inputs = {{.name = "mask", .shape = c.mask, .fill = Fill::mask},
                  {.name = "a", .shape = c.a, .terms = terms(c.a)},
                  {.name = "b", .shape = c.b, .terms = terms(c.b)}};
    one.call = [](const Inputs& in) { return ops::where(in[0], in[1], in[2]); };
    table.push_back(one);
  }
  for (const DType dtype : {DType::u8, DType::i32, DType::f32})
    for (const Fill fill : {Fill::uniform, Fill::label}) {
      OpCase one;
      one.op = "cast";
      one.vars = {var("from", fill == Fill::label ? "i32" : "f32"), var("to", name_of(dtype))};
      one.inputs = {
          {.name = "x", .shape = {3, 37}, .fill = fill, .gradient = false, .classes = 300}};
      one.call = [dtype](const Inputs& in) { return ops::cast(in[0], dtype); };
      table.push_back(one);
    }
}

// One of each for the clock.
void add_perf(std::vector<OpCase>& table) {
  const Shape shape{128, 1600};
  const auto add = [&](const char* op, std::vector<OpInput> inputs,
                       std::function<Tensor(const Inputs&)> call) {
    OpCase one;
    one.op = op;
    one.vars = {var("x", shape)};
    one.inputs = std::move(inputs);
    one.call = std::move(call);
    one.perf = true;
    table.push_back(std::move(one));
  };
  const OpInput a{.name = "a", .shape = shape}, b{.name = "b", .shape = shape};
  OpInput fixed_a = a, fixed_b = b;
  fixed_a.gradient = fixed_b.gradient = false;
  add("less", {fixed_a, fixed_b}, [](const Inputs& in) { return ops::less(in[0], in[1]); });
  add("where", {{.name = "mask", .shape = shape, .fill = Fill::mask}, a, b},
      [](const Inputs& in) { return ops::where(in[0], in[1], in[2]); });
  add("cast", {{.name = "mask", .shape = shape, .fill = Fill::mask}},
      [](const Inputs& in) { return ops::cast(in[0], DType::f32); });
}

void add_all(std::vector<OpCase>& table) {
  add_compare_cases(table);
  add_perf(table);
}

const CaseFile kFile("compare", add_all);

}  // namespace
}  // namespace hone::op_cases
