// All loops of one instruction set and their table. Included once by isa/<set>/loops.cpp.
#pragma once

#include "kernels/cpu/batch_norm_loops.h"
#include "kernels/cpu/conv2d/direct_loops.h"
#include "kernels/cpu/conv2d/plain_loops.h"
#include "kernels/cpu/conv2d/pool_loops.h"
#include "kernels/cpu/conv2d/winograd_loops.h"
#include "kernels/cpu/dropout_loops.h"
#include "kernels/cpu/gather_batch_loops.h"
#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/maxpool2d_loops.h"
#include "kernels/cpu/optimizers_loops.h"
#include "kernels/cpu/pointwise_loops.h"
#include "kernels/cpu/reduce_loops.h"

namespace hone::kernels::HONE_ISA {
namespace {

constexpr SimdTable table(const char* name) {
  return {.name = name,
          .unary = unary,
          .unary_backward = unary_backward,
          .binary = binary,
          .accumulate = accumulate,
          .multiply_accumulate = multiply_accumulate,
          .put_value = put_value,
          .reduce_columns = reduce_columns,
          .reduce_row = reduce_row,
          .bias_relu = bias_relu,
          .relu_mask = relu_mask,
          .pool_row = pool_row,
          .unpool_row = unpool_row,
          .maxpool_row = maxpool_row,
          .norm_sums = norm_sums,
          .norm_rows = norm_rows,
          .norm_pool_row = norm_pool_row,
          .norm_gradient_sums = norm_gradient_sums,
          .norm_gradient_rows = norm_gradient_rows,
          .dropout = dropout,
          .sgd = sgd,
          .adam = adam,
          .rmsprop = rmsprop,
          .bytes_to_floats = bytes_to_floats,
          .direct_row = direct_row,
          .plain_band = plain_band,
          .plain_weight_band = plain_weight_band,
          .winograd_input = winograd_input,
          .winograd_output = winograd_output,
          .winograd_gradient = winograd_gradient,
          .winograd_weights = winograd_weights,
          .winograd_weights_back = winograd_weights_back,
          .weighted_sum = weighted_sum,
          .scatter_patch = scatter_patch};
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
