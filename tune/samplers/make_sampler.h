// The list of samplers, for command lines and stored studies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tune/kind.h"
#include "tune/sampler.h"

namespace hone::tune {

// Every sampler of hone, the default one first. docs/add-a-sampler.md adds one.
const std::vector<Kind<Sampler>>& sampler_kinds();

// The one with this name; options that the JSON object does not name have their defaults. Throws
// Error(usage) on an unknown name (the known ones are listed), an unknown option or a wrong value.
std::shared_ptr<const Sampler> make_sampler(const std::string& name,
                                            const std::string& options_json = "{}");

// The names of those that may be used with several objectives: "auto, tpe".
std::string samplers_for_several();

// What a study uses when none is named.
std::shared_ptr<const Sampler> make_default_sampler();

}  // namespace hone::tune
