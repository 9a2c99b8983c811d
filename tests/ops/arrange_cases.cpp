// Cases of ops that move elements.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using Axes = std::vector<int>;

std::string text_of(const Axes& axes) {
  std::string text = "[";
  for (const int axis : axes) text += fmt::format("{}{}", text == "[" ? "" : ", ", axis);
  return text + "]";
}

void add_one(std::vector<OpCase>& table, const char* op, const std::vector<Shape>& shapes,
             const std::string& how, std::function<Tensor(const Inputs&)> call, double terms = 1) {
  OpCase one;
  one.op = op;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    one.vars.push_back(var(name.c_str(), shapes[i]));
    one.inputs.push_back({.name = name, .shape = shapes[i], .terms = terms});
  }
  one.vars.push_back({"how", how});
  one.call = std::move(call);
  table.push_back(std::move(one));
}

void add_views(std::vector<OpCase>& table) {
  const std::vector<std::pair<Shape, Axes>> transposes = {{{}, {}},
                                                          {{7}, {}},
                                                          {{3, 5}, {}},
                                                          {{67, 129}, {1, 0}},
                                                          {{2, 3, 5}, {}},
                                                          {{2, 3, 5}, {0, 2, 1}},
                                                          {{2, 3, 5}, {1, 0, -1}},
                                                          {{2, 3, 5, 7}, {0, 2, 3, 1}},
                                                          {{1, 3, 1, 5}, {3, 2, 1, 0}},
                                                          {{2, 1, 3, 2, 3}, {4, 0, 3, 1, 2}},
                                                          {{0, 3}, {}}};
  for (const auto& [shape, axes] : transposes)
    add_one(table, "transpose", {shape}, text_of(axes),
            [to = axes](const Inputs& in) { return ops::transpose(in[0], to); });
  const std::vector<std::pair<Shape, Axes>> flips = {{{1}, {}},           {{7}, {0}},
                                                     {{3, 5}, {}},        {{3, 5}, {1}},
                                                     {{2, 3, 5}, {0, 2}}, {{2, 13, 11, 3}, {2}}};
  for (const auto& [shape, axes] : flips)
    add_one(table, "flip", {shape}, text_of(axes),
            [along = axes](const Inputs& in) { return ops::flip(in[0], along); });
  struct Slice {
    Shape shape;
    ops::SliceOptions options;
  };
  const std::vector<Slice> slices = {{{7}, {.first = 1, .last = 6, .step = 2}},
                                     {{3, 5}, {.axis = 1, .first = 1, .last = 4}},
                                     {{3, 5}, {.axis = -1, .first = 2, .last = 2}},
                                     {{2, 11, 3}, {.axis = 1, .first = 0, .step = 3}},
                                     {{2, 3, 5, 7}, {.axis = 2, .first = 4}},
                                     {{67, 129}, {.axis = 1, .first = 64}}};
  for (const Slice& s : slices)
    add_one(table, "slice", {s.shape},
            fmt::format("axis {} {}..{} by {}", s.options.axis, s.options.first,
                        s.options.last.value_or(-1), s.options.step),
            [options = s.options](const Inputs& in) { return ops::slice(in[0], options); });
  const std::vector<std::pair<Shape, std::vector<ops::PadWidth>>> pads = {
      {{7}, {{1, 2}}},
      {{3, 5}, {{0, 0}, {2, 0}}},
      {{3, 5}, {{1, 1}, {0, 3}}},
      {{2, 5, 7, 3}, {{0, 0}, {1, 2}, {2, 1}, {0, 0}}},
      {{1, 1}, {{0, 0}, {0, 0}}}};
  for (const auto& [shape, widths] : pads)
    add_one(table, "pad", {shape},
            fmt::format("last {} {}", widths.back().before, widths.back().after),
            [by = widths](const Inputs& in) { return ops::pad(in[0], by, -1.5); });
  const std::vector<std::tuple<Shape, int, int>> repeats = {
      {{1}, 3, 0}, {{7}, 2, 0}, {{3, 5}, 3, 1}, {{3, 5}, 1, 0}, {{2, 3, 5}, 2, 1}, {{2, 3}, 0, 0}};
  for (const auto& [shape, times, axis] : repeats)
    add_one(
        table, "repeat", {shape}, fmt::format("{} times along {}", times, axis),
        [n = times, along = axis](const Inputs& in) { return ops::repeat(in[0], n, along); },
        times);
}

