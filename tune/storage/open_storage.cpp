// From a storage URL to a storage: the list of what there is.
#include <algorithm>
#include <string_view>

#include "tune/storage/memory_storage.h"
#ifdef HONE_POSTGRESQL
#include "tune/storage/postgres_connection.h"
#endif
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

// "postgresql" is followed by "://", or by "+" and the driver that Optuna would use.
std::shared_ptr<Storage> open_postgres(const std::string& rest, const StorageOptions& options) {
  const std::size_t address = rest.find("://");
  if (address == std::string::npos || (address != 0 && rest[0] != '+')) return nullptr;
#ifdef HONE_POSTGRESQL
  return std::make_shared<SqlStorage>(
      std::make_unique<PostgresConnection>("postgresql" + rest.substr(address),
                                           PostgresOptions{.create = options.create,
                                                           .may_read_only = options.may_read_only,
                                                           .durable = options.durable,
                                                           .busy_seconds = options.busy_seconds}),
      options.lease_seconds);
#else
  (void)options;
  fail(ErrorKind::usage,
       "storage: this build of hone has no PostgreSQL; install libpq-dev and build it again");
#endif
}

// A new storage is a line here.
constexpr Scheme kSchemes[] = {
    {"memory", "\"memory\"", open_memory},
    {"postgresql", "\"postgresql://user@host:port/database\"", open_postgres},
    {"postgres", "", open_postgres},  // as Optuna's users may write it
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
    if (*scheme.examples != '\0')
      examples += (examples.empty() ? "" : ", ") + std::string(scheme.examples);
  }
  fail(ErrorKind::usage, "storage {}: expected one of {}", printable(shown_url(url)), examples);
}

std::string shown_url(const std::string& url) {
  std::string shown = url;
  if (shown.empty() || shown == "memory" || shown.starts_with("sqlite:")) return shown;
  // Up to the last @: a password may hold anything.
  const std::size_t scheme = shown.find("://"), from = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = shown.rfind('@'), colon = shown.find(':', from);
  if (at != std::string::npos && colon < at) shown.replace(colon, at - colon, ":***");
  constexpr std::string_view kOption = "password=";
  if (const std::size_t option = shown.find(kOption); option != std::string::npos) {
    const std::size_t value = option + kOption.size();
    shown.replace(value, std::min(shown.find('&', value), shown.size()) - value, "***");
  }
  return shown;
}

}  // namespace hone::tune
