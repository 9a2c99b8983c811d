// Direct convolution without pooling, on bands of output rows whose padded inputs and outputs stay
// in the L2 cache. With a stride of one the gradient of the input is a convolution again: of the
// output's gradient, with the weights turned around.
#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "kernels/cpu/conv2d/plain.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kBandFloats = 64 * 1024;  // padded inputs and outputs of a band: 256 KiB
constexpr std::int64_t kBandPixels = 84;         // of the weight gradient: its operands fit the L1
constexpr std::int64_t kWeightSets = 8;          // partial sums of the weight gradient

// Vectors are filled up with channels that nobody needs: at most as many again.
bool fills_vectors(std::int64_t channels) { return 2 * channels >= round_up(channels); }

// How the output rows are cut: by the shapes alone.
struct Cut {
  std::int64_t rows;    // of a band
  std::int64_t bands;   // of an image
  std::int64_t padded;  // floats of a band's padded input
  std::int64_t output;  // floats of a band's output
};

Cut cut(const Conv2dProblem& p, const PaddedLayout& l, std::int64_t most_rows) {
  Cut c{};
  c.rows = std::clamp<std::int64_t>(most_rows, 1, std::max<std::int64_t>(p.conv_h, 1));
  c.bands = (p.conv_h + c.rows - 1) / c.rows;
  c.rows = (p.conv_h + c.bands - 1) / std::max<std::int64_t>(c.bands, 1);
  c.padded = round_up(((c.rows - 1) * p.params.stride_h + p.params.kernel_h) * l.row);
  c.output = c.rows * p.conv_w * round_up(p.cout);
  return c;
}

PlainBand band_of(const Conv2dProblem& p, const PaddedLayout& l) {
  return {.rows = 0,
          .pixels = p.conv_w,
          .channels = round_up(p.cout),
          .kernel_rows = p.params.kernel_h,
          .run = l.run,
          .image_row = l.row,
          .step_x = l.step_x,
          .step_y = l.step_y};
}

// z: the convolution of p's input, whose rows come from row(to, image, r), with
// w: packed. Each finished band goes to finish(z, first pixel of all, pixels);
// `direct` is where the output is to lie, or null where a pixel of it is not `channels` floats.
template <class Row, class Finish>
void convolve(CpuContext context, const Conv2dProblem& p, const float* w, float* direct, Row row,
              Finish finish) {
  const PaddedLayout l = padded_layout(p);
  const std::int64_t row_floats =
      p.params.stride_h * l.row + std::max<std::int64_t>(p.conv_w * round_up(p.cout), 1);
  const Cut c = cut(p, l, kBandFloats / row_floats);
  const std::int64_t each = c.padded + (direct == nullptr ? c.output : 0);
  float* scratch = context.workspace.take_array<float>(context.threads * each);
  parallel_for(context.threads, p.n * c.bands, [&](std::int64_t part, int worker) {
    const std::int64_t n = part / c.bands, first = part % c.bands * c.rows;
    PlainBand band = band_of(p, l);
    band.rows = std::min(c.rows, p.conv_h - first);
    if (band.rows <= 0) return;
    float* image = scratch + worker * each;
    pad_rows(image, p, l, first * p.params.stride_h,
             (band.rows - 1) * p.params.stride_h + p.params.kernel_h,
             [&](float* to, std::int64_t r) { row(to, n, r); });
    const std::int64_t pixel = (n * p.conv_h + first) * p.conv_w;
    float* z = direct == nullptr ? image + c.padded : direct + pixel * p.cout;
    context.simd.plain_band(z, image, w, band);
    finish(z, pixel, band.rows * p.conv_w);
  });
}

}  // namespace

bool accepts_plain(const SimdTable&, const Conv2dProblem& p) {
  return is_plain(p) && fills_vectors(p.cout);
}

bool accepts_plain_input(const SimdTable&, const Conv2dProblem& p) {
  const auto& q = p.params;
  return is_plain(p) && fills_vectors(p.cin) && q.stride_h == 1 && q.stride_w == 1 &&
         std::max(q.pad_top, q.pad_bottom) < q.kernel_h &&
         std::max(q.pad_left, q.pad_right) < q.kernel_w;
}

void plain_forward(CpuContext context, const Conv2dProblem& p, const Conv2dForward& a) {
  const std::int64_t channels = round_up(p.cout), k = p.patch();
  float* w = context.workspace.take_array<float>(k * channels);
  pack_plain(w, p.cout, k, [&](float* to, std::int64_t t, std::int64_t first, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = a.w[(first + i) * k + t];
  });
  convolve(context, p, w, channels == p.cout ? a.y : nullptr, input_rows(a.x, p),
           [&](const float* z, std::int64_t pixel, std::int64_t pixels) {
             float* y = a.y + pixel * p.cout;
             if (z != y)
               for (std::int64_t i = 0; i < pixels; ++i)
                 std::copy_n(z + i * channels, p.cout, y + i * p.cout);
             context.simd.bias_relu(y, a.b, pixels, p.cout, p.params.relu);
           });
}

