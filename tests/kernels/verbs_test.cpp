// The verbs that no op reaches (tests/ops has the others): cpu against ref, on every instruction
// set that this processor has, with the same bits for any number of threads; recordings and the
// door.
#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/philox.h"
#include "tests/kernels/verb_cases.h"

using namespace hone;
using namespace hone::test;

namespace {

// Sets an environment variable for the life of the object.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    had_ = before != nullptr;
    if (had_) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (had_) {
      ::setenv(name_, before_.c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

std::unique_ptr<Backend> backend_of(const std::string& device, const BackendOptions& options = {}) {
  return open_device(device)->new_backend(options);
}

// Null where this processor lacks the instruction set.
std::unique_ptr<Backend> backend_of_isa(const char* isa, const BackendOptions& options) {
  const Environment forced("HONE_ISA", isa);
  try {
    auto backend = backend_of("cpu", options);
    CHECK(backend->device().description().find(isa) != std::string::npos);
    return backend;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    MESSAGE(error.what());
    return nullptr;
  }
}

void compare_with_ref(Backend& cpu, const std::vector<VerbCase>& cases) {
  const auto ref = backend_of("ref");
  for (const VerbCase& each : cases) {
    CAPTURE(each.name);
    CHECK(difference(each.run(cpu), each.run(*ref), each.tolerance) == "");
  }
}

void compare_threads(const char* isa) {
  const auto one = backend_of_isa(isa, {.threads = 1});
  if (!one) return;
  std::vector<std::unique_ptr<Backend>> many;
  for (const int threads : {2, 3, 8}) many.push_back(backend_of_isa(isa, {.threads = threads}));
  for (const VerbCase& each : verb_cases()) {
    CAPTURE(each.name);
    const Outputs expected = each.run(*one);
    for (const auto& backend : many) CHECK(same_bits(expected, each.run(*backend)));
  }
}

}  // namespace

TEST_CASE("the verbs that no op reaches give on cpu what they give on ref") {
  compare_with_ref(*backend_of("cpu", {.threads = 2}), verb_cases());
}

TEST_CASE("the verbs that no op reaches give what they give on ref with avx2 loops") {
  if (const auto cpu = backend_of_isa("avx2", {.threads = 1})) compare_with_ref(*cpu, verb_cases());
}

TEST_CASE("the verbs that no op reaches give what they give on ref with baseline loops") {
  compare_with_ref(*backend_of_isa("baseline", {.threads = 1}), verb_cases());
}

TEST_CASE("the verbs that no op reaches have the same bits with 1, 2, 3 and 8 threads") {
  compare_threads("avx512");
  compare_threads("avx2");
}

TEST_CASE("replaying a recording gives the same bits as running the verbs") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = backend_of(device);
    const Array x = normals({6, 12, 12, 3}, 1), w = normals({8, 3, 3, 3}, 2), b = normals({8}, 3);
    const Conv2dParams params{.relu = true, .pool = true};
    const Array row = dropout_array(0.5, 9);
    Array counter = scalar_i32(0);
    const auto step = [&](Outputs& out) {
      backend->run(verb::Conv2dForward{.y = out[0].view(),
                                       .argmax = out[1].view(),
                                       .x = x.view(),
                                       .w = w.view(),
                                       .b = b.view(),
                                       .params = params});
      backend->run(verb::Dropout{.y = out[2].view(),
                                 .x = out[0].view(),
                                 .step = counter.view(),
                                 .row = row.view(),
                                 .params = {},
                                 .write = Write::set});
      backend->run(verb::Advance{.counters = counter.view(), .index = 0, .by = 1});
    };
    const Shape ys{6, 5, 5, 8};
    Outputs recorded{poisoned(ys), poisoned(ys, DType::u8), poisoned(ys)};
    backend->begin_recording();
    step(recorded);
    const auto recording = backend->end_recording();
    CHECK(recording->size() == 3);
    const Outputs first = recorded;
    recording->replay();
    CHECK_FALSE(same_bits(recorded, first));  // the counter moved on, so the mask is another one
    Outputs eager{poisoned(ys), poisoned(ys, DType::u8), poisoned(ys)};
    counter.view().as<std::int32_t>()[0] = 1;
    step(eager);
    CHECK(same_bits(recorded, eager));
    counter.view().as<std::int32_t>()[0] = 0;
    recording->replay();
    CHECK(same_bits(recorded, first));
    counter.view().as<std::int32_t>()[0] = 0;
    double ticks = 0;
    const std::vector<VerbTime> times = recording->replay_timed([&] { return ticks += 1; });
    CHECK(same_bits(recorded, first));
    REQUIRE(times.size() == 3);
    CHECK(std::string(times[0].name) == "conv2d_forward");
    CHECK(std::string(times[1].name) == "dropout");
    CHECK(times[1].shape == ys);
    CHECK(times[2].seconds == 1);
    CHECK(ticks == 6);
  }
}

TEST_CASE("a recording does not nest and does not end unopened") {
  const auto backend = backend_of("cpu");
  CHECK_THROWS_AS(backend->end_recording(), Error);
  backend->begin_recording();
  CHECK_THROWS_AS(backend->begin_recording(), Error);
  CHECK(backend->end_recording()->size() == 0);
}
