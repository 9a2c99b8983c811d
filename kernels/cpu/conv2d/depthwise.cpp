// Depthwise convolution: each channel by itself, so a pixel's channels are one vector. Bias and
// ReLU in the same pass; with pooling im2col takes over.
#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "kernels/cpu/conv2d/conv2d.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kWeightGroups = 16;  // partial sums of the weight gradient

// [KH * KW, C] from [C, KH, KW, 1], in the workspace.
float* by_tap(CpuContext context, const float* w, const Conv2dProblem& p) {
  const std::int64_t taps = p.patch();
  float* out = context.workspace.take_array<float>(taps * p.cin);
  for (std::int64_t c = 0; c < p.cin; ++c)
    for (std::int64_t t = 0; t < taps; ++t) out[t * p.cin + c] = w[c * taps + t];
  return out;
}

// Calls use(out, in, tap) for every tap of every output pixel of one image that lies in it:
// elements of [OH, OW, C] and [H, W, C]. begin(out) before the taps of a pixel, end(out) behind
// them.
template <class Begin, class Use, class End>
void for_taps(const Conv2dProblem& p, Begin begin, Use use, End end) {
  const Conv2dParams& q = p.params;
  std::int64_t out = 0;
  for (std::int64_t oy = 0; oy < p.conv_h; ++oy)
    for (std::int64_t ox = 0; ox < p.conv_w; ++ox, out += p.cin) {
      begin(out);
      for (int ky = 0; ky < q.kernel_h; ++ky) {
        const std::int64_t iy = oy * q.stride_h + ky * q.dilation_h - q.pad_top;
        if (iy < 0 || iy >= p.h) continue;
        for (int kx = 0; kx < q.kernel_w; ++kx) {
          const std::int64_t ix = ox * q.stride_w + kx * q.dilation_w - q.pad_left;
          if (ix < 0 || ix >= p.w) continue;
          use(out, (iy * p.w + ix) * p.cin, std::int64_t{ky} * q.kernel_w + kx);
        }
      }
      end(out);
    }
}

// The gradient of one output pixel before ReLU: dy itself, or `scratch` filled with it.
template <class Arguments>
const float* pixel_gradient(float* scratch, const Arguments& a, const Conv2dProblem& p,
                            std::int64_t at, const SimdTable& simd) {
  if (!p.params.relu) return a.dy + at;
  simd.relu_mask(scratch, a.dy + at, a.y + at, p.cin);
  return scratch;
}

}  // namespace

bool accepts_depthwise(const SimdTable&, const Conv2dProblem& p) {
  return p.params.groups == p.cin && p.cout == p.cin && p.cin > 1 && !p.params.pool;
}

void depthwise_forward(CpuContext context, const Conv2dProblem& p, const Conv2dForward& a) {
  const float* w = by_tap(context, a.w, p);
  const std::int64_t in_image = p.h * p.w * p.cin, out_image = p.conv_pixels() * p.cin;
  parallel_for(context.threads, p.n, [&](std::int64_t n, int) {
    const float* x = a.x + n * in_image;
    float* y = a.y + n * out_image;
    for_taps(
        p, [&](std::int64_t out) { std::fill_n(y + out, p.cin, 0.0f); },
        [&](std::int64_t out, std::int64_t in, std::int64_t tap) {
          context.simd.multiply_accumulate(y + out, x + in, w + tap * p.cin, p.cin);
        },
        [&](std::int64_t out) { context.simd.bias_relu(y + out, a.b, 1, p.cin, p.params.relu); });
  });
}

void depthwise_backward_input(CpuContext context, const Conv2dProblem& p,
                              const Conv2dBackwardInput& a) {
  const float* w = by_tap(context, a.w, p);
  float* scratch = context.workspace.take_array<float>(context.threads * p.cin);
  const std::int64_t in_image = p.h * p.w * p.cin, out_image = p.conv_pixels() * p.cin;
  parallel_for(context.threads, p.n, [&](std::int64_t n, int worker) {
    float* dx = a.dx + n * in_image;
    if (p.write == Write::set) std::fill_n(dx, in_image, 0.0f);
    const float* g = nullptr;
    for_taps(
        p,
        [&](std::int64_t out) {
          g = pixel_gradient(scratch + worker * p.cin, a, p, n * out_image + out, context.simd);
        },
        [&](std::int64_t, std::int64_t in, std::int64_t tap) {
          context.simd.multiply_accumulate(dx + in, g, w + tap * p.cin, p.cin);
        },
        [](std::int64_t) {});
  });
}

void depthwise_backward_weight(CpuContext context, const Conv2dProblem& p,
                               const Conv2dBackwardWeight& a) {
  const std::int64_t in_image = p.h * p.w * p.cin, out_image = p.conv_pixels() * p.cin;
  const std::int64_t taps = p.patch(), sums = (taps + 1) * p.cin;  // one partial dw and db
  const std::int64_t sets = std::clamp<std::int64_t>(p.n, 1, kWeightGroups);
  float* partial = context.workspace.take_array<float>(sets * sums);
  float* scratch = context.workspace.take_array<float>(context.threads * p.cin);
  parallel_for(context.threads, sets, [&](std::int64_t set, int worker) {
    float* dw = partial + set * sums;  // [KH * KW, C]
    float* db = dw + taps * p.cin;     // [C]
    std::fill_n(dw, sums, 0.0f);
    for (std::int64_t n = set * p.n / sets; n < (set + 1) * p.n / sets; ++n) {
      const float* x = a.x + n * in_image;
      const float* g = nullptr;
      for_taps(
          p,
          [&](std::int64_t out) {
            g = pixel_gradient(scratch + worker * p.cin, a, p, n * out_image + out, context.simd);
            context.simd.accumulate(db, g, p.cin);
          },
          [&](std::int64_t, std::int64_t in, std::int64_t tap) {
            context.simd.multiply_accumulate(dw + tap * p.cin, g, x + in, p.cin);
          },
          [](std::int64_t) {});
    }
  });
  for (std::int64_t set = 1; set < sets; ++set)
    context.simd.accumulate(partial, partial + set * sums, sums);
  const auto store = [&](float& to, float value) {
    to = p.write == Write::set ? value : to + value;
  };
  for (std::int64_t c = 0; c < p.cin; ++c)
    for (std::int64_t t = 0; t < taps; ++t) store(a.dw[c * taps + t], partial[t * p.cin + c]);
  if (a.db == nullptr) return;
  for (std::int64_t c = 0; c < p.cin; ++c) store(a.db[c], partial[taps * p.cin + c]);
}

}  // namespace hone::kernels
