// The names of classes from a text file.
#pragma once

#include <string>
#include <vector>

namespace hone::nn::data {

inline constexpr std::size_t kMostClassNames = 256;  // labels are bytes

// One name a line, in the order of the labels: UTF-8, without surrounding blanks; lines at the end
// may be empty. Throws
// Error(data) that names the file and the line: an empty or doubled name, no UTF-8, fewer than 2 or
// more than 256 names.
std::vector<std::string> read_class_names(const std::string& path);

}  // namespace hone::nn::data
