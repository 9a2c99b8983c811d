// Cases of the matrix product.
#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

OpCase matmul_case(std::int64_t m, std::int64_t k, std::int64_t n, bool ta, bool tb) {
  OpCase one;
  one.op = "matmul";
  const Shape a = ta ? Shape{k, m} : Shape{m, k}, b = tb ? Shape{n, k} : Shape{k, n};
  one.vars = {var("a", a), var("b", b), var("ta", ta ? "yes" : "no"), var("tb", tb ? "yes" : "no")};
  one.inputs = {{.name = "a", .shape = a, .terms = static_cast<double>(n)},
                {.name = "b", .shape = b, .terms = static_cast<double>(m)}};
  one.call = [=](const Inputs& in) {
    return ops::matmul(in[0], in[1], {.transpose_a = ta, .transpose_b = tb});
  };
  one.terms = static_cast<double>(k);
  one.flops = 2 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
  one.backward_flops = 2 * one.flops;
  return one;
}

// Batches of products, and a b that all share.
void add_batches(std::vector<OpCase>& table) {
  struct Batch {
    Shape a, b;
    bool ta = false, tb = false;
  };
  for (const Batch& batch :
       {Batch{{1, 3, 5}, {1, 5, 2}}, Batch{{4, 3, 5}, {4, 5, 7}}, Batch{{4, 5, 3}, {4, 5, 7}, true},
        Batch{{4, 3, 5}, {4, 7, 5}, false, true}, Batch{{4, 5, 3}, {4, 7, 5}, true, true},
        Batch{{2, 3, 7, 5}, {2, 3, 5, 4}}, Batch{{3, 7, 5}, {5, 4}},
        Batch{{2, 3, 7, 5}, {4, 5}, false, true}, Batch{{2, 130, 33}, {2, 33, 65}}}) {
    OpCase one;
    one.op = "matmul";
    one.vars = {var("a", batch.a), var("b", batch.b), var("ta", batch.ta ? "yes" : "no"),
                var("tb", batch.tb ? "yes" : "no")};
    one.inputs = {
        {.name = "a", .shape = batch.a, .terms = static_cast<double>(batch.b[batch.tb ? -2 : -1])},
        {.name = "b",
         .shape = batch.b,
         .terms = static_cast<double>(batch.a.count()) /
                  static_cast<double>(batch.a[batch.ta ? -2 : -1])}};
    one.call = [batch](const Inputs& in) {
      return ops::matmul(in[0], in[1], {.transpose_a = batch.ta, .transpose_b = batch.tb});
    };
    one.terms = static_cast<double>(batch.a[batch.ta ? -2 : -1]);
    one.flops = 2 * static_cast<double>(batch.a.count()) * one.inputs[0].terms;
    one.backward_flops = 2 * one.flops;
    table.push_back(std::move(one));
  }
}

void add_matmul_cases(std::vector<OpCase>& table) {
  add_batches(table);
  const std::int64_t sizes[][3] = {{1, 1, 1},   {1, 5, 1},     {3, 1, 7},
                                   {3, 5, 7},   {7, 3, 5},     {5, 13, 11},
                                   {1, 300, 3}, {65, 130, 33}, {130, 67, 259}};
  for (const auto& [m, k, n] : sizes)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) table.push_back(matmul_case(m, k, n, ta, tb));
  table.push_back(matmul_case(3, 0, 5, false, false));  // an empty sum is 0
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      table.push_back(matmul_case(256, 256, 256, ta, tb));
      table.back().perf = true;
    }
}

const CaseFile kFile("matmul", add_matmul_cases);

}  // namespace
}  // namespace hone::op_cases
