// Settings from the environment.
#include "tests/cuda_emulation/settings.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cuda_emulation {
namespace {

// The place of the variable's value among `names`.
template <std::size_t count>
std::size_t chosen(const char* variable, const char* const (&names)[count]) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == 0) return 0;
  for (std::size_t i = 0; i < count; ++i)
    if (std::strcmp(value, names[i]) == 0) return i;
  fail_emulation("%s is '%s', which is not known", variable, value);
}

std::size_t number(const char* variable, std::size_t otherwise) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == 0) return otherwise;
  char* end = nullptr;
  const unsigned long long read = std::strtoull(value, &end, 10);
  if (*end != 0) fail_emulation("%s is '%s', which is no number", variable, value);
  return static_cast<std::size_t>(read);
}

constexpr const char* kThreads[] = {"ordered", "shuffled", "starved"};
constexpr const char* kStreams[] = {"issue", "lazy", "random"};

Settings read_settings() {
  Settings read;
  const std::size_t threads = chosen("HONE_EMULATION_THREADS", kThreads);
  const std::size_t streams = chosen("HONE_EMULATION_STREAMS", kStreams);
  read.threads = static_cast<ThreadOrder>(threads);
  read.streams = static_cast<StreamOrder>(streams);
  read.seed = static_cast<unsigned>(number("HONE_EMULATION_SEED", read.seed));
  read.memory = number("HONE_EMULATION_MEMORY", read.memory);
  read.breaks = number("HONE_EMULATION_BREAKS", read.breaks);
  if (threads != 0 || streams != 0)
    std::fprintf(stderr, "cuda emulation: threads %s, streams %s, seed %u\n", kThreads[threads],
                 kStreams[streams], read.seed);
  return read;
}

}  // namespace

const Settings& settings() {
  static const Settings read = read_settings();
  return read;
}

std::size_t random_below(std::size_t count) {
  static std::mt19937 engine(settings().seed);
  return engine() % count;
}

void fail_emulation(const char* format, ...) {
  std::fflush(stdout);
  std::fputs("cuda emulation: ", stderr);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::fflush(stderr);
  std::_Exit(kFailed);
}

}  // namespace cuda_emulation
