// Max-pooling with any window, stride and padding.
#pragma once

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

void maxpool_row(float* __restrict y, std::uint8_t* __restrict argmax,
                 const float* __restrict image, const WindowRow& row, Pool2dParams params) {
  const std::int64_t channels = row.channels, row_floats = row.width * channels;
  const int kernel = params.kernel;
  const int first_y = row.top < 0 ? static_cast<int>(-row.top) : 0;
  const int last_y =
      row.top + kernel > row.height ? static_cast<int>(row.height - row.top) : kernel;
  for (std::int64_t i = 0; i < row.windows; ++i, y += channels, argmax += channels) {
    const std::int64_t left = i * params.stride - params.pad_left;
    const int first_x = left < 0 ? static_cast<int>(-left) : 0;
    const int last_x = left + kernel > row.width ? static_cast<int>(row.width - left) : kernel;
    const auto at = [=](int py, int px) {
      return image + (row.top + py) * row_floats + (left + px) * channels;
    };
    std::int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      Greatest best{load(at(first_y, first_x) + c), Mask{} + (first_y * kernel + first_x)};
      for (int py = first_y; py < last_y; ++py)
        for (int px = first_x; px < last_x; ++px) best.see(load(at(py, px) + c), py * kernel + px);
      store(y + c, best.value);
      store_bytes(argmax + c, best.position);
    }
    for (; c < channels; ++c) {
      float best = at(first_y, first_x)[c];
      int position = first_y * kernel + first_x;
      for (int py = first_y; py < last_y; ++py)
        for (int px = first_x; px < last_x; ++px) {
          const float v = at(py, px)[c];
          position = exceeds(v, best) ? py * kernel + px : position;
          best = exceeds(v, best) ? v : best;
        }
      y[c] = best;
      argmax[c] = static_cast<std::uint8_t>(position);
    }
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
