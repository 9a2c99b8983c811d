// The loops of direct convolution without pooling: a tile of pixels times a tile of output channels
// stays in registers, and the weights that it needs in the L1 cache.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

// Terms whose weights (64 channels of each) are used for a whole band before the next ones.
constexpr std::int64_t kTermsAtOnce = 96;

// Pixels, or terms, of a tile of V vectors: what the registers hold beside V weights and a factor.
template <int V>
constexpr int tile_size() {
  return V == 4 ? 6 : (kLanes == 16 || V == 1) ? 12 : 6;
}

// `rows` kernel rows of `run` floats each, neither 0. Their weights: [rows, run, width].
struct Terms {
  const float* w;
  std::int64_t rows, run, width;
  bool first;  // z holds nothing yet
};

// z: [P, channels], V vectors of each
template <int P, int V>
void plain_tile(float* z, const float* image, const PlainBand& band, const Terms& terms) {
  const std::int64_t channels = band.channels, step = band.step_x, width = terms.width;
  Vec sums[P][V];
  if (terms.first) {
    for (int p = 0; p < P; ++p)
      for (int v = 0; v < V; ++v) sums[p][v] = repeat(0.0f);
  } else {
    for (int p = 0; p < P; ++p)
      for (int v = 0; v < V; ++v) sums[p][v] = load(z + p * channels + v * kLanes);
  }
  const float* w = terms.w;
  std::int64_t rows = terms.rows;
  do {
    const float* x = image;
    const float* const end = x + terms.run;
    do {
      Vec weights[V];
      for (int v = 0; v < V; ++v) weights[v] = load(w + v * kLanes);
      for (int p = 0; p < P; ++p) {
        const Vec factor = repeat(x[p * step]);
        for (int v = 0; v < V; ++v) sums[p][v] = fused(factor, weights[v], sums[p][v]);
      }
      w += width;
    } while (++x != end);
    image += band.image_row;
  } while (--rows > 0);
  for (int p = 0; p < P; ++p)
    for (int v = 0; v < V; ++v) store(z + p * channels + v * kLanes, sums[p][v]);
}

// sums: [T, channels], V vectors of each, += the band's products of T neighbouring floats of each
// patch and the gradients.
template <int T, int V>
void plain_weight_tile(float* out, const float* image, const float* g, const PlainBand& band) {
  const std::int64_t channels = band.channels, step = band.step_x;
  Vec sums[T][V];
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) sums[t][v] = load(out + t * channels + v * kLanes);
  for (std::int64_t r = 0; r < band.rows; ++r) {
    const float* x = image + r * band.step_y;
    for (std::int64_t p = band.pixels; p > 0; --p, x += step, g += channels) {
      Vec gradients[V];
      for (int v = 0; v < V; ++v) gradients[v] = load(g + v * kLanes);
      for (int t = 0; t < T; ++t) {
        const Vec factor = repeat(x[t]);
        for (int v = 0; v < V; ++v) sums[t][v] = fused(factor, gradients[v], sums[t][v]);
      }
    }
  }
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) store(out + t * channels + v * kLanes, sums[t][v]);
}

// Tiles of all sizes from 1 to tile_size<V>().
template <int V>
constexpr auto plain_tiles() {
  return []<int... i>(std::integer_sequence<int, i...>) {
    return std::array{plain_tile<i + 1, V>...};
  }
  (std::make_integer_sequence<int, tile_size<V>()>{});
}
template <int V>
constexpr auto plain_weight_tiles() {
  return []<int... i>(std::integer_sequence<int, i...>) {
    return std::array{plain_weight_tile<i + 1, V>...};
  }
  (std::make_integer_sequence<int, tile_size<V>()>{});
}

// Calls body(first, count) for parts of `total`, none larger than `most`, of about the same size.
template <class Body>
void in_equal_parts(std::int64_t total, std::int64_t most, Body body) {
  const std::int64_t parts = (total + most - 1) / most;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t first = i * total / parts;
    body(first, (i + 1) * total / parts - first);
  }
}

// w: [KH * KW * Cin, width]
template <int V>
void plain_channels(float* z, const float* image, const float* w, std::int64_t width,
                    const PlainBand& band) {
  static constexpr auto kTiles = plain_tiles<V>();
  const auto add_terms = [&](const float* corner, const Terms& terms) {
    for (std::int64_t r = 0; r < band.rows; ++r)
      in_equal_parts(band.pixels, tile_size<V>(), [&](std::int64_t p, std::int64_t count) {
        kTiles[static_cast<std::size_t>(count - 1)](z + (r * band.pixels + p) * band.channels,
                                                    corner + r * band.step_y + p * band.step_x,
                                                    band, terms);
      });
  };
  const std::int64_t rows = std::max<std::int64_t>(1, kTermsAtOnce / band.run);
  for (std::int64_t ky = 0; ky < band.kernel_rows; ky += rows)
    in_equal_parts(band.run, kTermsAtOnce, [&](std::int64_t t, std::int64_t run) {
      add_terms(image + ky * band.image_row + t,
                {w + (ky * band.run + t) * width, std::min(rows, band.kernel_rows - ky), run, width,
                 ky == 0 && t == 0});
    });
}

// Calls body(first channel, number of vectors as a constant) for all channels, a multiple of 16.
template <class Body>
void for_channel_tiles(std::int64_t channels, Body body) {
  const auto tiles = [&](std::int64_t c, auto vectors) {
    for (; c + vectors * kLanes <= channels; c += vectors * kLanes) body(c, vectors);
    return c;
  };
  std::int64_t c = tiles(0, std::integral_constant<int, kChannelVectors>{});
  if constexpr (kChannelVectors > 2) c = tiles(c, std::integral_constant<int, 2>{});
  tiles(c, std::integral_constant<int, 1>{});
}

void plain_band(float* z, const float* image, const float* w, const PlainBand& band) {
  const std::int64_t terms = band.kernel_rows * band.run;
  for_channel_tiles(band.channels, [&](std::int64_t c, auto vectors) {
    const std::int64_t block = c / kPlainBlock * kPlainBlock;
    const std::int64_t width = std::min(kPlainBlock, band.channels - block);
    plain_channels<vectors()>(z + c, image, w + block * terms + (c - block), width, band);
  });
}

void plain_weight_band(float* sums, const float* image, const float* g, const PlainBand& band) {
  for_channel_tiles(band.channels, [&](std::int64_t c, auto vectors) {
    static constexpr auto kTiles = plain_weight_tiles<vectors()>();
    for (std::int64_t ky = 0; ky < band.kernel_rows; ++ky)
      in_equal_parts(band.run, tile_size<vectors()>(), [&](std::int64_t t, std::int64_t count) {
        kTiles[static_cast<std::size_t>(count - 1)](sums + (ky * band.run + t) * band.channels + c,
                                                    image + ky * band.image_row + t, g + c, band);
      });
  });
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
