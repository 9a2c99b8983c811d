// 3x3 convolution by Winograd's minimal filtering F(2x2, 3x3): 16 products where the sum has 36.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308.
//
// A tile of 4x4 inputs and the weights are transformed by sums and halves alone; at each of the
// sixteen places of a tile, tiles times weights is a matrix product over the input channels, and
// its 4x4 results give 2x2 outputs. The gradient of the input is such a convolution again, with the
// weights turned around; that of the weights is the same three steps in reverse. Rounding errors
// are about those of the plain sum, which has nine times as many terms.
#include <algorithm>

#include "base/parallel_for.h"
#include "kernels/cpu/conv2d/plain.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kPlaces = 16, kTaps = 9;
constexpr std::int64_t kTileFloats = 8192;  // of the tiles of a band at one place: L2 holds all 16
constexpr std::int64_t kMostTiles = 128, kLeastTiles = 16;
constexpr std::int64_t kWeightSets = 8;  // partial sums of the weight gradient

// Tiles that stick out are computed whole: with small maps most of the gain would go there.
bool tiles_fit(std::int64_t h, std::int64_t w) {
  return 2 * (h + h % 2) * (w + w % 2) <= 3 * h * w;
}

bool is_winograd(const Conv2dProblem& p) {
  const auto& q = p.params;
  return is_plain(p) && q.kernel_h == 3 && q.kernel_w == 3 && q.stride_h == 1 && q.stride_w == 1 &&
         p.cin % 16 == 0 && p.cout % 16 == 0;
}

// The tiles of all images, row after row, in bands: by the shapes alone.
struct Tiles {
  std::int64_t height, width;  // tiles of an image
  std::int64_t rows;           // rows of tiles in a band
  std::int64_t bands;
  std::int64_t count() const { return rows * width; }  // tiles of a band
};

Tiles tiles_of(const Conv2dProblem& p) {
  Tiles t{(p.conv_h + 1) / 2, (p.conv_w + 1) / 2, 0, 0};
  const std::int64_t all = p.n * t.height;
  const std::int64_t most = std::clamp(kTileFloats / (p.cin + p.cout), kLeastTiles, kMostTiles);
  t.rows = std::clamp<std::int64_t>(most / std::max<std::int64_t>(t.width, 1), 1,
                                    std::max<std::int64_t>(all, 1));
  t.bands = (all + t.rows - 1) / t.rows;
  return t;
}

// One row of tiles: rows 2 * row and 2 * row + 1 of image n.
struct TileRow {
  std::int64_t image, row;
  std::int64_t rows;         // of them there are: 1 or 2
  std::int64_t first_pixel;  // of all
};

TileRow tile_row(const Conv2dProblem& p, const Tiles& tiles, std::int64_t at) {
  TileRow r{at / tiles.height, at % tiles.height, 0, 0};
  r.rows = std::min<std::int64_t>(2, p.conv_h - 2 * r.row);
  r.first_pixel = (r.image * p.conv_h + 2 * r.row) * p.conv_w;
  return r;
}

// Calls body(row of tiles, its place in the band) for a band.
template <class Body>
void for_rows(const Conv2dProblem& p, const Tiles& tiles, std::int64_t band, Body body) {
  const std::int64_t last = std::min((band + 1) * tiles.rows, p.n * tiles.height);
  for (std::int64_t at = band * tiles.rows; at < last; ++at)
    body(tile_row(p, tiles, at), at - band * tiles.rows);
}

// The problem with columns of zeros on the right, so that all tiles lie in the padded image.
Conv2dProblem widened(const Conv2dProblem& p, const Tiles& tiles) {
  Conv2dProblem wide = p;
  wide.params.pad_right = static_cast<int>(2 * tiles.width + 2 - p.w) - p.params.pad_left;
  return wide;
}

// v: [16 planes][tiles of the band, Cin]. image: scratch for four padded rows.
template <class Row>
void transform_inputs(float* v, float* image, const Conv2dProblem& wide, const Tiles& tiles,
                      std::int64_t band, Row row, const SimdTable& simd) {
  const PaddedLayout l = padded_layout(wide);
  for_rows(wide, tiles, band, [&](const TileRow& at, std::int64_t i) {
    pad_rows(image, wide, l, 2 * at.row, 4,
             [&](float* to, std::int64_t r) { row(to, at.image, r); });
    simd.winograd_input(v + i * tiles.width * wide.cin, image,
                        {.tiles = tiles.width,
                         .channels = wide.cin,
                         .plane = tiles.count() * wide.cin,
                         .image_row = l.row});
  });
}

