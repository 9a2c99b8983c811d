// Cases of the convolution block: kernels, strides, paddings, odd extents, all mixes of bias, ReLU
// and pooling, and the channel counts at which fast kernels change their path.
#include <algorithm>
#include <array>
#include <cmath>

#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

using ops::Conv2dOptions;
using ops::Padding;

struct Block {
  std::int64_t n, h, w, cin, cout, kh, kw;
  bool bias = false, relu = false, pool = false;
  int stride = 1;
  Padding padding = Padding::valid;
  bool input_gradient = true;
  bool bias_gradient = true;
  Fill fill = Fill::uniform;
  int dilation = 1, groups = 1;

  Conv2dOptions options() const {
    return {.stride = stride,
            .padding = padding,
            .dilation = dilation,
            .groups = groups,
            .relu = relu,
            .pool = pool};
  }
};

// How far the plain convolution's outputs are from a change of ReLU or arg-max: the distance to 0
// of what ReLU sees, and of the two largest of each pooling window to one another.
double block_margin(const Inputs& in, const Block& block) {
  const NoGrad no_grad;
  Conv2dOptions plain = block.options();
  plain.relu = plain.pool = false;
  const Tensor z = ops::conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), plain);
  const std::vector<double> values = z.to_vector<double>();
  double least = 1;
  if (!block.pool) {
    for (const double value : values) least = std::min(least, std::abs(value));
    return least;
  }
  const std::int64_t rows = z.shape()[1], columns = z.shape()[2], c = z.shape()[3];
  for (std::int64_t n = 0; n < z.shape()[0]; ++n)
    for (std::int64_t i = 0; i + 1 < rows; i += 2)
      for (std::int64_t j = 0; j + 1 < columns; j += 2)
        for (std::int64_t k = 0; k < c; ++k) {
          const auto at = [&](std::int64_t di, std::int64_t dj) {
            return values[static_cast<std::size_t>(((n * rows + i + di) * columns + j + dj) * c +
                                                   k)];
          };
          std::array<double, 4> window = {at(0, 0), at(0, 1), at(1, 0), at(1, 1)};
          std::sort(window.begin(), window.end());
          least = std::min(least, window[3] - window[2]);
          if (block.relu) least = std::min(least, std::abs(window[3]));
        }
  return least;
}

OpCase block_case(const Block& block) {
  OpCase one;
  one.op = "conv2d";
  const Shape x{block.n, block.h, block.w, block.cin},
      w{block.cout, block.kh, block.kw, block.cin / block.groups};
  one.vars = {var("x", x),
              var("w", w),
              var("stride", block.stride),
              var("padding", block.padding == Padding::same ? "same" : "valid"),
              var("bias", block.bias ? "yes" : "no"),
              var("relu", block.relu ? "yes" : "no"),
              var("pool", block.pool ? "yes" : "no")};
  if (block.dilation > 1) one.vars.push_back(var("dilation", block.dilation));
  if (block.groups > 1) one.vars.push_back(var("groups", block.groups));
  if (!block.input_gradient) one.vars.push_back(var("dx", "no"));
  if (!block.bias_gradient) one.vars.push_back(var("db", "no"));
  if (block.fill == Fill::lattice) one.vars.push_back(var("fill", "lattice"));
  const Conv2dParams params = ops::conv2d_params(x, w, block.options());
  const auto taps = static_cast<double>(block.kh * block.kw);
  const auto positions =
      static_cast<double>(block.n * params.conv_h(block.h) * params.conv_w(block.w));
  const std::int64_t group_in = block.cin / block.groups;
  const auto cin = static_cast<double>(group_in), cout = static_cast<double>(block.cout);
  one.inputs = {{.name = "x",
                 .shape = x,
                 .fill = block.fill,
                 .gradient = block.input_gradient,
                 .terms = cout * taps},
                {.name = "w", .shape = w, .fill = block.fill, .terms = positions}};
  if (block.bias)
    one.inputs.push_back({.name = "b",
                          .shape = Shape{block.cout},
                          .fill = block.fill,
                          .gradient = block.bias_gradient,
                          .terms = positions});
  one.call = [options = block.options()](const Inputs& in) {
    return ops::conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), options);
  };
  if ((block.relu || block.pool) && block.fill != Fill::lattice)
    one.margin = [block](const Inputs& in) { return block_margin(in, block); };
  one.terms = taps * cin;
  one.flops = 2 * positions * cout * taps * cin;
  one.backward_flops = one.flops * (block.input_gradient ? 2 : 1);
  return one;
}

