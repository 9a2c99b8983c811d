// A side file in which every living worker of a study holds a lock on one byte of its own. The
// kernel frees the lock when the process ends, however it ends, and tells it to every process that
// sees the file, in whatever container (PID namespace) it lives.
#pragma once

#include <cstdint>
#include <string>

#include "tune/storage/file_identity.h"

namespace hone::tune {

// Locks belong to the open file (Linux's OFD locks): a process may have several LockFiles on one
// path, and they see each other's locks. A child made by fork() shares those of its parent. Not
// thread-safe.
class LockFile {
 public:
  // Nothing is opened or made yet.
  explicit LockFile(std::string path) : path_(std::move(path)) {}
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  // Takes byte `at` (any offset >= 0) of the file, which is made when missing; true from the second
  // call on. False when it cannot be had: no permission, or a file system without such locks.
  bool hold(std::int64_t at);
  // Another LockFile holds the byte. Only for the file of that identity is the answer known.
  enum class Answer { held, free, unknown };
  Answer ask(std::int64_t at, const FileIdentity& file);
  // Of the file in which hold() took its byte.
  const FileIdentity& identity() const { return identity_; }
  // Removes the file unless somebody holds a byte of it.
  void remove_if_unused() noexcept;

 private:
  bool open(bool create);
  void close() noexcept;

  std::string path_;
  int descriptor_ = -1;
  FileIdentity identity_;
  bool holds_ = false;
};

}  // namespace hone::tune
