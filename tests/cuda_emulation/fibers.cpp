// Switching between fibres.
#include "tests/cuda_emulation/fibers.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>

#include "tests/cuda_emulation/settings.h"

#if defined(HONE_EMULATION_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(HONE_EMULATION_TSAN)
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizer's names.
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#endif

namespace cuda_emulation {
namespace context = boost::context::detail;

namespace {

constexpr std::size_t kStack = std::size_t{256} << 10;

// A stack with a page below it that nobody may touch.
char* new_stack() {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* data = mmap(nullptr, kStack + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED || mprotect(data, page, PROT_NONE) != 0)
    fail_emulation("there is no memory for the stack of another fibre");
  return static_cast<char*>(data) + page;
}

}  // namespace

class Fiber {
 public:
  explicit Fiber(void (*body)(void*)) : stack_(new_stack()), body_(body) {
    self_ = context::make_fcontext(stack_ + kStack, kStack, &Fiber::run);
#if defined(HONE_EMULATION_TSAN)
    thread_ = __tsan_create_fiber(0);
#endif
  }

  void resume(void* argument) {
    argument_ = argument;
#if defined(HONE_EMULATION_ASAN)
    void* kept = nullptr;
    __sanitizer_start_switch_fiber(&kept, stack_, kStack);
#endif
#if defined(HONE_EMULATION_TSAN)
    back_thread_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(thread_, 1);
#endif
    self_ = context::jump_fcontext(self_, this).fctx;
#if defined(HONE_EMULATION_ASAN)
    __sanitizer_finish_switch_fiber(kept, nullptr, nullptr);
#endif
  }

  void suspend() {
#if defined(HONE_EMULATION_ASAN)
    void* kept = nullptr;
    __sanitizer_start_switch_fiber(&kept, back_bottom_, back_size_);
#endif
#if defined(HONE_EMULATION_TSAN)
    __tsan_switch_to_fiber(back_thread_, 1);
#endif
    back_ = context::jump_fcontext(back_, nullptr).fctx;
#if defined(HONE_EMULATION_ASAN)
    __sanitizer_finish_switch_fiber(kept, &back_bottom_, &back_size_);
#endif
  }

 private:
  static void run(context::transfer_t from) {
    auto* fiber = static_cast<Fiber*>(from.data);
    fiber->back_ = from.fctx;
#if defined(HONE_EMULATION_ASAN)
    __sanitizer_finish_switch_fiber(nullptr, &fiber->back_bottom_, &fiber->back_size_);
#endif
    for (;;) {
      fiber->body_(fiber->argument_);
      fiber->suspend();
    }
  }

  char* stack_;
  void (*body_)(void*);
  void* argument_ = nullptr;
  context::fcontext_t self_ = nullptr, back_ = nullptr;
  // Of who resumed it.
  [[maybe_unused]] void *thread_ = nullptr, *back_thread_ = nullptr;
  [[maybe_unused]] const void* back_bottom_ = nullptr;
  [[maybe_unused]] std::size_t back_size_ = 0;
};

Fiber* new_fiber(void (*body)(void*)) { return new Fiber(body); }
void resume(Fiber* fiber, void* argument) { fiber->resume(argument); }
void suspend(Fiber* fiber) { fiber->suspend(); }

#if defined(HONE_EMULATION_TSAN)
TrackedThread::TrackedThread() : own_(__tsan_create_fiber(0)) {}
TrackedThread::~TrackedThread() { __tsan_destroy_fiber(own_); }
void TrackedThread::enter() {
  back_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_, 1);
}
void TrackedThread::leave() { __tsan_switch_to_fiber(back_, 1); }
#else
TrackedThread::TrackedThread() = default;
TrackedThread::~TrackedThread() = default;
void TrackedThread::enter() {}
void TrackedThread::leave() {}
#endif

}  // namespace cuda_emulation