WinogradRow output_row(const Conv2dProblem& p, const Tiles& tiles, const TileRow& at) {
  return {.tiles = tiles.width,
          .channels = p.cout,
          .plane = tiles.count() * p.cout,
          .image_row = p.conv_w * p.cout,
          .rows = at.rows,
          .columns = p.conv_w};
}

// The product at one place of the tiles of a band.
PlainBand product_of(const Conv2dProblem& p, const Tiles& tiles) {
  return {.rows = 1,
          .pixels = tiles.count(),
          .channels = p.cout,
          .kernel_rows = 1,
          .run = p.cin,
          .image_row = 0,
          .step_x = p.cin,
          .step_y = 0};
}

// y: the convolution of p's input, whose rows come from row(to, image, r), with weights g: nine
// planes, packed. finish(first pixel of all, pixels) runs for each finished part.
template <class Row, class Finish>
void winograd_convolve(CpuContext context, const Conv2dProblem& p, const float* g, float* y,
                       Write write, Row row, Finish finish) {
  const Tiles tiles = tiles_of(p);
  const Conv2dProblem wide = widened(p, tiles);
  const std::int64_t plane = p.cin * p.cout;
  float* u = context.workspace.take_array<float>(kPlaces * plane);
  context.simd.winograd_weights(u, g, plane);
  const std::int64_t inputs = kPlaces * tiles.count() * p.cin;
  const std::int64_t outputs = kPlaces * tiles.count() * p.cout;
  const std::int64_t each = inputs + outputs + 4 * padded_layout(wide).row;
  float* scratch = context.workspace.take_array<float>(context.threads * each);
  parallel_for(context.threads, tiles.bands, [&](std::int64_t band, int worker) {
    float* v = scratch + worker * each;
    float* m = v + inputs;
    transform_inputs(v, m + outputs, wide, tiles, band, row, context.simd);
    PlainBand product = product_of(p, tiles);
    product.pixels = std::min(tiles.rows, p.n * tiles.height - band * tiles.rows) * tiles.width;
    for (std::int64_t k = 0; k < kPlaces; ++k)
      context.simd.plain_band(m + k * tiles.count() * p.cout, v + k * tiles.count() * p.cin,
                              u + k * plane, product);
    for_rows(p, tiles, band, [&](const TileRow& at, std::int64_t i) {
      context.simd.winograd_output(y + at.first_pixel * p.cout, m + i * tiles.width * p.cout,
                                   output_row(p, tiles, at), write);
      finish(at.first_pixel, at.rows * p.conv_w);
    });
  });
}

}  // namespace

bool accepts_winograd(const SimdTable&, const Conv2dProblem& p) {
  return is_winograd(p) && tiles_fit(p.conv_h, p.conv_w);
}

bool accepts_winograd_input(const SimdTable&, const Conv2dProblem& p) {
  const auto& q = p.params;
  return is_winograd(p) && tiles_fit(p.h, p.w) &&
         std::max({q.pad_top, q.pad_bottom, q.pad_left, q.pad_right}) < 3;
}

void winograd_forward(CpuContext context, const Conv2dProblem& p, const Conv2dForward& a) {
  const std::int64_t plane = p.cin * p.cout;
  float* g = context.workspace.take_array<float>(kTaps * plane);
  for (std::int64_t tap = 0; tap < kTaps; ++tap)
    pack_plain(g + tap * plane, p.cout, p.cin,
               [&](float* to, std::int64_t ci, std::int64_t first, std::int64_t count) {
                 const float* from = a.w + (first * kTaps + tap) * p.cin + ci;
                 for (std::int64_t i = 0; i < count; ++i) to[i] = from[i * kTaps * p.cin];
               });
  winograd_convolve(context, p, g, a.y, Write::set, input_rows(a.x, p),
                    [&](std::int64_t pixel, std::int64_t pixels) {
                      context.simd.bias_relu(a.y + pixel * p.cout, a.b, pixels, p.cout,
                                             p.params.relu);
                    });
}

