// Direct convolution for blocks that end in 2x2 max-pooling.
//
// Forward: one pooling window (four pixels) times a tile of channels stays in registers; the odd
// last row and column, which the pooling drops, are not computed at all. Backward: only one of four
// convolution outputs has a gradient, and ReLU takes more; the kernels walk those alone, where a
// matrix product would multiply zeros.
//
// All of it works on a copy of one image with its padding written out, and some floats of slack at
// the end, so that the loops need neither border checks nor masks.
#include <algorithm>
#include <cstring>
#include <limits>

#include "base/parallel_for.h"
#include "kernels/cpu/conv2d/padded.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kSlack = 64;        // floats behind an image that may be read or added 0 to
constexpr std::int64_t kBandWindows = 64;  // pooling windows whose terms are collected together
constexpr std::int64_t kPatchLimit = 64;   // largest patch of a window for scatter_patch, in floats
constexpr std::int64_t kWeightSets = 8;    // partial sums of the weight gradient

// The geometry that all three directions share.
struct Layout : PaddedLayout {
  std::int64_t image;  // floats of the padded image with its slack
  std::int64_t padded_run;
};

Layout layout_of(const Conv2dProblem& p) {
  Layout l{padded_layout(p), 0, 0};
  l.image = round_up((p.h + p.params.pad_top + p.params.pad_bottom) * l.row + kSlack);
  l.padded_run = round_up(l.run);
  return l;
}

// padded: [H + pads, W + pads, Cin] and slack, from one image [H, W, Cin]
void pad_image(float* padded, const float* image, const Conv2dProblem& p, const Layout& l) {
  const std::int64_t width = p.w * p.cin, rows = p.h + p.params.pad_top + p.params.pad_bottom;
  pad_rows(padded, p, l, 0, rows, [&](float* to, std::int64_t r) {
    std::memcpy(to, image + r * width, static_cast<std::size_t>(width) * sizeof(float));
  });
  std::fill_n(padded + rows * l.row, l.image - rows * l.row, 0.0f);
}

// Pooled rows whose windows are collected together.
std::int64_t band_rows(const Conv2dProblem& p) {
  return std::clamp<std::int64_t>(kBandWindows / std::max<std::int64_t>(p.out_w, 1), 1,
                                  std::max<std::int64_t>(p.out_h, 1));
}

// Offset of the patch of window (oy, ox), and of its four pixels relative to that.
std::int64_t window_offset(const Layout& l, std::int64_t oy, std::int64_t ox) {
  return 2 * (oy * l.step_y + ox * l.step_x);
}

// The gradients of some windows before ReLU: dy itself, or scratch.
template <class Arguments>
const float* masked(float* scratch, const Arguments& a, const Conv2dProblem& p, std::int64_t first,
                    std::int64_t count, const SimdTable& simd) {
  if (!p.params.relu) return a.dy + first;
  simd.relu_mask(scratch, a.dy + first, a.y + first, count);
  return scratch;
}

}  // namespace

// Offsets are 32 bits wide.
bool accepts_pooled(const SimdTable&, const Conv2dProblem& p) {
  if (p.params.groups > 1 || p.params.dilation_h > 1 || p.params.dilation_w > 1) return false;
  const Layout l = layout_of(p);
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  return p.params.pool && l.image < most && p.cout * l.padded_run < most;
}

void direct_forward(CpuContext context, const Conv2dProblem& p, const Conv2dForward& a) {
  const Layout l = layout_of(p);
  const std::int64_t channels = round_up(p.cout), k = p.patch();
  float* w = context.workspace.take_array<float>(k * channels);  // [KH * KW * Cin, channels]
  std::fill_n(w, k * channels, 0.0f);
  for (std::int64_t co = 0; co < p.cout; ++co)
    for (std::int64_t t = 0; t < k; ++t) w[t * channels + co] = a.w[co * k + t];
  const DirectRow row{p.out_w, channels, p.params.kernel_h, l.run,
                      l.row,   l.step_x, l.step_y,          2 * p.out_w * channels};
  const PoolRow pool{p.out_w, p.cout, row.output_row, channels, p.params.relu};
  const std::int64_t each = l.image + round_up(2 * row.output_row);
  float* scratch = context.workspace.take_array<float>(context.threads * each);
  parallel_for(context.threads, p.n, [&](std::int64_t n, int worker) {
    float* image = scratch + worker * each;
    float* z = image + l.image;  // [2, 2 * OW, channels]
    pad_image(image, a.x + n * p.h * p.w * p.cin, p, l);
    for (std::int64_t oy = 0; oy < p.out_h; ++oy) {
      context.simd.direct_row(z, image + window_offset(l, oy, 0), w, row);
      const std::int64_t to = (n * p.out_h + oy) * p.out_w * p.cout;
      context.simd.pool_row(a.y + to, a.argmax + to, z, a.b, pool);
    }
  });
}

