// Byte locks on the side file, and the care that nobody locks a file that was just removed.
#include "tune/storage/lock_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace hone::tune {
namespace {

struct flock byte_lock(short type, std::int64_t at, std::int64_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = at;
  lock.l_len = length;
  return lock;
}

}  // namespace

LockFile::~LockFile() { close(); }

void LockFile::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  holds_ = false;
  identity_ = {};
}

bool LockFile::open(bool create) {
  if (descriptor_ >= 0 && file_identity(path_) == identity_) return true;
  close();
  descriptor_ =
      ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0666);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close();
    return false;
  }
  identity_ = identity_of(status);
  return true;
}

bool LockFile::hold(std::int64_t at) {
  if (holds_) return true;
  // The last one out removes the file while it has all of it locked: then this lock fails for a
  // moment, or is one on a file without a name.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (!open(true)) return false;
    struct flock lock = byte_lock(F_WRLCK, at, 1);
    if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0) {
      if (file_identity(path_) == identity_) return holds_ = true;
      close();
    } else if (errno != EAGAIN && errno != EACCES) {
      close();
      return false;
    } else {
      ::usleep(1000);
    }
  }
  return false;
}

LockFile::Answer LockFile::ask(std::int64_t at, const FileIdentity& file) {
  if (!file.known() || (!holds_ && !open(false)) || identity_ != file) return Answer::unknown;
  struct flock lock = byte_lock(F_WRLCK, at, 1);
  if (::fcntl(descriptor_, F_OFD_GETLK, &lock) != 0) return Answer::unknown;
  return lock.l_type == F_UNLCK ? Answer::free : Answer::held;
}

void LockFile::remove_if_unused() noexcept {
  if (descriptor_ < 0) return;
  struct flock all = byte_lock(F_WRLCK, 0, 0);
  if (::fcntl(descriptor_, F_OFD_SETLK, &all) == 0 && file_identity(path_) == identity_)
    ::unlink(path_.c_str());
  close();
}

}  // namespace hone::tune
