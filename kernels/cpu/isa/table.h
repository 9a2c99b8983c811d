// The table of loops that exist once per instruction set.
//
// A loop stands beside its kernel (kernels/cpu/*_loops.h) and is compiled by isa/<set>/loops.cpp
// with the flags of that folder, inside a namespace of that name. It uses nothing with external
// linkage that another unit could share. The pointers below are f32 and contiguous.
//
// Another set is a folder here, its flags in kernels/CMakeLists.txt and a line in choose.cpp; it
// may take the table of a narrower set and replace some of its loops.
#pragma once

#include <cstdint>

#include "kernels/params.h"
#include "kernels/pointwise.h"

namespace hone::kernels {

// One row of 2x2 pooling windows with the epilogue of a convolution block.
struct PoolRow {
  std::int64_t windows = 0;       // windows in the row
  std::int64_t channels = 0;      // C
  std::int64_t row_stride = 0;    // floats from one row of z to the next
  std::int64_t pixel_stride = 0;  // floats from one pixel of z to the next, at least C
  bool relu = false;
};

// One row of pooling windows of any size, in the image.
struct WindowRow {
  std::int64_t windows = 0;
  std::int64_t channels = 0;           // C
  std::int64_t height = 0, width = 0;  // H, W
  std::int64_t top = 0;                // first image row of the windows; negative in the padding
};

// What batch normalisation does to each channel.
struct NormChannels {
  const float* mean = nullptr;     // [C]
  const float* inverse = nullptr;  // [C]
  const float* scale = nullptr;    // [C]
  const float* shift = nullptr;    // [C]; null for the gradient
};

// One row of 2x2 pooling windows of a direct convolution, in floats.
struct DirectRow {
  std::int64_t windows = 0;
  std::int64_t channels = 0;     // of the output, padded to a multiple of 16
  std::int64_t kernel_rows = 0;  // KH
  std::int64_t run = 0;          // KW * Cin
  std::int64_t image_row = 0;    // from one input row to the next
  std::int64_t step_x = 0;       // from one output pixel's patch to the next: stride * Cin
  std::int64_t step_y = 0;       // from one output row's patches to the next
  std::int64_t output_row = 0;   // from one row of z to the next
};

// Channels whose weights lie together in a convolution without pooling: its weights are blocks
// [KH * KW * Cin, 64 channels], the last one as wide as what remains.
inline constexpr std::int64_t kPlainBlock = 64;

// Some output rows of a convolution without pooling.
struct PlainBand {
  std::int64_t rows = 0;
  std::int64_t pixels = 0;       // of each row
  std::int64_t channels = 0;     // of the output, padded to a multiple of 16
  std::int64_t kernel_rows = 0;  // KH
  std::int64_t run = 0;          // KW * Cin
  std::int64_t image_row = 0;    // from one input row to the next
  std::int64_t step_x = 0;       // from one output pixel's patch to the next
  std::int64_t step_y = 0;       // from one output row's patches to the next
};

// A row of 2x2 tiles of a convolution by Winograd's filtering (conv2d/winograd.cpp), and one or two
// rows of an image.
struct WinogradRow {
  std::int64_t tiles = 0;
  std::int64_t channels = 0;   // a multiple of 16
  std::int64_t plane = 0;      // from one of the sixteen places of a tile to the next
  std::int64_t image_row = 0;  // from one row of the image to the next
  // Of the outputs that there are; tiles may stick out.
  std::int64_t rows = 2, columns = 0;
};

// One summand of a sparse sum of vectors: factor * vector at `offset`.
struct SparseTerm {
  float factor;
  std::int32_t offset;
};

struct SimdTable {
  const char* name;

