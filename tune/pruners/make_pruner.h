// The list of pruners, for command lines and stored studies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tune/kind.h"
#include "tune/pruner.h"

namespace hone::tune {

// Every pruner of hone. One is added as a sampler is (docs/add-a-sampler.md).
const std::vector<Kind<Pruner>>& pruner_kinds();

// The one with this name; options that the JSON object does not name have their defaults. Throws
// Error(usage) on an unknown name (the known ones are listed), an unknown option or a wrong value.
std::shared_ptr<const Pruner> make_pruner(const std::string& name,
                                          const std::string& options_json = "{}");

}  // namespace hone::tune
