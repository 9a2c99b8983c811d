// From a storage URL to a storage: the list of what there is.
#include <string_view>

#include "tune/storage/memory_storage.h"
#include "tune/storage/sql_storage.h"
#include "tune/storage/sqlite_connection.h"

namespace hone::tune {
namespace {

struct Scheme {
  const char* prefix;    // what a URL begins with
  const char* examples;  // for the message about a URL that no scheme takes
  // Null: what follows the prefix is none of this scheme's.
  std::shared_ptr<Storage> (*open)(const std::string& rest, const StorageOptions& options);
};

std::shared_ptr<Storage> open_memory(const std::string& rest, const StorageOptions&) {
  return rest.empty() ? std::make_shared<MemoryStorage>() : nullptr;
}

std::shared_ptr<Storage> open_sqlite(const std::string& path, const StorageOptions& options) {
  if (path.empty() || path.find('\0') != std::string::npos || path.starts_with("file:") ||
      path[0] == ':')
    return nullptr;
  return std::make_shared<SqlStorage>(
      std::make_unique<SqliteConnection>(path, SqliteOptions{.create = options.create,
                                                             .may_read_only = options.may_read_only,
                                                             .durable = options.durable,
                                                             .busy_seconds = options.busy_seconds}),
      options.lease_seconds);
}

// A new storage is a line here.
constexpr Scheme kSchemes[] = {
    {"memory", "\"memory\"", open_memory},
    {"sqlite:///", "\"sqlite:///file.db\", \"sqlite:////absolute/file.db\"", open_sqlite},
};

}  // namespace

std::shared_ptr<Storage> open_storage(const std::string& url, const StorageOptions& options) {
  if (url.empty()) return std::make_shared<MemoryStorage>();
  std::string examples;
  for (const Scheme& scheme : kSchemes) {
    if (url.starts_with(scheme.prefix))
      if (auto storage = scheme.open(url.substr(std::string_view(scheme.prefix).size()), options))
        return storage;
    examples += (examples.empty() ? "" : ", ") + std::string(scheme.examples);
  }
  fail(ErrorKind::usage, "storage {}: expected one of {}", printable(url), examples);
}

}  // namespace hone::tune
