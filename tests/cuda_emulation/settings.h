// How adversely the emulation runs what it is given: orders that a device could choose as well.
#pragma once

#include <cstddef>
#include <random>

namespace cuda_emulation {

// The order of the threads of a block between two barriers.
enum class ThreadOrder {
  ordered,   // by number
  shuffled,  // at random
  starved    // one warp runs only when no other can; the next one in the next block
};

// When the work of a stream is done.
enum class StreamOrder {
  issue,   // at once, in the order in which it is given
  lazy,    // when it is waited for, and no other stream's
  random,  // some streams' now and then
};

// HONE_EMULATION_THREADS, HONE_EMULATION_STREAMS: names as above; HONE_EMULATION_SEED: of what is
// random, and the first warp that is starved; HONE_EMULATION_MEMORY: bytes of the device;
// HONE_EMULATION_BREAKS: the device is lost with this launch of a kernel (1 is the first).
struct Settings {
  ThreadOrder threads = ThreadOrder::ordered;
  StreamOrder streams = StreamOrder::issue;
  unsigned seed = 1;
  std::size_t memory = std::size_t{4} << 30;
  std::size_t breaks = 0;  // 0: never
};

// Read once, and said on stderr where they are not the plain ones. Ends the process for a name that
// is not known.
const Settings& settings();

// Below `count`, from the seed. One caller at a time.
std::size_t random_below(std::size_t count);

// Ends the process with kFailed and a message: what a device would not survive, or not notice.
[[noreturn]] void fail_emulation(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline constexpr int kFailed = 66;

}  // namespace cuda_emulation