namespace {

// The terms of one window, by arg-max position: gradient and channel's offset in the weights.
struct WindowTerms {
  SparseTerm* terms;  // [4, Cout]
  std::int64_t counts[4];
};

void collect(WindowTerms& window, const float* g, const std::uint8_t* argmax, std::int64_t cout,
             std::int64_t padded_run) {
  std::fill_n(window.counts, 4, std::int64_t{0});
  for (std::int64_t c = 0; c < cout; ++c) {
    const int at = argmax[c];
    window.terms[at * cout + window.counts[at]] = {g[c], static_cast<std::int32_t>(c * padded_run)};
    window.counts[at] += g[c] != 0.0f;
  }
}

// image += what the windows of pooled rows first .. last send back. w: [KH, Cout, padded run]
void send_back(float* image, const Conv2dProblem& p, const Layout& l, const float* w,
               const WindowTerms* windows, std::int64_t first, std::int64_t last,
               const SimdTable& simd) {
  for (std::int64_t ky = 0; ky < p.params.kernel_h; ++ky) {
    const float* weights = w + ky * p.cout * l.padded_run;  // stays in the L1 cache
    const WindowTerms* window = windows;
    for (std::int64_t oy = first; oy < last; ++oy)
      for (std::int64_t ox = 0; ox < p.out_w; ++ox, ++window)
        for (int at = 0; at < 4; ++at) {
          if (window->counts[at] == 0) continue;
          float* to =
              image + window_offset(l, oy, ox) + at / 2 * l.step_y + at % 2 * l.step_x + ky * l.row;
          simd.weighted_sum(to, weights, window->terms + at * p.cout, window->counts[at],
                            l.padded_run);
        }
  }
}

// dx = or += the inside of the padded image.
void unpad_image(float* dx, const float* padded, const Conv2dProblem& p, const Layout& l,
                 const SimdTable& simd) {
  const std::int64_t width = p.w * p.cin;
  for (std::int64_t r = 0; r < p.h; ++r) {
    const float* from = padded + (p.params.pad_top + r) * l.row + p.params.pad_left * p.cin;
    if (p.write == Write::add) {
      simd.accumulate(dx + r * width, from, width);
    } else {
      std::memcpy(dx + r * width, from, static_cast<std::size_t>(width) * sizeof(float));
    }
  }
}

}  // namespace

