// Blocking a signal for one thread, and taking back what came meanwhile.
#include "base/signals.h"

#include <cerrno>
#include <ctime>

namespace hone {
namespace {

sigset_t file_size_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  return set;
}

bool is_pending() {
  sigset_t set;
  return sigpending(&set) == 0 && sigismember(&set, SIGXFSZ) == 1;
}

}  // namespace

FileSizeSignalBlock::FileSizeSignalBlock() noexcept : pending_before_(is_pending()) {
  const sigset_t set = file_size_signal();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

FileSizeSignalBlock::~FileSizeSignalBlock() {
  const int saved = errno;  // a caller may still want to read why its write failed
  const sigset_t set = file_size_signal();
  const timespec at_once{};
  if (!pending_before_)
    while (is_pending() && (sigtimedwait(&set, nullptr, &at_once) >= 0 || errno == EINTR)) {
    }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = saved;
}

}  // namespace hone
