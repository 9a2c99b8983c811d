// The loops of direct convolution. Multiply-adds are written as fused ones where the set has them.
#pragma once

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

// Four pixels (one pooling window) times V vectors of output channels, kept in registers.
template <int V>
void direct_channels(float* z, const float* image, const float* w, const DirectRow& row) {
  for (std::int64_t i = 0; i < row.windows; ++i) {
    const float* corner = image + 2 * i * row.step_x;
    Vec sums[4][V];
    for (int p = 0; p < 4; ++p)
      for (int v = 0; v < V; ++v) sums[p][v] = repeat(0.0f);
    const float* weight = w;
    for (std::int64_t ky = 0; ky < row.kernel_rows; ++ky) {
      const float* x = corner + ky * row.image_row;
      for (std::int64_t t = 0; t < row.run; ++t, weight += row.channels) {
        const Vec x0 = repeat(x[t]), x1 = repeat(x[t + row.step_x]);
        const Vec x2 = repeat(x[t + row.step_y]), x3 = repeat(x[t + row.step_y + row.step_x]);
        for (int v = 0; v < V; ++v) {
          const Vec value = load(weight + v * kLanes);
          sums[0][v] = fused(x0, value, sums[0][v]);
          sums[1][v] = fused(x1, value, sums[1][v]);
          sums[2][v] = fused(x2, value, sums[2][v]);
          sums[3][v] = fused(x3, value, sums[3][v]);
        }
      }
    }
    float* out = z + 2 * i * row.channels;
    for (int p = 0; p < 4; ++p)
      for (int v = 0; v < V; ++v)
        store(out + p / 2 * row.output_row + p % 2 * row.channels + v * kLanes, sums[p][v]);
  }
}

void direct_row(float* z, const float* image, const float* w, const DirectRow& row) {
  std::int64_t c = 0;
  for (; c + kChannelVectors * kLanes <= row.channels; c += kChannelVectors * kLanes)
    direct_channels<kChannelVectors>(z + c, image, w + c, row);
  for (; c < row.channels; c += kLanes) direct_channels<1>(z + c, image, w + c, row);
}

// R vectors of sums in registers; U terms at a time, so that the multiply-adds do not wait for each
// other.
template <int R, int U>
void weighted_block(float* out, const float* base, const SparseTerm* terms, std::int64_t count) {
  Vec sums[U][R];
  for (int r = 0; r < R; ++r) sums[0][r] = load(out + r * kLanes);
  for (int u = 1; u < U; ++u)
    for (int r = 0; r < R; ++r) sums[u][r] = repeat(0.0f);
  std::int64_t i = 0;
  for (; i + U <= count; i += U)
    for (int u = 0; u < U; ++u) {
      const Vec factor = repeat(terms[i + u].factor);
      const float* from = base + terms[i + u].offset;
      for (int r = 0; r < R; ++r) sums[u][r] = fused(factor, load(from + r * kLanes), sums[u][r]);
    }
  for (; i < count; ++i) {
    const Vec factor = repeat(terms[i].factor);
    const float* from = base + terms[i].offset;
    for (int r = 0; r < R; ++r) sums[0][r] = fused(factor, load(from + r * kLanes), sums[0][r]);
  }
  for (int u = 1; u < U; ++u)
    for (int r = 0; r < R; ++r) sums[0][r] = plus(sums[0][r], sums[u][r]);
  for (int r = 0; r < R; ++r) store(out + r * kLanes, sums[0][r]);
}

void weighted_sum(float* out, const float* base, const SparseTerm* terms, std::int64_t count,
                  std::int64_t floats) {
  std::int64_t vectors = floats / kLanes;
  while (vectors > 0) {
    const std::int64_t now = vectors > 8 ? (vectors < 12 ? vectors / 2 : 6) : vectors;
    switch (now) {
      case 1:
        weighted_block<1, 4>(out, base, terms, count);
        break;
      case 2:
        weighted_block<2, 2>(out, base, terms, count);
        break;
      case 3:
        weighted_block<3, 2>(out, base, terms, count);
        break;
      case 4:
        weighted_block<4, 1>(out, base, terms, count);
        break;
      case 5:
        weighted_block<5, 1>(out, base, terms, count);
        break;
      case 6:
        weighted_block<6, 1>(out, base, terms, count);
        break;
      case 7:
        weighted_block<7, 1>(out, base, terms, count);
        break;
      default:
        weighted_block<8, 1>(out, base, terms, count);
        break;
    }
    vectors -= now;
    out += now * kLanes;
    base += now * kLanes;
  }
}

template <int V>
void scatter_vectors(float* sums, const float* patch, const float* g, const std::uint8_t* argmax,
                     std::int64_t channels) {
  Vec values[V];
  for (int v = 0; v < V; ++v) values[v] = load(patch + v * kLanes);
  for (std::int64_t c = 0; c < channels; ++c) {
    const Vec factor = repeat(g[c]);
    float* to = sums + (4 * c + argmax[c]) * V * kLanes;
    for (int v = 0; v < V; ++v)
      store(to + v * kLanes, fused(factor, values[v], load(to + v * kLanes)));
  }
}

void scatter_patch(float* sums, const float* patch, const float* g, const std::uint8_t* argmax,
                   std::int64_t channels, std::int64_t floats) {
  constexpr int kUnit = static_cast<int>(16 / kLanes);
  switch (floats / 16) {
    case 1:
      return scatter_vectors<kUnit>(sums, patch, g, argmax, channels);
    case 2:
      return scatter_vectors<2 * kUnit>(sums, patch, g, argmax, channels);
    case 3:
      return scatter_vectors<3 * kUnit>(sums, patch, g, argmax, channels);
    default:
      return scatter_vectors<4 * kUnit>(sums, patch, g, argmax, channels);
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
