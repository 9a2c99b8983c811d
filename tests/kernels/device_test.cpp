// Devices, pools, workspaces: what is refused, counted and reused.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "kernels/backend.h"

using namespace hone;

#ifdef HONE_SANITIZED
// A request that cannot be served is to fail as it does without the sanitizers, not to end the
// test.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace {

ErrorKind kind_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return ErrorKind::internal;
}

}  // namespace

TEST_CASE("every listed device opens, and auto is the first of them") {
  for (const std::string& name : device_names()) CHECK(open_device(name)->name() == name);
  CHECK(open_device("auto")->name() == device_names().front());
  CHECK(open_device("ref")->supports_f64());
  CHECK_FALSE(open_device("cpu")->supports_f64());
  CHECK(open_device("cpu")->description().find("OpenBLAS") != std::string::npos);
  CHECK(open_device("cpu")->fingerprint() == open_device("cpu")->fingerprint());
}

TEST_CASE("an unknown device is refused with the known names") {
  for (const char* name : {"gpu", "", "CPU", "a\x1b[0m"}) {
    CHECK_THROWS_WITH_AS(open_device(name), doctest::Contains("known devices: cpu, ref, auto"),
                         Error);
    CHECK(kind_of([=] { open_device(name); }) == ErrorKind::device);
  }
}

TEST_CASE("bad thread counts, algorithms and instruction sets are refused") {
  for (const std::string& name : device_names()) {
    const auto device = open_device(name);
    CHECK(kind_of([&] { device->new_backend({.threads = -1}); }) == ErrorKind::usage);
    CHECK(kind_of([&] { device->new_backend({.conv2d = "magic"}); }) == ErrorKind::usage);
    CHECK(device->new_backend({.threads = 3})->threads() == 3);
    CHECK(device->new_backend()->threads() >= 1);
  }
  const auto cpu = open_device("cpu");
  CHECK_THROWS_WITH_AS(cpu->new_backend({.conv2d = "magic"}), doctest::Contains("im2col"), Error);
  ::setenv("HONE_CONV", "magic", 1);
  CHECK(kind_of([&] { cpu->new_backend(); }) == ErrorKind::usage);
  CHECK_NOTHROW(cpu->new_backend({.conv2d = "im2col"}));  // the option goes before the environment
  ::setenv("HONE_CONV", "im2col", 1);
  CHECK_NOTHROW(cpu->new_backend());
  // What is forced is part of the fingerprint, by whichever way: its bits may differ.
  const std::string forced = cpu->fingerprint() + ", conv2d im2col";
  CHECK(cpu->new_backend()->fingerprint() == forced);
  CHECK(cpu->new_backend({.conv2d = "direct"})->fingerprint() ==
        cpu->fingerprint() + ", conv2d direct");
  ::unsetenv("HONE_CONV");
  CHECK(cpu->new_backend({.conv2d = "im2col"})->fingerprint() == forced);
  CHECK(cpu->new_backend()->fingerprint() == cpu->fingerprint());
  ::setenv("HONE_ISA", "sse9", 1);
  CHECK_THROWS_WITH_AS(open_device("cpu"), doctest::Contains("avx512, avx2, baseline"), Error);
  ::unsetenv("HONE_ISA");
}

TEST_CASE("a pool serves freed blocks of the same bucket again and counts") {
  const auto pool = open_device("cpu")->new_pool();
  void* first = nullptr;
  {
    const auto block = pool->allocate(1000);
    first = block->data();
    CHECK(block->bytes() == 1000);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
    CHECK(pool->stats().live_bytes >= 1000);
    CHECK(pool->stats().live_bytes <= 1128);  // at most 1/8 is waste
  }
  CHECK(pool->stats().live_bytes == 0);
  CHECK(pool->stats().held_bytes >= 1000);
  const auto again = pool->allocate(990);
  CHECK(again->data() == first);
  CHECK(pool->stats().hits == 1);
  CHECK(pool->stats().misses == 1);
  const auto larger = pool->allocate(5000);
  CHECK(pool->stats().misses == 2);
  CHECK(pool->stats().peak_bytes >= 6000);
  pool->trim();
  CHECK(pool->stats().held_bytes == pool->stats().live_bytes);
  const auto none = pool->allocate(0), other = pool->allocate(0);
  CHECK(none->data() != other->data());
}

TEST_CASE("a poisoned pool hands out memory that is visibly unwritten") {
  const auto pool = open_device("ref")->new_pool();
  pool->set_poison(true);
  for (int turn = 0; turn < 2; ++turn) {
    const auto block = pool->allocate(16);
    CHECK(static_cast<unsigned char*>(block->data())[15] == 0xff);
    std::memset(block->data(), 0, 16);
  }
}

