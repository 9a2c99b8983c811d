// Reading with a limit and atomic writing, on POSIX calls so that fsync and its errors are seen.
#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"

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
  // O_NONBLOCK: opening a named pipe must fail the check below, not wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0)
    fail(ErrorKind::data, "{}: cannot be opened: {}", printable(path.string()),
         std::strerror(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    fail(ErrorKind::data, "{}: is not a regular file", printable(path.string()));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit)
    fail(ErrorKind::data, "{}: has {} bytes, the limit here is {}", printable(path.string()), size,
         limit);
  Bytes bytes(size, {});
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      fail(ErrorKind::data, "{}: cannot be read: {}", printable(path.string()),
           std::strerror(errno));
    if (n == 0)
      fail(ErrorKind::data, "{}: became shorter while it was read", printable(path.string()));
    done += static_cast<std::uint64_t>(n);
  }
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

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  return read_all<std::vector<std::uint8_t>>(path, limit);
}

std::string read_text_file(const std::filesystem::path& path, std::uint64_t limit) {
  return read_all<std::string>(path, limit);
}

void write_file_atomic(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::string temporary = path.string() + ".XXXXXX";
  const int raw = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (raw < 0)
    fail(ErrorKind::storage, "{}: cannot be written: {}", printable(path.string()),
         std::strerror(errno));
  Descriptor file(raw);
  try {
    write_all(file.get(), bytes);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), 0666 & ~mask) != 0 || ::fsync(file.get()) != 0 ||
        file.close_now() != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
      throw std::system_error(errno, std::generic_category());
  } catch (const std::system_error& error) {
    ::unlink(temporary.c_str());
    fail(ErrorKind::storage, "{}: cannot be written: {}; the old file, if any, is unchanged",
         printable(path.string()), std::strerror(error.code().value()));
  }
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

void write_file_atomic(const std::filesystem::path& path, std::string_view text) {
  write_file_atomic(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace hone
