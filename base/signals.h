// The one signal that a write can raise and that must not end the process.
#pragma once

#include <csignal>

namespace hone {

// While one is alive, a write of this thread beyond the limit on file sizes (ulimit -f) fails with
// EFBIG, as a write to a full disk fails with ENOSPC, instead of ending the process by SIGXFSZ.
// Changes nothing for other threads and nothing that lasts.
class FileSizeSignalBlock {
 public:
  FileSizeSignalBlock() noexcept;
  FileSizeSignalBlock(const FileSizeSignalBlock&) = delete;
  FileSizeSignalBlock& operator=(const FileSizeSignalBlock&) = delete;
  ~FileSizeSignalBlock();

 private:
  sigset_t before_;
  bool pending_before_;
};

}  // namespace hone