void direct_backward_input(CpuContext context, const Conv2dProblem& p,
                           const Conv2dBackwardInput& a) {
  const Layout l = layout_of(p);
  const std::int64_t rows = band_rows(p), windows = rows * p.out_w;
  const std::int64_t kernel_h = p.params.kernel_h;
  Workspace& workspace = context.workspace;
  float* w = workspace.take_array<float>(kernel_h * p.cout * l.padded_run);
  std::fill_n(w, kernel_h * p.cout * l.padded_run, 0.0f);
  for (std::int64_t co = 0; co < p.cout; ++co)
    for (std::int64_t ky = 0; ky < kernel_h; ++ky)
      std::copy_n(a.w + (co * kernel_h + ky) * l.run, l.run, w + (ky * p.cout + co) * l.padded_run);
  const std::int64_t each = l.image + round_up(windows * p.cout);
  float* scratch = workspace.take_array<float>(context.threads * each);
  SparseTerm* terms = workspace.take_array<SparseTerm>(context.threads * windows * 4 * p.cout);
  WindowTerms* lists = workspace.take_array<WindowTerms>(context.threads * windows);
  parallel_for(context.threads, p.n, [&](std::int64_t n, int worker) {
    float* image = scratch + worker * each;
    WindowTerms* list = lists + worker * windows;
    std::fill_n(image, l.image, 0.0f);
    for (std::int64_t first = 0; first < p.out_h; first += rows) {
      const std::int64_t last = std::min(first + rows, p.out_h), count = (last - first) * p.out_w;
      const std::int64_t from = (n * p.out_h + first) * p.out_w * p.cout;
      const float* g = masked(image + l.image, a, p, from, count * p.cout, context.simd);
      for (std::int64_t i = 0; i < count; ++i) {
        list[i].terms = terms + (worker * windows + i) * 4 * p.cout;
        collect(list[i], g + i * p.cout, a.argmax + from + i * p.cout, p.cout, l.padded_run);
      }
      send_back(image, p, l, w, list, first, last, context.simd);
    }
    unpad_image(a.dx + n * p.h * p.w * p.cin, image, p, l, context.simd);
  });
}

namespace {

// Scratch of one worker for the weight gradient.
struct WeightScratch {
  float* image;
  float* gradients;      // [band windows, Cout]
  float* column;         // [Cout]
  SparseTerm* terms;     // [Cout, band windows]
  std::int64_t* counts;  // [Cout]
};

// The patch of a whole window: the rows and columns that its four pixels look at together.
struct Patch {
  std::int64_t rows, run, floats;
};

Patch patch_of(const Conv2dProblem& p) {
  const auto& q = p.params;
  Patch patch{q.kernel_h + q.stride_h, (q.kernel_w + q.stride_w) * p.cin, 0};
  patch.floats = round_up(patch.rows * patch.run);
  return patch;
}

// Small patches: sums: [Cout, 4, patch floats], one sum for each arg-max position.
void scatter_band(float* sums, const WeightScratch& s, const float* g, const std::uint8_t* argmax,
                  const Conv2dProblem& p, const Layout& l, std::int64_t first, std::int64_t last,
                  const SimdTable& simd) {
  const Patch patch = patch_of(p);
  float values[kPatchLimit] = {};
  for (std::int64_t oy = first; oy < last; ++oy)
    for (std::int64_t ox = 0; ox < p.out_w; ++ox, g += p.cout, argmax += p.cout) {
      const float* corner = s.image + window_offset(l, oy, ox);
      for (std::int64_t r = 0; r < patch.rows; ++r)
        for (std::int64_t t = 0; t < patch.run; ++t)
          values[r * patch.run + t] = corner[r * l.row + t];
      simd.scatter_patch(sums, values, g, argmax, p.cout, patch.floats);
    }
}

// Adds up the four positions of `sums` into dw: [Cout, KH, run].
void fold_patches(float* dw, const float* sums, const Conv2dProblem& p, const Layout& l) {
  const Patch patch = patch_of(p);
  const auto& q = p.params;
  for (std::int64_t co = 0; co < p.cout; ++co)
    for (int at = 0; at < 4; ++at) {
      const float* from =
          sums + (4 * co + at) * patch.floats + at / 2 * q.stride_h * patch.run + at % 2 * l.step_x;
      for (std::int64_t ky = 0; ky < q.kernel_h; ++ky)
        for (std::int64_t t = 0; t < l.run; ++t)
          dw[(co * q.kernel_h + ky) * l.run + t] += from[ky * patch.run + t];
    }
}

// Large patches: sums: [Cout, KH, padded run]; per channel, the windows with a gradient.
void gather_band(float* sums, const WeightScratch& s, const float* g, const std::uint8_t* argmax,
                 const Conv2dProblem& p, const Layout& l, std::int64_t first, std::int64_t last,
                 const SimdTable& simd) {
  const std::int64_t most = band_rows(p) * p.out_w;
  const std::int64_t shift[4] = {0, l.step_x, l.step_y, l.step_y + l.step_x};
  std::fill_n(s.counts, p.cout, std::int64_t{0});
  for (std::int64_t oy = first; oy < last; ++oy)
    for (std::int64_t ox = 0; ox < p.out_w; ++ox, g += p.cout, argmax += p.cout) {
      const std::int64_t corner = window_offset(l, oy, ox);
      for (std::int64_t c = 0; c < p.cout; ++c) {
        s.terms[c * most + s.counts[c]] = {g[c],
                                           static_cast<std::int32_t>(corner + shift[argmax[c]])};
        s.counts[c] += g[c] != 0.0f;
      }
    }
  for (std::int64_t c = 0; c < p.cout; ++c)
    for (std::int64_t ky = 0; ky < p.params.kernel_h; ++ky)
      simd.weighted_sum(sums + (c * p.params.kernel_h + ky) * l.padded_run, s.image + ky * l.row,
                        s.terms + c * most, s.counts[c], l.padded_run);
}

void fold_runs(float* dw, const float* sums, const Conv2dProblem& p, const Layout& l,
               const SimdTable& simd) {
  for (std::int64_t i = 0; i < p.cout * p.params.kernel_h; ++i)
    simd.accumulate(dw + i * l.run, sums + i * l.padded_run, l.run);
}

}  // namespace

