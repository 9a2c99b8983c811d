// Philox4x32-10, the counter-based random generator that every backend shares.
//
// A pure function of (key, counter): any element of any stream can be drawn at once, in any order,
// by any thread or device. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC
// 2011).
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define HONE_HD __host__ __device__
#else
#define HONE_HD
#endif

namespace hone {

// Four 32-bit words: one block of output, or one counter.
struct PhiloxBlock {
  std::uint32_t v[4];
};

// One block of stream `key` at `counter`. Always inlined: units compiled for other instruction sets
// use it too, and the linker must not share one copy between them.
HONE_HD [[gnu::always_inline]] inline PhiloxBlock philox(std::uint64_t key, PhiloxBlock counter) {
  constexpr std::uint64_t kMul0 = 0xD2511F53, kMul1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  std::uint32_t c0 = counter.v[0], c1 = counter.v[1], c2 = counter.v[2], c3 = counter.v[3];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = kMul0 * c0, p1 = kMul1 * c2;
    const std::uint32_t hi0 = static_cast<std::uint32_t>(p0 >> 32),
                        lo0 = static_cast<std::uint32_t>(p0);
    const std::uint32_t hi1 = static_cast<std::uint32_t>(p1 >> 32),
                        lo1 = static_cast<std::uint32_t>(p1);
    c0 = hi1 ^ c1 ^ k0;
    c1 = lo1;
    c2 = hi0 ^ c3 ^ k1;
    c3 = lo0;
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return {{c0, c1, c2, c3}};
}

// Mixes two 64-bit values into one seed (SplitMix64 finaliser). Use it to derive a key from
// (seed, purpose) or (seed, epoch): mix(mix(seed, purpose), epoch).
HONE_HD inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9E3779B97F4A7C15ull * (b + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// A sequential reader of one stream, for host code: samplers, initialisation, shuffles.
class PhiloxStream {
 public:
  explicit PhiloxStream(std::uint64_t key, std::uint64_t stream = 0) : key_(key), stream_(stream) {}

  std::uint32_t next_u32() {
    if (lane_ == 4) refill();
    return block_.v[lane_++];
  }
  std::uint64_t next_u64() {
    const std::uint64_t high = next_u32();
    return (high << 32) | next_u32();
  }
  // Uniform in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }
  // Uniform integer in [0, n), n > 0, without bias (Lemire's rejection method).
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t threshold = (0 - n) % n;
    for (;;) {
      const Wide product = static_cast<Wide>(next_u64()) * n;
      if (static_cast<std::uint64_t>(product) >= threshold)
        return static_cast<std::uint64_t>(product >> 64);
    }
  }
  // Standard normal variate (Box-Muller, one value per two uniforms).
  double normal();

 private:
  __extension__ typedef unsigned __int128 Wide;  // in no standard; NOLINT(modernize-use-using)

  void refill() {
    block_ = philox(
        key_, {{static_cast<std::uint32_t>(index_), static_cast<std::uint32_t>(index_ >> 32),
                static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)}});
    ++index_;
    lane_ = 0;
  }

  std::uint64_t key_;
  std::uint64_t stream_;
  std::uint64_t index_ = 0;
  PhiloxBlock block_{};
  int lane_ = 4;
};

}  // namespace hone
