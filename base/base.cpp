// The out-of-line parts of base: error messages, the normal variate, the
// digest.
#include <xxhash.h>

#include <cmath>
#include <numbers>

#include "base/digest.h"
#include "base/error.h"
#include "base/philox.h"

namespace hone {

void throw_error(ErrorKind kind, const std::string& message) { throw Error(kind, message); }

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
