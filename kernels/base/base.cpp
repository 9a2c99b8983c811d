// The out-of-line parts of kernels/base: error messages, parallel_for, the normal variate, the
// digest.
#include <xxhash.h>

#include <cmath>
#include <exception>
#include <mutex>
#include <numbers>

#include "kernels/base/digest.h"
#include "kernels/base/error.h"
#include "kernels/base/parallel_for.h"
#include "kernels/base/philox.h"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace hone {

void throw_error(ErrorKind kind, const std::string& message) { throw Error(kind, message); }

std::string printable(const std::string& text) {
  std::string out;
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += raw;
    }
  }
  return out;
}

void parallel_for(int threads, std::int64_t chunks,
                  const std::function<void(std::int64_t, int)>& body) {
#if defined(_OPENMP)
  if (threads > 1 && chunks > 1 && !omp_in_parallel()) {
    std::exception_ptr first_error;
    std::mutex error_mutex;
    const int team = static_cast<int>(std::min<std::int64_t>(threads, chunks));
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      try {
        body(chunk, omp_get_thread_num());
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!first_error) first_error = std::current_exception();
      }
    }
    if (first_error) std::rethrow_exception(first_error);
    return;
  }
#endif
  (void)threads;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk, 0);
}

double PhiloxStream::normal() {
  const double u = 1.0 - uniform();  // in (0, 1], so that the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::string digest_hex(const void* data, std::size_t size) {
  const XXH128_hash_t hash = XXH3_128bits(data, size);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace hone
