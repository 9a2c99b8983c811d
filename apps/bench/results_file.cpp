// Reading results.
#include "apps/bench/results_file.h"

#include <fstream>

#include "base/error.h"

namespace hone::bench {

nlohmann::json read_results(const std::string& path) {
  if (path.empty()) return nlohmann::json::object();
  std::ifstream file(path);
  check(file.good(), "cannot open {}", printable(path));
  try {
    return nlohmann::json::parse(file);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::data, "{}: {}", printable(path), printable(error.what()));
  }
}

}  // namespace hone::bench