// Every kernel from 1x1 to 7x7, with both paddings and strides, with few channels and with enough
// for vectors of them.
void add_kernels(std::vector<OpCase>& table) {
  for (int k = 1; k <= 7; ++k)
    for (const Padding padding : {Padding::valid, Padding::same})
      for (const int stride : {1, 2})
        for (const auto& [cin, cout] : {std::pair{2, 3}, {9, 12}})
          table.push_back(block_case({.n = 2,
                                      .h = 9,
                                      .w = 7,
                                      .cin = cin,
                                      .cout = cout,
                                      .kh = k,
                                      .kw = k,
                                      .bias = true,
                                      .stride = stride,
                                      .padding = padding}));
  const std::int64_t oblong[][2] = {{1, 3}, {3, 1}, {2, 5}, {7, 2}, {4, 3}};
  for (const auto& [kh, kw] : oblong)
    for (const Padding padding : {Padding::valid, Padding::same})
      table.push_back(block_case({.n = 1,
                                  .h = 7,
                                  .w = 11,
                                  .cin = 3,
                                  .cout = 2,
                                  .kh = kh,
                                  .kw = kw,
                                  .bias = true,
                                  .padding = padding}));
  // A map smaller than the kernel, one pixel, a stride beyond the kernel.
  table.push_back(block_case(
      {.n = 1, .h = 2, .w = 3, .cin = 1, .cout = 2, .kh = 7, .kw = 7, .padding = Padding::same}));
  table.push_back(block_case({.n = 3, .h = 1, .w = 1, .cin = 5, .cout = 7, .kh = 1, .kw = 1}));
  table.push_back(block_case({.n = 1,
                              .h = 11,
                              .w = 13,
                              .cin = 1,
                              .cout = 3,
                              .kh = 2,
                              .kw = 2,
                              .bias = true,
                              .stride = 5}));
}

// All mixes of the three flags, on extents that pooling cuts.
void add_flags(std::vector<OpCase>& table) {
  for (int flags = 0; flags < 8; ++flags)
    for (const Padding padding : {Padding::valid, Padding::same})
      for (const std::int64_t cin : {1, 3})
        table.push_back(block_case({.n = 2,
                                    .h = 7,
                                    .w = 9,
                                    .cin = cin,
                                    .cout = 5,
                                    .kh = 3,
                                    .kw = 3,
                                    .bias = (flags & 1) != 0,
                                    .relu = (flags & 2) != 0,
                                    .pool = (flags & 4) != 0,
                                    .padding = padding}));
  for (const bool pool : {false, true}) {
    const Block block{.n = 3,
                      .h = 5,
                      .w = 11,
                      .cin = 3,
                      .cout = 4,
                      .kh = 3,
                      .kw = 3,
                      .bias = true,
                      .relu = true,
                      .pool = pool};
    Block first_layer = block, frozen_bias = block, ties = block, strided = block;
    first_layer.input_gradient = false;
    frozen_bias.bias_gradient = false;
    ties.fill = Fill::lattice;
    strided.stride = 2;
    for (const Block& each : {first_layer, frozen_bias, ties, strided})
      table.push_back(block_case(each));
  }
}