void direct_backward_weight(CpuContext context, const Conv2dProblem& p,
                            const Conv2dBackwardWeight& a) {
  const Layout l = layout_of(p);
  const bool small = patch_of(p).floats <= kPatchLimit;
  const std::int64_t rows = band_rows(p), windows = rows * p.out_w;
  const std::int64_t weights =
      p.cout * (small ? 4 * patch_of(p).floats : p.params.kernel_h * l.padded_run);
  const std::int64_t sets = std::clamp<std::int64_t>(p.n, 1, kWeightSets);
  const std::int64_t sums_size = weights + round_up(p.cout);  // one partial dw, one partial db
  const std::int64_t each = l.image + round_up(windows * p.cout) + round_up(p.cout);
  Workspace& workspace = context.workspace;
  float* partial = workspace.take_array<float>(sets * sums_size);
  float* scratch = workspace.take_array<float>(context.threads * each);
  SparseTerm* terms = workspace.take_array<SparseTerm>(context.threads * windows * p.cout);
  std::int64_t* counts = workspace.take_array<std::int64_t>(context.threads * p.cout);
  parallel_for(context.threads, sets, [&](std::int64_t set, int worker) {
    float* image = scratch + worker * each;
    const WeightScratch s{image, image + l.image, image + l.image + round_up(windows * p.cout),
                          terms + worker * windows * p.cout, counts + worker * p.cout};
    float* sums = partial + set * sums_size;
    std::fill_n(sums, sums_size, 0.0f);
    for (std::int64_t n = set * p.n / sets; n < (set + 1) * p.n / sets; ++n) {
      pad_image(image, a.x + n * p.h * p.w * p.cin, p, l);
      for (std::int64_t first = 0; first < p.out_h; first += rows) {
        const std::int64_t last = std::min(first + rows, p.out_h), count = (last - first) * p.out_w;
        if (count == 0) continue;
        const std::int64_t from = (n * p.out_h + first) * p.out_w * p.cout;
        const float* g = masked(s.gradients, a, p, from, count * p.cout, context.simd);
        const auto band = small ? scatter_band : gather_band;
        band(sums, s, g, a.argmax + from, p, l, first, last, context.simd);
        if (a.db == nullptr) continue;
        context.simd.reduce_columns(s.column, g, count, p.cout);
        context.simd.accumulate(sums + weights, s.column, p.cout);
      }
    }
  });
  if (p.write == Write::set) {
    std::fill_n(a.dw, p.cout * p.patch(), 0.0f);
    if (a.db != nullptr) std::fill_n(a.db, p.cout, 0.0f);
  }
  for (std::int64_t set = 0; set < sets; ++set) {
    const float* sums = partial + set * sums_size;
    if (small) {
      fold_patches(a.dw, sums, p, l);
    } else {
      fold_runs(a.dw, sums, p, l, context.simd);
    }
    if (a.db != nullptr) context.simd.accumulate(a.db, sums + weights, p.cout);
  }
}

}  // namespace hone::kernels
