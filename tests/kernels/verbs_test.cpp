// Every verb of cpu against ref, and the promise of the same bits for any number of threads.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "kernels/base/error.h"
#include "verb_cases.h"

using namespace hone;
using namespace hone::test;

namespace {

std::unique_ptr<Backend> backend_of(const std::string& device, const BackendOptions& options = {}) {
  return open_device(device)->new_backend(options);
}

}  // namespace

TEST_CASE("every verb of cpu gives what ref gives") {
  const auto ref = backend_of("ref"), cpu = backend_of("cpu", {.threads = 2});
  for (const VerbCase& each : verb_cases()) {
    CAPTURE(each.name);
    CHECK(difference(each.run(*cpu), each.run(*ref), each.tolerance) == "");
  }
}

TEST_CASE("every verb of cpu has the same bits with 1, 2, 3 and 8 threads") {
  const auto one = backend_of("cpu", {.threads = 1});
  for (const int threads : {2, 3, 8}) {
    const auto many = backend_of("cpu", {.threads = threads});
    for (const VerbCase& each : verb_cases()) {
      CAPTURE(each.name);
      CHECK(same_bits(each.run(*one), each.run(*many)));
    }
  }
}
