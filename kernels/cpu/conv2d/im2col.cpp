// Convolution as a matrix product: every output pixel's patch of inputs becomes one row ("im2col"),
// and the rows times the weights are the output. Accepts every problem.
//
// Work goes band by band: some images, or some output rows of one large image, whose patches fit
// the L2 cache. The convolution's own output exists only per band; bias, ReLU and pooling are
// applied while it is warm.
#include <algorithm>
#include <cstring>

#include "base/parallel_for.h"
#include "kernels/cpu/conv2d/conv2d.h"
#include "kernels/cpu/gemm.h"

namespace hone::kernels {

bool accepts_all(const SimdTable&, const Conv2dProblem&) { return true; }

namespace {

constexpr std::int64_t kScratchFloats = 96 * 1024;  // patches and outputs of one band: 384 KiB
constexpr std::int64_t kWeightGroups = 16;          // partial sums of the weight gradient

// How a problem is cut. Depends on the shapes alone.
struct Bands {
  std::int64_t images;  // per band
  std::int64_t rows;    // of the convolution's output per band; even with pooling
  std::int64_t bands_per_image;
  std::int64_t groups;  // bands of images
};

Bands cut(const Conv2dProblem& p) {
  const std::int64_t row_floats = std::max<std::int64_t>(1, p.conv_w * (p.patch() + p.cout));
  const std::int64_t image_floats = row_floats * p.conv_h;
  Bands bands{1, p.conv_h, 1, p.n};
  if (image_floats <= kScratchFloats) {
    bands.images =
        std::clamp<std::int64_t>(kScratchFloats / std::max<std::int64_t>(image_floats, 1), 1,
                                 std::max<std::int64_t>(1, (p.n + 7) / 8));
    bands.groups = (p.n + bands.images - 1) / bands.images;
  } else {
    bands.rows = std::max<std::int64_t>(2, kScratchFloats / row_floats / 2 * 2);
    bands.rows = std::min(bands.rows, p.conv_h);
    bands.bands_per_image = (p.conv_h + bands.rows - 1) / bands.rows;
  }
  return bands;
}

// One band: images first_image .. +images, output rows first_row .. +rows of each.
struct Band {
  std::int64_t first_image, images, first_row, rows;
  std::int64_t pixels(const Conv2dProblem& p) const { return images * rows * p.conv_w; }
};

Band band_at(const Conv2dProblem& p, const Bands& bands, std::int64_t group, std::int64_t part) {
  Band band{group * bands.images, 0, part * bands.rows, 0};
  band.images = std::min(bands.images, p.n - band.first_image);
  band.rows = std::min(bands.rows, p.conv_h - band.first_row);
  return band;
}

// Floats of scratch that one worker needs for the patches, and for the convolution's output.
std::int64_t patch_floats(const Conv2dProblem& p, const Bands& bands) {
  return (bands.images * bands.rows * p.conv_w * p.patch() + 15) / 16 * 16;
}
std::int64_t output_floats(const Conv2dProblem& p, const Bands& bands) {
  return (bands.images * bands.rows * p.conv_w * p.cout + 15) / 16 * 16;
}

void copy_floats(float* to, const float* from, std::int64_t count) {
  if (count < 32) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
  } else {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
  }
}

// Calls use(patch_offset, image_offset, floats) for the runs of one output pixel's patch that lie
// in the image, and skip(patch_offset, floats) for the rest: a run is one kernel row.
template <class Use, class Skip>
void for_runs(const Conv2dProblem& p, std::int64_t oy, std::int64_t ox, Use use, Skip skip) {
  const std::int64_t left = ox * p.params.stride_w - p.params.pad_left;
  const std::int64_t first = std::max<std::int64_t>(0, -left);
  const std::int64_t last =
      std::clamp<std::int64_t>(p.w - left, first, std::max<std::int64_t>(first, p.params.kernel_w));
  const std::int64_t end = std::min<std::int64_t>(last, p.params.kernel_w);
  const std::int64_t run = p.params.kernel_w * p.cin;
  for (std::int64_t ky = 0; ky < p.params.kernel_h; ++ky) {
    const std::int64_t iy = oy * p.params.stride_h + ky * p.params.dilation_h - p.params.pad_top;
    const std::int64_t at = ky * run;
    if (iy < 0 || iy >= p.h || first >= end) {
      skip(at, run);
      continue;
    }
    if (first > 0) skip(at, first * p.cin);
    use(at + first * p.cin, (iy * p.w + left + first) * p.cin, (end - first) * p.cin);
    if (end < p.params.kernel_w) skip(at + end * p.cin, run - end * p.cin);
  }
}

// The same tap by tap, for the channels of one group: with groups, or with gaps between the
// columns, nothing longer lies together.
template <class Use, class Skip>
void for_taps(const Conv2dProblem& p, std::int64_t group, std::int64_t oy, std::int64_t ox, Use use,
              Skip skip) {
  const std::int64_t channels = p.group_in();
  std::int64_t at = 0;
  for (std::int64_t ky = 0; ky < p.params.kernel_h; ++ky) {
    const std::int64_t iy = oy * p.params.stride_h + ky * p.params.dilation_h - p.params.pad_top;
    for (std::int64_t kx = 0; kx < p.params.kernel_w; ++kx, at += channels) {
      const std::int64_t ix = ox * p.params.stride_w + kx * p.params.dilation_w - p.params.pad_left;
      if (iy < 0 || iy >= p.h || ix < 0 || ix >= p.w) {
        skip(at, channels);
      } else {
        use(at, (iy * p.w + ix) * p.cin + group * channels, channels);
      }
    }
  }
}

// Calls use and skip, with the image and the patch of each output pixel of a band, for its runs.
template <class Use, class Skip>
void for_patches(const Conv2dProblem& p, const Band& band, std::int64_t group, Use use, Skip skip) {
  const bool in_rows = p.params.groups == 1 && p.params.dilation_w == 1;
  std::int64_t patch = 0;
  for (std::int64_t n = band.first_image; n < band.first_image + band.images; ++n) {
    const std::int64_t image = n * p.h * p.w * p.cin;
    for (std::int64_t oy = band.first_row; oy < band.first_row + band.rows; ++oy)
      for (std::int64_t ox = 0; ox < p.conv_w; ++ox, patch += p.patch()) {
        const auto use_here = [&](std::int64_t in_patch, std::int64_t in_image,
                                  std::int64_t count) {
          use(patch + in_patch, image + in_image, count);
        };
        const auto skip_here = [&](std::int64_t in_patch, std::int64_t count) {
          skip(patch + in_patch, count);
        };
        if (in_rows) {
          for_runs(p, oy, ox, use_here, skip_here);
        } else {
          for_taps(p, group, oy, ox, use_here, skip_here);
        }
      }
  }
}

// patches: [images * rows * CW, KH * KW * Cin / groups], x: [N, H, W, Cin]
void im2col(float* patches, const float* x, const Conv2dProblem& p, const Band& band,
            std::int64_t group) {
  for_patches(
      p, band, group,
      [&](std::int64_t to, std::int64_t from, std::int64_t count) {
        copy_floats(patches + to, x + from, count);
      },
      [&](std::int64_t to, std::int64_t count) { std::fill_n(patches + to, count, 0.0f); });
}

// The reverse: adds every patch to the pixels it came from. dx must hold what is added to.
void col2im(float* dx, const float* patches, const Conv2dProblem& p, const Band& band,
            std::int64_t group, const SimdTable& simd) {
  for_patches(
      p, band, group,
      [&](std::int64_t from, std::int64_t to, std::int64_t count) {
        simd.accumulate(dx + to, patches + from, count);
      },
      [](std::int64_t, std::int64_t) {});
}

// y and argmax of a band from z: [images, rows, CW, Cout], the convolution without bias.
void pool_band(const Conv2dForward& a, const float* z, const Conv2dProblem& p, const Band& band,
               const SimdTable& simd) {
  const PoolRow row{p.out_w, p.cout, p.conv_w * p.cout, p.cout, p.params.relu};
  for (std::int64_t i = 0; i < band.images; ++i)
    for (std::int64_t r = 0; r + 1 < band.rows; r += 2) {
      const std::int64_t oy = (band.first_row + r) / 2;
      const std::int64_t to = (((band.first_image + i) * p.out_h + oy) * p.out_w) * p.cout;
      simd.pool_row(a.y + to, a.argmax + to, z + (i * band.rows + r) * row.row_stride, a.b, row);
    }
}

// dz: [images, rows, CW, Cout] of a band: the block's gradient before pooling and ReLU.
template <class Arguments>
void dense_gradient(float* dz, const Arguments& a, const Conv2dProblem& p, const Band& band,
                    const SimdTable& simd) {
  const std::int64_t row_floats = p.conv_w * p.cout;
  if (!p.params.pool) {
    for (std::int64_t i = 0; i < band.images; ++i) {
      const std::int64_t from = ((band.first_image + i) * p.conv_h + band.first_row) * row_floats;
      simd.relu_mask(dz + i * band.rows * row_floats, a.dy + from, a.y + from,
                     band.rows * row_floats);
    }
    return;
  }
  const PoolRow row{p.out_w, p.cout, row_floats, p.cout, p.params.relu};
  const bool odd_column = p.conv_w % 2 != 0;
  for (std::int64_t i = 0; i < band.images; ++i)
    for (std::int64_t r = 0; r < band.rows; r += 2) {
      float* to = dz + (i * band.rows + r) * row_floats;
      if (r + 1 == band.rows) {  // the dropped last row
        std::fill_n(to, row_floats, 0.0f);
        continue;
      }
      const std::int64_t oy = (band.first_row + r) / 2;
      const std::int64_t from = ((band.first_image + i) * p.out_h + oy) * p.out_w * p.cout;
      simd.unpool_row(to, a.dy + from, a.y + from, a.argmax + from, row);
      if (!odd_column) continue;
      std::fill_n(to + row_floats - p.cout, p.cout, 0.0f);
      std::fill_n(to + 2 * row_floats - p.cout, p.cout, 0.0f);
    }
}

// The gradient rows of a band: dy itself where nothing is to be undone, else scratch filled with
// it.
template <class Arguments>
const float* gradient_rows(float* scratch, const Arguments& a, const Conv2dProblem& p,
                           const Band& band, const SimdTable& simd) {
  if (!p.params.pool && !p.params.relu)
    return a.dy + (band.first_image * p.conv_h + band.first_row) * p.conv_w * p.cout;
  dense_gradient(scratch, a, p, band, simd);
  return scratch;
}

}  // namespace

