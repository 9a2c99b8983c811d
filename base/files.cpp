// Reading with a limit and atomic writing, on POSIX calls so that fsync and its errors are seen.
#include "base/files.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"
#include "base/signals.h"

namespace hone {
namespace {

// Closes a descriptor on every path; close() errors matter only where the caller asks for them.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  void reset(int fd) { fd_ = fd; }
  int close_now() {
    const int result = ::close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

template <class Bytes>
Bytes read_all(const std::filesystem::path& path, std::uint64_t limit) {
  const InputFile file(path);
  if (file.size() > limit)
    fail(ErrorKind::data, "{}: has {} bytes, the limit here is {}", printable(path.string()),
         file.size(), limit);
  Bytes bytes(file.size(), {});
  file.read(0, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

void write_all(int fd, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw std::system_error(n < 0 ? errno : ENOSPC, std::generic_category());
    done += static_cast<std::size_t>(n);
  }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

[[noreturn]] void throw_errno() { throw std::system_error(errno, std::generic_category()); }

constexpr const char* kDescriptors = "/proc/self/fd";  // gives a file without a name one

// -1 where there are no such files.
int open_nameless(const std::filesystem::path& folder) {
  if (::access(kDescriptors, X_OK) != 0) return -1;
  return ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

// A file that is being written: without a name where the file system can, so that a kill leaves
// nothing; else hidden beside the target.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& target)
      : target_(target), file_(open_nameless(folder_of(target))) {
    if (file_.get() < 0) make_named();
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  int descriptor() const { return file_.get(); }

  void publish() {
    if (name_.empty() && link(target_)) return;  // there was no old file
    while (name_.empty()) {
      const std::string name = random_name();
      if (link(name)) name_ = name;
    }
    if (file_.close_now() != 0 || ::rename(name_.c_str(), target_.c_str()) != 0) throw_errno();
    name_.clear();
  }

 private:
  std::string random_name() const {
    std::uint64_t bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) throw_errno();
    return (folder_of(target_) / fmt::format(".hone-{:016x}", bits)).string();
  }
  void make_named() {
    const std::string name = random_name();
    file_.reset(::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
    if (file_.get() < 0) throw_errno();
    name_ = name;
  }
  // Gives the nameless file a name; false when there is a file of that name.
  bool link(const std::filesystem::path& name) const {
    const std::string self = fmt::format("{}/{}", kDescriptors, file_.get());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return true;
    if (errno != EEXIST) throw_errno();
    return false;
  }

  std::filesystem::path target_;
  Descriptor file_;
  std::string name_;  // to be removed unless it is published
};

void replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  const FileSizeSignalBlock quiet;
  const std::filesystem::path target = link_target(path);
  struct stat old {};
  const bool exists = ::stat(target.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode))
    throw std::system_error(S_ISDIR(old.st_mode) ? EISDIR : EINVAL, std::generic_category());
  NewFile file(target);
  write_all(file.descriptor(), bytes);
  constexpr mode_t kPermissions = 0777;
  if (exists && ::fchmod(file.descriptor(), old.st_mode & kPermissions) != 0) throw_errno();
  if (::fsync(file.descriptor()) != 0) throw_errno();
  file.publish();
  const Descriptor folder(::open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(printable(path.string())) {
  // O_NONBLOCK: opening a named pipe must fail the check below, not wait for a writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0)
    fail(ErrorKind::data, "{}: cannot be opened: {}", name_, std::strerror(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    fail(ErrorKind::data, "{}: is not a regular file", name_);
  size_ = static_cast<std::uint64_t>(status.st_size);
  fd_ = file.get();
  file.reset(-1);
}

InputFile::~InputFile() { ::close(fd_); }

void InputFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(ErrorKind::data, "{}: cannot be read: {}", name_, std::strerror(errno));
    if (n == 0) fail(ErrorKind::data, "{}: became shorter while it was read", name_);
    done += static_cast<std::size_t>(n);
  }
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  return read_all<std::vector<std::uint8_t>>(path, limit);
}

std::string read_text_file(const std::filesystem::path& path, std::uint64_t limit) {
  return read_all<std::string>(path, limit);
}

std::filesystem::path link_target(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as in the kernel
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  throw std::system_error(ELOOP, std::generic_category());
}

void write_file_atomic(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  try {
    replace_file(path, bytes);
  } catch (const std::system_error& error) {
    fail(ErrorKind::storage, "{}: cannot be written: {}; the old file, if any, is unchanged",
         printable(path.string()), std::strerror(error.code().value()));
  }
}

void write_file_atomic(const std::filesystem::path& path, std::string_view text) {
  write_file_atomic(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace hone