// Channel counts around vector widths and tile sizes, in the shapes of an image network.
void add_channels(std::vector<OpCase>& table) {
  const std::int64_t channels[][2] = {{1, 8},   {1, 16},  {1, 32},  {3, 16},  {4, 4},   {8, 16},
                                      {15, 17}, {16, 16}, {16, 32}, {17, 33}, {32, 32}, {32, 5}};
  for (const auto& [cin, cout] : channels) {
    for (const bool pool : {false, true})
      for (const Padding padding : {Padding::valid, Padding::same})
        table.push_back(block_case({.n = 3,
                                    .h = 8,
                                    .w = 11,
                                    .cin = cin,
                                    .cout = cout,
                                    .kh = 3,
                                    .kw = 3,
                                    .bias = true,
                                    .relu = true,
                                    .pool = pool,
                                    .padding = padding}));
    table.push_back(block_case({.n = 1,
                                .h = 6,
                                .w = 5,
                                .cin = cin,
                                .cout = cout,
                                .kh = 5,
                                .kw = 5,
                                .bias = true,
                                .padding = Padding::same}));
    table.push_back(block_case({.n = 2,
                                .h = 7,
                                .w = 6,
                                .cin = cin,
                                .cout = cout,
                                .kh = 3,
                                .kw = 3,
                                .stride = 2,
                                .padding = Padding::same}));
    table.push_back(block_case({.n = 2,
                                .h = 6,
                                .w = 7,
                                .cin = cin,
                                .cout = cout,
                                .kh = 3,
                                .kw = 3,
                                .bias = true,
                                .relu = true,
                                .pool = true,
                                .fill = Fill::lattice}));
  }
  // The two blocks of the reference network; more images than a kernel takes at once.
  table.push_back(block_case({.n = 2,
                              .h = 28,
                              .w = 28,
                              .cin = 1,
                              .cout = 32,
                              .kh = 3,
                              .kw = 3,
                              .bias = true,
                              .relu = true,
                              .pool = true}));
  table.push_back(block_case({.n = 1,
                              .h = 13,
                              .w = 13,
                              .cin = 32,
                              .cout = 64,
                              .kh = 3,
                              .kw = 3,
                              .bias = true,
                              .relu = true,
                              .pool = true}));
  table.push_back(block_case({.n = 37,
                              .h = 4,
                              .w = 4,
                              .cin = 3,
                              .cout = 8,
                              .kh = 3,
                              .kw = 3,
                              .bias = true,
                              .relu = true,
                              .pool = true}));
}

// Without pooling: more images than partial sums, several bands of rows, rows wider than a tile,
// more channels than one block of weights, more terms than are added at once.
void add_plain(std::vector<OpCase>& table) {
  Block many{.n = 21, .h = 4, .w = 5, .cin = 9, .cout = 16, .kh = 3, .kw = 3, .bias = true};
  many.relu = true;
  Block bands{.n = 2, .h = 61, .w = 43, .cin = 16, .cout = 24, .kh = 3, .kw = 2, .bias = true};
  bands.padding = Padding::same;
  Block wide{.n = 1, .h = 5, .w = 6, .cin = 67, .cout = 139, .kh = 3, .kw = 3, .bias = true};
  wide.padding = Padding::same;
  Block wide_strided = wide, line{.n = 1, .h = 1, .w = 300, .cin = 8, .cout = 8, .kh = 1, .kw = 9};
  wide_strided.stride = 2;
  Block pointwise{.n = 3, .h = 6, .w = 9, .cin = 130, .cout = 80, .kh = 1, .kw = 1, .bias = true};
  pointwise.relu = true;
  for (const Block& each : {many, bands, wide, wide_strided, line, pointwise})
    table.push_back(block_case(each));
}