void plain_backward_input(CpuContext context, const Conv2dProblem& p,
                          const Conv2dBackwardInput& a) {
  const Conv2dProblem t = turned_around(p);
  const std::int64_t channels = round_up(p.cin), taps = p.params.kernel_h * p.params.kernel_w;
  float* w = context.workspace.take_array<float>(taps * p.cout * channels);
  pack_plain(w, p.cin, taps * p.cout,
             [&](float* to, std::int64_t term, std::int64_t first, std::int64_t count) {
               const std::int64_t tap = taps - 1 - term / p.cout, co = term % p.cout;
               std::copy_n(a.w + (co * taps + tap) * p.cin + first, count, to);
             });
  convolve(context, t, w, channels == p.cin && p.write == Write::set ? a.dx : nullptr,
           gradient_rows(a, p, context.simd),
           [&](const float* z, std::int64_t pixel, std::int64_t pixels) {
             float* dx = a.dx + pixel * p.cin;
             if (z == dx) return;
             for (std::int64_t i = 0; i < pixels; ++i, z += channels, dx += p.cin) {
               if (p.write == Write::set) {
                 std::copy_n(z, p.cin, dx);
               } else {
                 context.simd.accumulate(dx, z, p.cin);
               }
             }
           });
}

namespace {

// The gradients of `pixels` pixels from `from` before ReLU, `channels` floats each: dy itself, or
// scratch.
const float* plain_gradients(float* scratch, const Conv2dBackwardWeight& a, const Conv2dProblem& p,
                             std::int64_t from, std::int64_t pixels, const SimdTable& simd) {
  const std::int64_t channels = round_up(p.cout);
  const float* dy = a.dy + from * p.cout;
  if (p.params.relu) {
    float* masked = scratch + (channels - p.cout) * pixels;  // spread forward below, in place
    simd.relu_mask(masked, dy, a.y + from * p.cout, pixels * p.cout);
    dy = masked;
  }
  if (channels == p.cout) return dy;
  for (std::int64_t i = 0; i < pixels; ++i) {
    float* to = scratch + i * channels;
    std::memmove(to, dy + i * p.cout, static_cast<std::size_t>(p.cout) * sizeof(float));
  }
  for (std::int64_t i = 0; i < pixels; ++i)
    std::fill_n(scratch + i * channels + p.cout, channels - p.cout, 0.0f);
  return scratch;
}

}  // namespace

void plain_backward_weight(CpuContext context, const Conv2dProblem& p,
                           const Conv2dBackwardWeight& a) {
  const PaddedLayout l = padded_layout(p);
  const Cut c = cut(p, l, kBandPixels / std::max<std::int64_t>(p.conv_w, 1));
  const std::int64_t channels = round_up(p.cout), k = p.patch();
  const std::int64_t sets = std::clamp<std::int64_t>(p.n, 1, kWeightSets);
  const auto row = input_rows(a.x, p);
  const std::int64_t sums_size = (k + 1) * channels;  // a partial dw and a partial db
  const std::int64_t each = c.padded + c.output + channels;
  float* partial = context.workspace.take_array<float>(sets * sums_size);
  float* scratch = context.workspace.take_array<float>(context.threads * each);
  parallel_for(context.threads, sets, [&](std::int64_t set, int worker) {
    float* image = scratch + worker * each;
    float* column = image + c.padded + c.output;
    float* sums = partial + set * sums_size;
    std::fill_n(sums, sums_size, 0.0f);
    PlainBand band = band_of(p, l);
    for (std::int64_t n = set * p.n / sets; n < (set + 1) * p.n / sets; ++n)
      for (std::int64_t first = 0; first < p.conv_h; first += c.rows) {
        band.rows = std::min(c.rows, p.conv_h - first);
        pad_rows(image, p, l, first * p.params.stride_h,
                 (band.rows - 1) * p.params.stride_h + p.params.kernel_h,
                 [&](float* to, std::int64_t r) { row(to, n, r); });
        const std::int64_t pixels = band.rows * p.conv_w;
        const float* g = plain_gradients(image + c.padded, a, p, (n * p.conv_h + first) * p.conv_w,
                                         pixels, context.simd);
        context.simd.plain_weight_band(sums, image, g, band);
        if (a.db == nullptr) continue;
        context.simd.reduce_columns(column, g, pixels, channels);
        context.simd.accumulate(sums + k * channels, column, channels);
      }
  });
  for (std::int64_t set = 1; set < sets; ++set)
    context.simd.accumulate(partial, partial + set * sums_size, sums_size);
  put_weights(a, p, partial, partial + k * channels, channels);
}

}  // namespace hone::kernels