namespace {

// Memory of a device that is always behind: counts how often it was waited for, and has room for so
// many blocks.
class SmallMemory : public RawMemory {
 public:
  void* allocate(std::size_t bytes) override {
    if (blocks == room) throw OutOfMemory(fmt::format("{} bytes", bytes));
    ++blocks;
    return ::operator new(bytes);
  }
  void release(void* data) noexcept override {
    --blocks;
    ::operator delete(data);
  }
  void poison(void*, std::size_t, MemoryContext) noexcept override {}
  void settle() noexcept override { ++settled; }

  int blocks = 0, room = 100, settled = 0;
};

}  // namespace

TEST_CASE("memory that one backend gives back is not another's until the first has finished") {
  const auto memory = std::make_shared<SmallMemory>();
  const auto pool = std::make_shared<Pool>(memory);
  void* first = pool->allocate(100, 1)->data();
  const auto other = pool->allocate(100, 2);
  CHECK(other->data() != first);
  CHECK(other->context() == 2);
  CHECK(pool->allocate(100, 1)->data() == first);  // its own verbs come later in the same order
  CHECK(memory->settled == 0);
  pool->retire(1);
  CHECK(pool->allocate(100, 3)->data() == first);
  CHECK(memory->settled == 1);  // whoever used it has finished
  // A block of a backend that is gone comes back as one of nobody.
  auto late = pool->allocate(100, 4);
  void* const last = late->data();
  pool->retire(4);
  late = nullptr;
  CHECK(pool->allocate(100, 5)->data() == last);
  CHECK(memory->settled == 2);
}

TEST_CASE("a pool without room gives free blocks back and asks once more") {
  const auto memory = std::make_shared<SmallMemory>();
  const auto shared = std::make_shared<Pool>(memory);
  memory->room = 1;
  shared->allocate(1000);  // free again
  {
    const auto larger = shared->allocate(20000);
    CHECK(memory->blocks == 1);
    CHECK_THROWS_AS(shared->allocate(30000), OutOfMemory);
    CHECK(kind_of([&] { shared->allocate(30000); }) == ErrorKind::device);
    CHECK(shared->stats().live_bytes == 20480);
  }
  // The private pool of a recorded step lives off the shared one. Its own free blocks stay, because
  // recorded verbs know their addresses.
  const auto own = std::make_shared<Pool>(memory, shared);
  memory->room = 2;
  void* const recorded = own->allocate(5000)->data();
  const auto next = own->allocate(7000);
  CHECK(memory->blocks == 2);
  CHECK(own->allocate(5000)->data() == recorded);
  CHECK_THROWS_AS(own->allocate(9000), OutOfMemory);
  CHECK(own->allocate(5000)->data() == recorded);
}

TEST_CASE("memory that cannot be had is an error of the device, and the pool goes on") {
  const auto pool = open_device("cpu")->new_pool();
  CHECK(kind_of([&] { pool->allocate(std::size_t{1} << 62); }) == ErrorKind::device);
  CHECK(pool->stats().live_bytes == 0);
  CHECK(pool->allocate(100)->data() != nullptr);
}

TEST_CASE("a workspace grows once and then stays") {
  const auto pool = open_device("cpu")->new_pool();
  Workspace workspace(pool);
  bool grown = false;
  const auto use = [&] {
    const Workspace::Scope scope(workspace);
    char* a = static_cast<char*>(workspace.take(3 << 20));
    char* inner = nullptr;
    {
      const Workspace::Scope nested(workspace);
      inner = static_cast<char*>(workspace.take(1000));
      std::memset(a, 1, 3 << 20);
      std::memset(inner, 2, 1000);
    }
    char* b = static_cast<char*>(workspace.take(2 << 20));
    if (grown) CHECK(b == inner);  // the nested scope gave it back
    std::memset(b, 3, 2 << 20);
    CHECK(a[0] == 1);
    CHECK(a[(3 << 20) - 1] == 1);
    CHECK(reinterpret_cast<std::uintptr_t>(b) % 64 == 0);
  };
  use();
  use();  // in one block now
  grown = true;
  use();  // the pieces of the first use become one
  const auto misses = pool->stats().misses;
  for (int i = 0; i < 3; ++i) use();
  CHECK(pool->stats().misses == misses);
}

TEST_CASE("copies between host and device keep every byte") {
  for (const std::string& name : device_names()) {
    const auto device = open_device(name);
    const auto block = device->pool()->allocate(100);
    std::string there(100, 'a'), back(100, 'b');
    there[57] = 'x';
    const View view{block->data(), Shape{100}, DType::u8};
    device->upload(view, there.data());
    device->download(back.data(), view);
    CHECK(back == there);
  }
}