// Of 3x3 kernels in tiles: whole ones and those that stick out, with every mix of flags, over
// several bands of tiles and more of them than partial sums; maps too small for tiles.
void add_tiles(std::vector<OpCase>& table) {
  const std::int64_t extents[][2] = {{8, 8}, {7, 6}, {6, 9}, {5, 5}, {4, 3}, {1, 40}, {2, 2}};
  for (const auto& [h, w] : extents)
    for (const Padding padding : {Padding::valid, Padding::same}) {
      if (padding == Padding::valid && (h < 3 || w < 3)) continue;
      const bool odd = (h + w) % 2 != 0, same = padding == Padding::same;
      table.push_back(block_case({.n = 3,
                                  .h = h,
                                  .w = w,
                                  .cin = odd ? 16 : 32,
                                  .cout = same ? 16 : 48,
                                  .kh = 3,
                                  .kw = 3,
                                  .bias = odd || same,
                                  .relu = odd,
                                  .padding = padding}));
    }
  Block many{.n = 37, .h = 14, .w = 9, .cin = 16, .cout = 16, .kh = 3, .kw = 3, .bias = true};
  many.padding = Padding::same;
  Block large{.n = 1, .h = 46, .w = 61, .cin = 16, .cout = 32, .kh = 3, .kw = 3, .relu = true};
  Block deep{.n = 2, .h = 6, .w = 6, .cin = 144, .cout = 80, .kh = 3, .kw = 3, .bias = true};
  deep.padding = Padding::same;
  Block first_layer = many, frozen_bias = many, ties = deep;
  first_layer.input_gradient = false;
  frozen_bias.bias_gradient = false;
  ties.fill = Fill::lattice;
  for (const Block& each : {many, large, deep, first_layer, frozen_bias, ties})
    table.push_back(block_case(each));
}

// Gaps between the taps; channels in parts; each channel by itself.
void add_dilations_and_groups(std::vector<OpCase>& table) {
  const Block base{.n = 2, .h = 9, .w = 8, .cin = 4, .cout = 6, .kh = 3, .kw = 3, .bias = true};
  for (const Padding padding : {Padding::valid, Padding::same})
    for (const int stride : {1, 2})
      for (const auto& [dilation, groups] : {std::pair{2, 1}, {3, 2}, {1, 2}, {2, 2}}) {
        Block block = base;
        block.padding = padding;
        block.stride = stride;
        block.dilation = dilation;
        block.groups = groups;
        table.push_back(block_case(block));
      }
  for (const std::int64_t channels : {2, 16, 33})
    for (const bool relu : {false, true})
      for (const int stride : {1, 2}) {
        Block block = base;
        block.cin = block.cout = channels;
        block.groups = static_cast<int>(channels);
        block.relu = relu;
        block.bias = relu || stride == 1;
        block.stride = stride;
        block.dilation = stride == 1 ? 2 : 1;
        block.padding = Padding::same;
        table.push_back(block_case(block));
      }
  Block pooled = base, pooled_groups = base, more = base;
  pooled.cin = pooled.cout = pooled.groups = 4;
  pooled.pool = pooled.relu = true;
  pooled_groups.groups = pooled_groups.dilation = 2;
  pooled_groups.pool = true;
  more.groups = 4;  // two output channels for each of the input
  more.cout = 8;
  for (const Block& each : {pooled, pooled_groups, more}) table.push_back(block_case(each));
}

void add_perf(std::vector<OpCase>& table) {
  const Block first{.n = 64,
                    .h = 28,
                    .w = 28,
                    .cin = 1,
                    .cout = 32,
                    .kh = 3,
                    .kw = 3,
                    .bias = true,
                    .relu = true,
                    .pool = true,
                    .input_gradient = false};
  const Block second{.n = 64,
                     .h = 13,
                     .w = 13,
                     .cin = 32,
                     .cout = 64,
                     .kh = 3,
                     .kw = 3,
                     .bias = true,
                     .relu = true,
                     .pool = true};
  Block dense = second, same = second, five = second, one = second, strided = second;
  dense.pool = false;
  same.padding = Padding::same;
  five.kh = five.kw = 5;
  one.kh = one.kw = 1;
  strided.pool = false;
  strided.stride = 2;
  Block depthwise = dense, grouped = dense;
  depthwise.cout = depthwise.groups = 32;
  grouped.groups = 4;
  for (const Block& each : {first, second, dense, same, five, one, strided, depthwise, grouped}) {
    table.push_back(block_case(each));
    table.back().perf = true;
    table.back().margin = nullptr;
  }
}

void add_conv2d_cases(std::vector<OpCase>& table) {
  add_kernels(table);
  add_flags(table);
  add_channels(table);
  add_plain(table);
  add_tiles(table);
  add_dilations_and_groups(table);
  add_perf(table);
}

const CaseFile kFile("conv2d", add_conv2d_cases);

}  // namespace
}  // namespace hone::op_cases
