// Cases of dropout; the mask depends on the element and the counters alone, so all backends agree.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

void add_dropout_cases(std::vector<OpCase>& table) {
  const auto add = [&](const Shape& shape, double p, std::uint64_t seed, std::uint32_t stream) {
    OpCase one;
    one.op = "dropout";
    one.vars = {var("x", shape), var("p", p), var("stream", stream)};
    one.inputs = {{.name = "x", .shape = shape},
                  {.name = "step", .shape = Shape{1}, .fill = Fill::counter}};
    one.call = [=](const Inputs& in) {
      return ops::dropout(in[0], in[1], ops::dropout_row(p, seed), {.stream = stream});
    };
    table.push_back(std::move(one));
  };
  for (const double p : {0.0, 0.1, 0.25, 0.5, 0.9, 1.0})
    for (const Shape& shape : {Shape{7}, Shape{13, 11}}) add(shape, p, 42, 2);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{8}, Shape{9}, Shape{3, 5, 7}, Shape{0, 3},
                             Shape{2, 3, 5, 7}, Shape{70001}})
    add(shape, 0.3, 0x123456789abcdefull, 7);
  add({128, 1600}, 0.25, 1, 0);
  table.back().perf = true;
}

void add_random_cases(std::vector<OpCase>& table) {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 5}, Shape{4099}})
    for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
      OpCase one;
      one.op = "random";
      one.vars = {var("shape", shape),
                  var("distribution", distribution == Distribution::normal ? "normal" : "uniform")};
      one.inputs = {{.name = "step", .shape = {1}, .fill = Fill::counter}};
      one.terms = 16;  // the steps of a logarithm and a cosine
      one.call = [=](const Inputs& in) {
        return ops::random(in[0], shape,
                           {.distribution = distribution, .a = 0.5, .b = 2, .seed = 7});
      };
      table.push_back(std::move(one));
    }
}

void add_all(std::vector<OpCase>& table) {
  add_dropout_cases(table);
  add_random_cases(table);
}

const CaseFile kFile("dropout", add_all);

}  // namespace
}  // namespace hone::op_cases
