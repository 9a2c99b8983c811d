// The verbs that no op reaches (tests/ops has the others): cpu against ref, on every instruction
// set that this processor has, with the same bits for any number of threads; recordings and the
// door.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

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

namespace {

// Notes where each verb finds its scratch memory; `bytes` of it are taken.
class Scratch : public Implements<Scratch> {
 public:
  using Implements::Implements;
  template <class V>
  void implement(const V&) {
    const Workspace::Scope scope(workspace());
    places.push_back(workspace().take(bytes));
    std::memset(places.back(), 1, bytes);
  }
  std::size_t bytes = 1000;
  std::vector<void*> places;
};

}  // namespace

TEST_CASE("a recording has scratch memory of its own, which stays where it was") {
  const auto device = open_device("ref");
  device->pool()->set_poison(true);
  Scratch backend(device, {});
  Array y = poisoned({4});
  const verb::Fill fill{.y = y.view(), .value = 1};
  backend.run(fill);
  backend.begin_recording();
  backend.run(fill);
  backend.bytes = 3 << 20;  // more than the warm-up needed
  backend.run(fill);
  const auto recording = backend.end_recording();
  const std::vector<void*> recorded = {backend.places[1], backend.places[2]};
  backend.bytes = 8 << 20;
  for (int i = 0; i < 3; ++i) backend.run(fill);  // its own grows, and moves
  backend.bytes = 1000;
  for (int i = 0; i < 2; ++i) {
    backend.places.clear();
    recording->replay();
    CHECK(backend.places[0] == recorded[0]);
  }
  backend.places.clear();
  backend.run(fill);
  CHECK(backend.places[0] != recorded[0]);
  CHECK(backend.places[0] != recorded[1]);
}

TEST_CASE("the door refuses a view that is missing and says which") {
  const auto backend = backend_of("ref");
  Array y = poisoned({4});
  CHECK_THROWS_WITH_AS(backend->run(verb::Copy{.y = y.view(), .x = {}}),
                       "copy: the view x is missing", Error);
  CHECK_THROWS_WITH_AS(backend->run(verb::Fill{.y = {}}), "fill: the view y is missing", Error);
}

TEST_CASE("a verb with views of several models runs on one after the other") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = backend_of(device);
    Array x = poisoned({3, 4}), y = poisoned({3, 6}), b = poisoned({4});
    for (int i = 0; i < 12; ++i) x.view().as<float>()[i] = static_cast<float>(i);
    for (int i = 0; i < 4; ++i) b.view().as<float>()[i] = 100;
    View each_x = x.view(), each_y = y.view();
    each_x.shape = each_y.shape = Shape{4};
    each_x.models = each_y.models = 3;
    each_x.model_stride = 4;
    each_y.model_stride = 6;  // two elements between the models
    backend->begin_recording();
    backend->run(verb::Binary{.y = each_y, .a = each_x, .b = b.view(), .op = BinaryOp::add});
    const auto recording = backend->end_recording();
    CHECK(recording->size() == 1);
    CHECK(recording->str() == "binary y 3 x [4], a 3 x [4], b [4]\n");
    for (int turn = 0; turn < 2; ++turn) {
      for (int m = 0; m < 3; ++m)
        for (int i = 0; i < 4; ++i) CHECK(y.at(6 * m + i) == 100 + 4 * m + i);
      for (int m = 0; m < 3; ++m) CHECK(std::isnan(y.at(6 * m + 5)));
      recording->replay();
    }
    float host[12] = {};
    backend->download(host, each_y);
    CHECK(host[4] == 104);
    backend->upload(each_y, x.bytes.data());
    CHECK(y.at(13) == 9);
    each_x.models = 2;
    CHECK_THROWS_WITH_AS(
        backend->run(verb::Binary{.y = each_y, .a = each_x, .b = b.view(), .op = BinaryOp::add}),
        doctest::Contains("binary: a holds 2 models, another view 3"), Error);
  }
}

TEST_CASE("copies from and to the host are refused while a recording is open") {
  const auto backend = backend_of("cpu");
  Array y = poisoned({4});
  backend->begin_recording();
  CHECK_THROWS_WITH_AS(backend->upload(y.view(), y.bytes.data()), doctest::Contains("recorded"),
                       Error);
  CHECK_THROWS_WITH_AS(backend->download(y.bytes.data(), y.view()), doctest::Contains("recorded"),
                       Error);
  backend->end_recording();
}

TEST_CASE("a recording does not nest and does not end unopened") {
  const auto backend = backend_of("cpu");
  CHECK_THROWS_AS(backend->end_recording(), Error);
  backend->begin_recording();
  CHECK_THROWS_AS(backend->begin_recording(), Error);
  CHECK(backend->end_recording()->size() == 0);
}