void im2col_forward(CpuContext context, const Conv2dProblem& p, const Conv2dForward& a) {
  const Bands bands = cut(p);
  const std::int64_t patch = patch_floats(p, bands);
  const std::int64_t output = p.params.pool ? output_floats(p, bands) : 0;
  float* scratch = context.workspace.take_array<float>(context.threads * (patch + output));
  parallel_for(
      context.threads, bands.groups * bands.bands_per_image, [&](std::int64_t chunk, int worker) {
        const Band band =
            band_at(p, bands, chunk / bands.bands_per_image, chunk % bands.bands_per_image);
        float* patches = scratch + worker * (patch + output);
        const std::int64_t first = (band.first_image * p.conv_h + band.first_row) * p.conv_w;
        float* z = p.params.pool ? patches + patch : a.y + first * p.cout;
        for (std::int64_t group = 0; group < p.params.groups; ++group) {
          im2col(patches, a.x, p, band, group);
          gemm(z + group * p.group_out(), patches, a.w + group * p.group_out() * p.patch(),
               {.transpose_b = true,
                .m = band.pixels(p),
                .n = p.group_out(),
                .k = p.patch(),
                .lda = p.patch(),
                .ldb = p.patch(),
                .ldc = p.cout});
        }
        if (p.params.pool) {
          pool_band(a, z, p, band, context.simd);
        } else {
          context.simd.bias_relu(z, a.b, band.pixels(p), p.cout, p.params.relu);
        }
      });
}

