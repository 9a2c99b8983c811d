// The vectors of the instruction set that this unit is compiled for.
//
// The loops beside the kernels (kernels/cpu/*_loops.h) include this file and live, as everything
// here, in a namespace named after the set, with internal linkage: the linker must never put the
// copy of one set in the place of another.
#pragma once

// GCC 12 warns about its own header: _mm512_undefined_epi32() is uninitialised by design.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cstdint>
#include <cstring>

#ifndef HONE_ISA
#define HONE_ISA \
  baseline  // for tools that look at one header; kernels/cpu/isa/<set>/loops.cpp says
#endif

namespace hone::kernels::HONE_ISA {
namespace {

// Vec: kLanes floats. Words: kBlocks 64-bit words.
#if defined(__AVX512F__)
using Vec = __m512;
constexpr std::int64_t kLanes = 16;
constexpr int kChannelVectors = 4;  // output channels per register tile: 4 pixels x 4 vectors
inline Vec load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
inline Vec repeat(float value) { return _mm512_set1_ps(value); }
inline Vec fused(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
inline Vec plus(Vec a, Vec b) { return _mm512_add_ps(a, b); }

using Words = __m512i;
constexpr int kBlocks = 8;
inline Words words_of(std::uint64_t v) { return _mm512_set1_epi64(static_cast<long long>(v)); }
inline Words load_words(const std::uint64_t* p) { return _mm512_loadu_si512(p); }
inline void store_words(std::uint64_t* p, Words v) { _mm512_storeu_si512(p, v); }
inline Words multiplied(Words a, Words b) { return _mm512_mul_epu32(a, b); }
inline Words high_half(Words a) { return _mm512_srli_epi64(a, 32); }
inline Words mixed(Words a, Words b, Words c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
#elif defined(__AVX2__)
using Vec = __m256;
constexpr std::int64_t kLanes = 8;
constexpr int kChannelVectors = 2;
inline Vec load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
inline Vec repeat(float value) { return _mm256_set1_ps(value); }
inline Vec fused(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
inline Vec plus(Vec a, Vec b) { return _mm256_add_ps(a, b); }

using Words = __m256i;
constexpr int kBlocks = 4;
inline Words words_of(std::uint64_t v) { return _mm256_set1_epi64x(static_cast<long long>(v)); }
inline Words load_words(const std::uint64_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline void store_words(std::uint64_t* p, Words v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
}
inline Words multiplied(Words a, Words b) { return _mm256_mul_epu32(a, b); }
inline Words high_half(Words a) { return _mm256_srli_epi64(a, 32); }
inline Words mixed(Words a, Words b, Words c) {
  return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}
#else
using Vec = __m128;
constexpr std::int64_t kLanes = 4;
constexpr int kChannelVectors = 2;
inline Vec load(const float* p) { return _mm_loadu_ps(p); }
inline void store(float* p, Vec v) { _mm_storeu_ps(p, v); }
inline Vec repeat(float value) { return _mm_set1_ps(value); }
inline Vec fused(Vec a, Vec b, Vec c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
inline Vec plus(Vec a, Vec b) { return _mm_add_ps(a, b); }

using Words = __m128i;
constexpr int kBlocks = 2;
inline Words words_of(std::uint64_t v) { return _mm_set1_epi64x(static_cast<long long>(v)); }
inline Words load_words(const std::uint64_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
inline void store_words(std::uint64_t* p, Words v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v);
}
inline Words multiplied(Words a, Words b) { return _mm_mul_epu32(a, b); }
inline Words high_half(Words a) { return _mm_srli_epi64(a, 32); }
inline Words mixed(Words a, Words b, Words c) { return _mm_xor_si128(_mm_xor_si128(a, b), c); }
#endif

// Half of the floats of a Vec, and as many doubles.
using Half = float __attribute__((vector_size(kLanes * 2)));
using Doubles = double __attribute__((vector_size(kLanes * 4)));
inline Half load_half(const float* p) {
  Half v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline Doubles load_doubles(const double* p) {
  Doubles v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline void store_doubles(double* p, Doubles v) { std::memcpy(p, &v, sizeof(v)); }
inline Doubles doubles_of(Half v) { return __builtin_convertvector(v, Doubles); }

// As many 32-bit integers as Vec has floats: what comparing two Vec gives (-1 where it holds, else
// 0), and what `mask ? a : b` chooses by.
using Mask = std::int32_t __attribute__((vector_size(kLanes * 4)));
// Stores integers of 0 to 255 as bytes.
inline void store_bytes(std::uint8_t* p, Mask v) {
#if defined(__AVX512F__)
  const __m128i bytes = _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(v));
#elif defined(__AVX2__)
  const __m256i wide = reinterpret_cast<__m256i>(v);
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  const __m128i bytes = _mm_packus_epi16(words, words);
#else
  const __m128i words = _mm_packs_epi32(reinterpret_cast<__m128i>(v), __m128i{});
  const __m128i bytes = _mm_packus_epi16(words, words);
#endif
  std::memcpy(p, &bytes, kLanes);
}

// The reverse.
inline Mask load_bytes(const std::uint8_t* p) {
#if defined(__AVX512F__)
  return reinterpret_cast<Mask>(
      _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#elif defined(__AVX2__)
  return reinterpret_cast<Mask>(
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
#else
  std::int32_t bytes;
  std::memcpy(&bytes, p, kLanes);
  const __m128i words = _mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), __m128i{});
  return reinterpret_cast<Mask>(_mm_unpacklo_epi16(words, __m128i{}));
#endif
}

// The greatest so far and its position, by the rule of exceeds() in kernels/pointwise.h.
struct Greatest {
  Vec value;
  Mask position;
  void see(Vec candidate, std::int32_t at) {
    const Mask stays = (candidate <= value) | (value != value);
    value = stays ? value : candidate;
    position = stays ? position : position * 0 + at;
  }
};

}  // namespace
}  // namespace hone::kernels::HONE_ISA
