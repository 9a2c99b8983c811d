// Preloaded into a worker, makes its machine an odd one: a wall clock that is HONE_TEST_CLOCK
// seconds off, and, where HONE_TEST_HOST is set, a host name that is another one at each look.
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>

namespace {

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

long offset() {
  static const long seconds = [] {
    const char* text = std::getenv("HONE_TEST_CLOCK");
    return text == nullptr ? 0L : std::strtol(text, nullptr, 10);
  }();
  return seconds;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int code = real(clock, time);
  if (code == 0 && clock == CLOCK_REALTIME) time->tv_sec += offset();
  return code;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto real = next<int (*)(timeval*, void*)>("gettimeofday");
  const int code = real(time, zone);
  if (code == 0) time->tv_sec += offset();
  return code;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int gethostname(char* name, size_t size) noexcept {
  static const auto real = next<int (*)(char*, size_t)>("gethostname");
  static std::atomic<int> looks{0};
  const char* base = std::getenv("HONE_TEST_HOST");
  if (base == nullptr) return real(name, size);
  std::snprintf(name, size, "%s-%d", base, ++looks);
  return 0;
}
}