void im2col_backward_input(CpuContext context, const Conv2dProblem& p,
                           const Conv2dBackwardInput& a) {
  const Bands bands = cut(p);
  const std::int64_t patch = patch_floats(p, bands), output = output_floats(p, bands);
  float* scratch = context.workspace.take_array<float>(context.threads * (patch + output));
  const std::int64_t image = p.h * p.w * p.cin;
  // Bands of one image overlap in dx, so they stay on one worker.
  parallel_for(context.threads, bands.groups, [&](std::int64_t group, int worker) {
    float* patches = scratch + worker * (patch + output);
    const Band whole = band_at(p, bands, group, 0);
    if (p.write == Write::set)
      std::fill_n(a.dx + whole.first_image * image, whole.images * image, 0.0f);
    for (std::int64_t part = 0; part < bands.bands_per_image; ++part) {
      const Band band = band_at(p, bands, group, part);
      const float* dz = gradient_rows(patches + patch, a, p, band, context.simd);
      for (std::int64_t g = 0; g < p.params.groups; ++g) {
        gemm(patches, dz + g * p.group_out(), a.w + g * p.group_out() * p.patch(),
             {.m = band.pixels(p),
              .n = p.patch(),
              .k = p.group_out(),
              .lda = p.cout,
              .ldb = p.patch(),
              .ldc = p.patch()});
        col2im(a.dx, patches, p, band, g, context.simd);
      }
    }
  });
}

