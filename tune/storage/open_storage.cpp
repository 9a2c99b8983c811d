// From a storage URL to a storage.
#include "tune/storage/memory_storage.h"
#include "tune/storage/sqlite_storage.h"

namespace hone::tune {

std::shared_ptr<Storage> open_storage(const std::string& url, const StorageOptions& options) {
  if (url.empty() || url == "memory") return std::make_shared<MemoryStorage>();
  const std::string scheme = "sqlite:///";
  const std::string path = url.starts_with(scheme) ? url.substr(scheme.size()) : "";
  if (path.empty() || path.find('\0') != std::string::npos || path.starts_with("file:") ||
      path[0] == ':')
    fail(ErrorKind::usage,
         "storage {}: expected \"memory\", \"sqlite:///file.db\", or "
         "\"sqlite:////absolute/file.db\"",
         printable(url));
  return std::make_shared<SqliteStorage>(path,
                                         DatabaseOptions{.create = options.create,
                                                         .durable = options.durable,
                                                         .busy_seconds = options.busy_seconds},
                                         options.lease_seconds);
}

}  // namespace hone::tune
