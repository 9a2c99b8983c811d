// What a script of Optuna's side has written.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace hone::bench {

// An empty object for an empty path. Throws Error for a file that is none or no JSON.
nlohmann::json read_results(const std::string& path);

}  // namespace hone::bench
