// The data of one call of hone_tune: read, split, on the device.
#pragma once

#include <filesystem>
#include <string>

#include "apps/hone_tune/options.h"
#include "apps/tuning/problem.h"

namespace hone::app {

// The metadata "samples" of a model whose pictures were arrays of numbers, not bytes.
inline constexpr const char* kNumbers = "numbers";

// The name that data at this place have for people.
std::string name_of_data(const std::filesystem::path& path);

// How the name ends, in small letters: ".npy".
std::string ending_of(const std::filesystem::path& path);

// The data, all that the problem has of them, and what the study remembers of them
// (settings["data"], and what a late setting adds). Throws Error(usage) for a target that is none
// and an option that does nothing for this kind of data, Error(data) for what the readers refuse.
Problem load_own_data(const OwnOptions& options, Device& device);

}  // namespace hone::app