void im2col_backward_weight(CpuContext context, const Conv2dProblem& p,
                            const Conv2dBackwardWeight& a) {
  const Bands bands = cut(p);
  const std::int64_t patch = patch_floats(p, bands), output = output_floats(p, bands);
  const std::int64_t sets = std::min(kWeightGroups, std::max<std::int64_t>(bands.groups, 1));
  const std::int64_t weights = p.cout * p.patch();
  const std::int64_t sums = weights + p.cout;  // one partial dw and db
  float* partial = context.workspace.take_array<float>(sets * sums);
  float* column = context.workspace.take_array<float>(context.threads * p.cout);
  float* scratch = context.workspace.take_array<float>(context.threads * (patch + output));
  parallel_for(context.threads, sets, [&](std::int64_t set, int worker) {
    float* patches = scratch + worker * (patch + output);
    float* dw = partial + set * sums;
    float* db = dw + weights;
    std::fill_n(dw, sums, 0.0f);
    const std::int64_t first = set * bands.groups / sets, last = (set + 1) * bands.groups / sets;
    for (std::int64_t group = first; group < last; ++group)
      for (std::int64_t part = 0; part < bands.bands_per_image; ++part) {
        const Band band = band_at(p, bands, group, part);
        const std::int64_t pixels = band.pixels(p);
        if (pixels == 0) continue;
        const float* dz = gradient_rows(patches + patch, a, p, band, context.simd);
        for (std::int64_t g = 0; g < p.params.groups; ++g) {
          im2col(patches, a.x, p, band, g);
          gemm(dw + g * p.group_out() * p.patch(), dz + g * p.group_out(), patches,
               {.transpose_a = true,
                .m = p.group_out(),
                .n = p.patch(),
                .k = pixels,
                .lda = p.cout,
                .ldb = p.patch(),
                .ldc = p.patch(),
                .beta = 1.0f});
        }
        if (a.db == nullptr) continue;
        float* sum = column + worker * p.cout;
        context.simd.reduce_columns(sum, dz, pixels, p.cout);
        context.simd.accumulate(db, sum, p.cout);
      }
  });
  const auto combine = [&](float* to, std::int64_t offset, std::int64_t count) {
    if (p.write == Write::set) std::fill_n(to, count, 0.0f);
    for (std::int64_t set = 0; set < sets; ++set)
      context.simd.accumulate(to, partial + set * sums + offset, count);
  };
  combine(a.dw, 0, weights);
  if (a.db != nullptr) combine(a.db, weights, p.cout);
}

}  // namespace hone::kernels
