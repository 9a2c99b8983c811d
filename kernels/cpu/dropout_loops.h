// Dropout: Philox for several blocks at once.
//
// Each counter word of a block has a 64-bit lane of its own, valid in its low half: what the 32-bit
// multiplication reads. The bits are those of philox() in base/philox.h.
#pragma once

#include "kernels/cpu/isa/vectors.h"
#include "kernels/pointwise.h"

namespace hone::kernels::HONE_ISA {
namespace {

// lanes: the random lanes of elements 8 * block .. 8 * (block + kBlocks) - 1.
inline void dropout_lanes(std::uint16_t* lanes, std::uint64_t seed, DropoutParams params,
                          std::uint64_t block, std::uint32_t step) {
  std::uint64_t indices[kBlocks], words[4][kBlocks];
  for (int j = 0; j < kBlocks; ++j) indices[j] = block + static_cast<std::uint64_t>(j);
  Words c0 = load_words(indices), c1 = high_half(c0);
  Words c2 = words_of(params.stream), c3 = words_of(step);
  const Words mul0 = words_of(0xD2511F53), mul1 = words_of(0xCD9E8D57);
  std::uint32_t k0 = static_cast<std::uint32_t>(seed);
  std::uint32_t k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Words p0 = multiplied(mul0, c0), p1 = multiplied(mul1, c2);
    c0 = mixed(high_half(p1), c1, words_of(k0));
    c1 = p1;
    c2 = mixed(high_half(p0), c3, words_of(k1));
    c3 = p0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  store_words(words[0], c0);
  store_words(words[1], c1);
  store_words(words[2], c2);
  store_words(words[3], c3);
  for (int j = 0; j < kBlocks; ++j)
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t word = words[i][j];
      lanes[8 * j + 2 * i] = static_cast<std::uint16_t>(word);
      lanes[8 * j + 2 * i + 1] = static_cast<std::uint16_t>(word >> 16);
    }
}

void dropout(float* y, const float* x, std::int64_t first, std::int64_t n, DropoutRow row,
             DropoutParams params, std::uint32_t step, Write write) {
  constexpr std::int64_t kElements = 8 * kBlocks;
  const std::int32_t threshold = static_cast<std::int32_t>(dropout_threshold(row.p));
  const float factor = static_cast<float>(dropout_factor(row.p));
  std::uint16_t lanes[kElements];
  float kept[kElements];
  for (std::int64_t i = 0; i < n; i += kElements) {
    dropout_lanes(lanes, row.seed, params, static_cast<std::uint64_t>((first + i) / 8), step);
    if (n - i >= kElements) {
      for (std::int64_t e = 0; e < kElements; ++e)
        kept[e] = lanes[e] >= threshold ? x[i + e] * factor : 0.0f;
    } else {
      for (std::int64_t e = 0; e < n - i; ++e)
        kept[e] = lanes[e] >= threshold ? x[i + e] * factor : 0.0f;
    }
    const std::int64_t count = n - i < kElements ? n - i : kElements;
    if (write == Write::set) {
      for (std::int64_t e = 0; e < count; ++e) y[i + e] = kept[e];
    } else {
      for (std::int64_t e = 0; e < count; ++e) y[i + e] += kept[e];
    }
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
