// The transforms of Winograd's F(2x2, 3x3), see winograd.cpp. "Sixteen" are the places of a 4x4
// tile: planes of floats, `plane` apart.
#pragma once

#include <algorithm>

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

// B^T: four inputs.
inline void to_tile(Vec (&out)[4], Vec d0, Vec d1, Vec d2, Vec d3) {
  out[0] = d0 - d2;
  out[1] = d1 + d2;
  out[2] = d2 - d1;
  out[3] = d1 - d3;
}
// A: two gradients of outputs.
inline void gradient_to_tile(Vec (&out)[4], Vec y0, Vec y1) {
  out[0] = y0;
  out[1] = y0 + y1;
  out[2] = y0 - y1;
  out[3] = repeat(0.0f) - y1;
}
// G: three weights.
inline void weights_to_tile(Vec (&out)[4], Vec g0, Vec g1, Vec g2) {
  const Vec half = repeat(0.5f), ends = half * (g0 + g2), middle = half * g1;
  out[0] = g0;
  out[1] = ends + middle;
  out[2] = ends - middle;
  out[3] = g2;
}

// v: [16 planes][tiles, channels] from four rows of an image.
void winograd_input(float* v, const float* image, const WinogradRow& row) {
  for (std::int64_t t = 0; t < row.tiles; ++t)
    for (std::int64_t c = 0; c < row.channels; c += kLanes) {
      const float* from = image + 2 * t * row.channels + c;
      Vec lines[4][4], column[4];
      for (int i = 0; i < 4; ++i)
        to_tile(lines[i], load(from + i * row.image_row),
                load(from + i * row.image_row + row.channels),
                load(from + i * row.image_row + 2 * row.channels),
                load(from + i * row.image_row + 3 * row.channels));
      float* to = v + t * row.channels + c;
      for (int j = 0; j < 4; ++j) {
        to_tile(column, lines[0][j], lines[1][j], lines[2][j], lines[3][j]);
        for (int i = 0; i < 4; ++i) store(to + (4 * i + j) * row.plane, column[i]);
      }
    }
}

// Up to two rows of the output, set or added to, from m: [16 planes][tiles, channels].
void winograd_output(float* y, const float* m, const WinogradRow& row, Write write) {
  for (std::int64_t t = 0; t < row.tiles; ++t)
    for (std::int64_t c = 0; c < row.channels; c += kLanes) {
      const float* from = m + t * row.channels + c;
      Vec lines[4][2];
      for (int i = 0; i < 4; ++i) {
        const Vec m0 = load(from + 4 * i * row.plane), m1 = load(from + (4 * i + 1) * row.plane);
        const Vec m2 = load(from + (4 * i + 2) * row.plane);
        lines[i][0] = m0 + m1 + m2;
        lines[i][1] = m1 - m2 - load(from + (4 * i + 3) * row.plane);
      }
      const std::int64_t columns = std::min<std::int64_t>(2, row.columns - 2 * t);
      for (std::int64_t j = 0; j < columns; ++j) {
        const Vec out[2] = {lines[0][j] + lines[1][j] + lines[2][j],
                            lines[1][j] - lines[2][j] - lines[3][j]};
        for (std::int64_t i = 0; i < row.rows; ++i) {
          float* to = y + i * row.image_row + (2 * t + j) * row.channels + c;
          store(to, write == Write::set ? out[i] : load(to) + out[i]);
        }
      }
    }
}

// m: [16 planes][tiles, channels] from up to two rows of the output's gradient.
void winograd_gradient(float* m, const float* g, const WinogradRow& row) {
  for (std::int64_t t = 0; t < row.tiles; ++t)
    for (std::int64_t c = 0; c < row.channels; c += kLanes) {
      Vec lines[2][4], column[4];
      for (std::int64_t i = 0; i < 2; ++i) {
        const float* from = g + i * row.image_row + 2 * t * row.channels + c;
        const bool row_is = i < row.rows, two = 2 * t + 1 < row.columns;
        gradient_to_tile(lines[i], row_is ? load(from) : repeat(0.0f),
                         row_is && two ? load(from + row.channels) : repeat(0.0f));
      }
      float* to = m + t * row.channels + c;
      for (int j = 0; j < 4; ++j) {
        gradient_to_tile(column, lines[0][j], lines[1][j]);
        for (int i = 0; i < 4; ++i) store(to + (4 * i + j) * row.plane, column[i]);
      }
    }
}

// u: [16, n] from g: [9, n]; n: a multiple of 16.
void winograd_weights(float* u, const float* g, std::int64_t n) {
  for (std::int64_t e = 0; e < n; e += kLanes) {
    Vec lines[3][4], column[4];
    for (int i = 0; i < 3; ++i)
      weights_to_tile(lines[i], load(g + 3 * i * n + e), load(g + (3 * i + 1) * n + e),
                      load(g + (3 * i + 2) * n + e));
    for (int j = 0; j < 4; ++j) {
      weights_to_tile(column, lines[0][j], lines[1][j], lines[2][j]);
      for (int i = 0; i < 4; ++i) store(u + (4 * i + j) * n + e, column[i]);
    }
  }
}

// The reverse for gradients: g: [9, n] from u: [16, n].
void winograd_weights_back(float* g, const float* u, std::int64_t n) {
  const Vec half = repeat(0.5f);
  const auto back = [&](Vec(&out)[3], Vec u0, Vec u1, Vec u2, Vec u3) {
    const Vec sum = half * (u1 + u2);
    out[0] = u0 + sum;
    out[1] = half * (u1 - u2);
    out[2] = sum + u3;
  };
  for (std::int64_t e = 0; e < n; e += kLanes) {
    Vec lines[4][3], column[3];
    for (int i = 0; i < 4; ++i)
      back(lines[i], load(u + 4 * i * n + e), load(u + (4 * i + 1) * n + e),
           load(u + (4 * i + 2) * n + e), load(u + (4 * i + 3) * n + e));
    for (int j = 0; j < 3; ++j) {
      back(column, lines[0][j], lines[1][j], lines[2][j], lines[3][j]);
      for (int i = 0; i < 3; ++i) store(g + (3 * i + j) * n + e, column[i]);
    }
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
