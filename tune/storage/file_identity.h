// Which file a name stands for: a file that was replaced by another one of the same name differs.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace hone::tune {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: there is no such file
  bool known() const { return inode != 0; }
  bool operator==(const FileIdentity&) const = default;
};

inline FileIdentity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

inline FileIdentity file_identity(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? identity_of(status) : FileIdentity{};
}

}  // namespace hone::tune