void winograd_backward_input(CpuContext context, const Conv2dProblem& p,
                             const Conv2dBackwardInput& a) {
  const std::int64_t plane = p.cin * p.cout;
  float* g = context.workspace.take_array<float>(kTaps * plane);
  for (std::int64_t tap = 0; tap < kTaps; ++tap)
    pack_plain(g + tap * plane, p.cin, p.cout,
               [&](float* to, std::int64_t co, std::int64_t first, std::int64_t count) {
                 std::copy_n(a.w + (co * kTaps + kTaps - 1 - tap) * p.cin + first, count, to);
               });
  winograd_convolve(context, turned_around(p), g, a.dx, p.write, gradient_rows(a, p, context.simd),
                    [](std::int64_t, std::int64_t) {});
}

namespace {

// Scratch of one worker for the weight gradient.
struct WeightScratch {
  float *inputs, *gradients;  // [16, tiles of a band, Cin], [16, tiles of a band, Cout]
  float* image;               // four padded rows
  float* masked;              // two rows of gradients
  float* column;              // [Cout]
};

// sums: [16, Cin, Cout], and behind it [Cout] for the bias, += what a band gives.
void add_band(float* sums, const WeightScratch& s, const Conv2dBackwardWeight& a,
              const Conv2dProblem& p, const Tiles& tiles, std::int64_t band,
              const SimdTable& simd) {
  const std::int64_t plane = p.cin * p.cout;
  transform_inputs(s.inputs, s.image, widened(p, tiles), tiles, band, input_rows(a.x, p), simd);
  std::int64_t rows = 0;
  for_rows(p, tiles, band, [&](const TileRow& at, std::int64_t i) {
    const float* g = a.dy + at.first_pixel * p.cout;
    const std::int64_t pixels = at.rows * p.conv_w;
    if (p.params.relu) {
      simd.relu_mask(s.masked, g, a.y + at.first_pixel * p.cout, pixels * p.cout);
      g = s.masked;
    }
    simd.winograd_gradient(s.gradients + i * tiles.width * p.cout, g, output_row(p, tiles, at));
    ++rows;
    if (a.db == nullptr) return;
    simd.reduce_columns(s.column, g, pixels, p.cout);
    simd.accumulate(sums + kPlaces * plane, s.column, p.cout);
  });
  PlainBand product = product_of(p, tiles);
  product.pixels = rows * tiles.width;
  for (std::int64_t k = 0; k < kPlaces; ++k)
    simd.plain_weight_band(sums + k * plane, s.inputs + k * tiles.count() * p.cin,
                           s.gradients + k * tiles.count() * p.cout, product);
}

}  // namespace

void winograd_backward_weight(CpuContext context, const Conv2dProblem& p,
                              const Conv2dBackwardWeight& a) {
  const Tiles tiles = tiles_of(p);
  const std::int64_t plane = p.cin * p.cout, sums_size = kPlaces * plane + p.cout;
  const std::int64_t sets = std::clamp<std::int64_t>(tiles.bands, 1, kWeightSets);
  const std::int64_t inputs = kPlaces * tiles.count() * p.cin;
  const std::int64_t gradients = kPlaces * tiles.count() * p.cout;
  const std::int64_t image = 4 * padded_layout(widened(p, tiles)).row;
  const std::int64_t masked = 2 * p.conv_w * p.cout;
  const std::int64_t each = inputs + gradients + image + masked + p.cout;
  float* partial = context.workspace.take_array<float>(sets * sums_size);
  float* scratch = context.workspace.take_array<float>(context.threads * each);
  parallel_for(context.threads, sets, [&](std::int64_t set, int worker) {
    float* at = scratch + worker * each;
    WeightScratch s{at, at + inputs, at + inputs + gradients, nullptr, nullptr};
    s.masked = s.image + image;
    s.column = s.masked + masked;
    float* sums = partial + set * sums_size;
    std::fill_n(sums, sums_size, 0.0f);
    for (std::int64_t band = set * tiles.bands / sets; band < (set + 1) * tiles.bands / sets;
         ++band)
      add_band(sums, s, a, p, tiles, band, context.simd);
  });
  for (std::int64_t set = 1; set < sets; ++set)
    context.simd.accumulate(partial, partial + set * sums_size, sums_size);
  float* g = context.workspace.take_array<float>(kTaps * plane);  // [9, Cin, Cout]
  context.simd.winograd_weights_back(g, partial, plane);
  put_weights(a, p, g, partial + kPlaces * plane, p.cout);
}

}  // namespace hone::kernels