void add_joins(std::vector<OpCase>& table) {
  struct Join {
    std::vector<Shape> shapes;
    int axis;
  };
  for (const Join& join : std::vector<Join>{{{{3}, {5}}, 0},
                                            {{{3, 5}}, 1},
                                            {{{3, 5}, {3, 1}, {3, 7}}, 1},
                                            {{{2, 3}, {0, 3}, {5, 3}}, 0},
                                            {{{2, 3, 5}, {2, 11, 5}}, -2},
                                            {{{67, 129}, {67, 33}}, -1}})
    add_one(table, "concat", join.shapes, fmt::format("axis {}", join.axis),
            [axis = join.axis](const Inputs& in) { return ops::concat(in, axis); });
  for (const Join& join : std::vector<Join>{{{{}, {}}, 0},
                                            {{{3, 5}, {3, 5}}, 0},
                                            {{{3, 5}, {3, 5}, {3, 5}}, 1},
                                            {{{3, 5}, {3, 5}}, -1},
                                            {{{2, 3, 7}}, 2}})
    add_one(table, "stack", join.shapes, fmt::format("axis {}", join.axis),
            [axis = join.axis](const Inputs& in) { return ops::stack(in, axis); });
  struct Split {
    Shape shape;
    std::vector<std::int64_t> extents;
    int axis;
  };
  for (const Split& split : std::vector<Split>{
           {{7}, {2, 5}, 0}, {{3, 5}, {1, 3, 1}, 1}, {{3, 5}, {3}, 0}, {{2, 7, 3}, {0, 4, 3}, -2}})
    add_one(
        table, "split", {split.shape}, fmt::format("{} parts", split.extents.size()),
        [split](const Inputs& in) { return ops::split(in[0], split.extents, split.axis).back(); });
}

void add_arrange_cases(std::vector<OpCase>& table) {
  add_views(table);
  add_joins(table);
  for (const Axes& axes : {Axes{1, 0}, Axes{0, 1}}) {
    add_one(table, "transpose", {{128, 1600}}, text_of(axes),
            [axes](const Inputs& in) { return ops::transpose(in[0], axes); });
    table.back().perf = true;
  }
  const Shape images{64, 26, 26, 32};
  const auto add = [&](const char* op, std::function<Tensor(const Inputs&)> call,
                       double terms = 1) {
    add_one(table, op, {images}, "images", std::move(call), terms);
    table.back().perf = true;
  };
  add("transpose", [](const Inputs& in) { return ops::transpose(in[0], {0, 3, 1, 2}); });
  add("flip", [](const Inputs& in) { return ops::flip(in[0], {2}); });
  add("slice",
      [](const Inputs& in) { return ops::slice(in[0], {.axis = 2, .first = 1, .last = 25}); });
  add("pad", [](const Inputs& in) { return ops::pad(in[0], {{}, {1, 1}, {1, 1}, {}}); });
  add(
      "repeat", [](const Inputs& in) { return ops::repeat(in[0], 2, 1); }, 2);
  add(
      "concat",
      [](const Inputs& in) {
        return ops::concat({in[0], in[0]}, 3);
      },
      2);
  add(
      "stack",
      [](const Inputs& in) {
        return ops::stack({in[0], in[0]});
      },
      2);
  add("split", [](const Inputs& in) { return ops::split(in[0], {16, 16}, 3)[1]; });
}

const CaseFile kFile("arrange", add_arrange_cases);

}  // namespace
}  // namespace hone::op_cases
