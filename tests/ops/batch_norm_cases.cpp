// Cases of the batch normalisation block: both modes, all mixes of ReLU and pooling, channel counts
// around a vector's width, more images than there are parts.
#include <algorithm>
#include <cmath>

#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

// How far the outputs before ReLU and pooling are from a change of either.
double block_margin(const Inputs& in, ops::BatchNormOptions options) {
  const NoGrad no_grad;
  const bool relu = options.relu, pool = options.pool;
  options.relu = options.pool = false;
  const Tensor z = ops::batch_norm(in[0], in[1], in[2], in[3], in[4], options);
  std::vector<double> values = z.to_vector<double>();
  double least = 1;
  for (double& value : values) {
    if (relu) least = std::min(least, std::abs(value));
    if (relu && value < 0) value = 0;
  }
  if (!pool) return least;
  const Shape shape = z.shape();
  const auto at = [&](std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) {
    return values[static_cast<std::size_t>(((n * shape[1] + y) * shape[2] + x) * shape[3] + c)];
  };
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t y = 0; y + 1 < shape[1]; y += 2)
      for (std::int64_t x = 0; x + 1 < shape[2]; x += 2)
        for (std::int64_t c = 0; c < shape[3]; ++c) {
          std::vector<double> window = {at(n, y, x, c), at(n, y, x + 1, c), at(n, y + 1, x, c),
                                        at(n, y + 1, x + 1, c)};
          std::sort(window.begin(), window.end());
          // Ties at 0 are harmless: no gradient passes there.
          if (window[3] > 0 || !relu) least = std::min(least, window[3] - window[2]);
        }
  return least;
}

void add_block(std::vector<OpCase>& table, const Shape& x, const ops::BatchNormOptions& options) {
  OpCase one;
  one.op = "batch_norm";
  one.vars = {var("x", x), var("training", options.training ? 1.0 : 0.0),
              var("relu", options.relu ? 1.0 : 0.0), var("pool", options.pool ? 1.0 : 0.0),
              var("unbiased", options.unbiased ? 1.0 : 0.0)};
  const Shape channels{x[-1]};
  const std::int64_t count = x.count() / x[-1];
  const auto rows = static_cast<double>(count);
  one.terms = rows;
  // A large epsilon keeps the slope of 1 / sqrt(variance) within what central differences resolve.
  one.inputs = {
      {.name = "x", .shape = x, .terms = rows},
      {.name = "scale", .shape = channels, .fill = Fill::positive, .terms = rows},
      {.name = "shift", .shape = channels, .terms = rows},
      {.name = "running_mean", .shape = channels, .gradient = false},
      {.name = "running_variance", .shape = channels, .fill = Fill::positive, .gradient = false}};
  one.call = [options](const Inputs& in) {
    return ops::batch_norm(in[0], in[1], in[2], in[3], in[4], options);
  };
  if (options.relu || options.pool)
    one.margin = [options](const Inputs& in) { return block_margin(in, options); };
  table.push_back(std::move(one));
}

void add_batch_norm_cases(std::vector<OpCase>& table) {
  for (const bool training : {false, true})
    for (int flags = 0; flags < 4; ++flags)
      for (const Shape& x : {Shape{2, 2, 2, 1}, Shape{3, 5, 4, 3}, Shape{2, 4, 3, 17}})
        add_block(table, x,
                  {.epsilon = 0.1,
                   .training = training,
                   .relu = (flags & 1) != 0,
                   .pool = (flags & 2) != 0});
  for (const bool training : {false, true})
    for (const Shape& x : {Shape{2, 3}, Shape{7, 1}, Shape{70, 5}, Shape{131, 3}})
      add_block(table, x, {.epsilon = 0.1, .unbiased = true, .training = training});
  add_block(table, {70, 2, 2, 3}, {.training = true, .relu = true, .pool = true});
  add_block(table, {64, 26, 26, 32}, {.training = true, .relu = true, .pool = true});
  table.back().perf = true;
  table.back().margin = nullptr;
}

const CaseFile kFile("batch_norm", add_batch_norm_cases);

}  // namespace
}  // namespace hone::op_cases