  // y = op(x), n elements; y may be x.
  void (*unary)(float* y, const float* x, std::int64_t n, UnaryParams params);
  void (*unary_backward)(float* dx, const float* dy, const float* x, const float* y, std::int64_t n,
                         UnaryParams params, Write write);
  // y[i] = op(a[i * step_a], b[i * step_b]); the steps are 0 or 1.
  void (*binary)(float* y, const float* a, const float* b, std::int64_t n, int step_a, int step_b,
                 BinaryOp op);
  // y += x
  void (*accumulate)(float* y, const float* x, std::int64_t n);
  // y += a * b
  void (*multiply_accumulate)(float* y, const float* a, const float* b, std::int64_t n);
  // y = a or y += a for one value.
  void (*put_value)(float* y, float value, std::int64_t n, Write write);
  // out[c] = sum or maximum of x[r][c] over rows >= 1, in the order of the rows. x: [rows, columns]
  void (*reduce_columns)(float* out, const float* x, std::int64_t rows, std::int64_t columns);
  // Sum or maximum of n >= 1 elements, in 16 fixed lanes.
  float (*reduce_row)(const float* x, std::int64_t n);
  // y = relu?(y + b). y: [rows, columns], b: [columns] or null
  void (*bias_relu)(float* y, const float* b, std::int64_t rows, std::int64_t columns, bool relu);
  // out = dy where y > 0, else 0.
  void (*relu_mask)(float* out, const float* dy, const float* y, std::int64_t n);
  // y, argmax: [windows, C] = 2x2 max over relu?(z + b). z: two rows of the convolution output.
  void (*pool_row)(float* y, std::uint8_t* argmax, const float* z, const float* b, PoolRow row);
  // The reverse: dz at the arg-max position gets dy (where y > 0 with ReLU), the other three 0.
  void (*unpool_row)(float* dz, const float* dy, const float* y, const std::uint8_t* argmax,
                     PoolRow row);
  // Any window and stride. One row of windows; image: [H, W, C]
  void (*maxpool_row)(float* y, std::uint8_t* argmax, const float* image, const WindowRow& row,
                      Pool2dParams params);
  // Batch normalisation, see batch_norm_loops.h.
  void (*norm_sums)(double* sums, const float* x, const double* mean, std::int64_t rows,
                    std::int64_t channels);
  void (*norm_rows)(float* y, const float* x, const NormChannels& channels, std::int64_t rows,
                    std::int64_t count, bool relu);
  void (*norm_pool_row)(float* y, std::uint8_t* argmax, const float* x,
                        const NormChannels& channels, std::int64_t windows, std::int64_t row_floats,
                        std::int64_t count, bool relu);
  void (*norm_gradient_sums)(double* sums, double* products, const float* g, const float* x,
                             const float* mean, const float* inverse, std::int64_t rows,
                             std::int64_t channels);
  void (*norm_gradient_rows)(float* dx, const float* g, const float* x,
                             const NormChannels& channels, const float* sum_share,
                             const float* product_share, std::int64_t rows, std::int64_t count,
                             Write write);
  // Elements first .. first + n of a dropout; first is a multiple of 8.
  void (*dropout)(float* y, const float* x, std::int64_t first, std::int64_t n, DropoutRow row,
                  DropoutParams params, std::uint32_t step, Write write);
  // velocity may be null when row.momentum is 0.
  void (*sgd)(float* w, float* velocity, const float* g, std::int64_t n, SgdRow<float> row,
              SgdParams settings);
  void (*adam)(float* w, float* m, float* v, const float* g, std::int64_t n,
               const AdamRow<float>& row);
  // means and velocity may be null where the settings and the row do not use them.
  void (*rmsprop)(float* w, float* squares, float* means, float* velocity, const float* g,
                  std::int64_t n, const RmsPropRow<float>& row, RmsPropParams settings);
  // x = byte * scale + offset
  void (*bytes_to_floats)(float* x, const std::uint8_t* bytes, std::int64_t n, GatherParams params);

  // The convolution of two output rows, 2 * windows pixels each, channels (multiple of 16) each: z.
  // image: at the first patch; w: [KH * KW * Cin, channels]
  void (*direct_row)(float* z, const float* image, const float* w, const DirectRow& row);
  // z: [rows, pixels, channels], image: at the first patch, w: in blocks of kPlainBlock channels
  void (*plain_band)(float* z, const float* image, const float* w, const PlainBand& band);
  // sums: [KH * KW * Cin, channels] += the products of all patches and g: [rows, pixels, channels]
  void (*plain_weight_band)(float* sums, const float* image, const float* g, const PlainBand& band);
  // The transforms of winograd_loops.h.
  void (*winograd_input)(float* v, const float* image, const WinogradRow& row);
  void (*winograd_output)(float* y, const float* m, const WinogradRow& row, Write write);
  void (*winograd_gradient)(float* m, const float* g, const WinogradRow& row);
  void (*winograd_weights)(float* u, const float* g, std::int64_t n);
  void (*winograd_weights_back)(float* g, const float* u, std::int64_t n);
  // out += sum of term.factor * base[term.offset ...] in the order of the terms; floats: a multiple
  // of 16.
  void (*weighted_sum)(float* out, const float* base, const SparseTerm* terms, std::int64_t count,
                       std::int64_t floats);
  // sums[c][argmax[c]] += g[c] * patch. sums: [channels, 4, floats], floats: 16, 32, 48 or 64
  void (*scatter_patch)(float* sums, const float* patch, const float* g, const std::uint8_t* argmax,
                        std::int64_t channels, std::int64_t floats);
};

// The table in use: the best that the processor has, or the one that HONE_ISA (baseline, avx2,
// avx512) names. Throws Error(usage) for an unknown name and Error(device) for a set that this
// processor lacks.
const SimdTable& choose_simd();

const SimdTable& simd_baseline();
const SimdTable& simd_avx2();
const SimdTable& simd_avx512();

}  // namespace hone::kernels
