// What losses and metrics ask of the column that they compare with. Internal to nn/train.
#pragma once

#include <string>
#include <vector>

#include "nn/data/dataset.h"

namespace hone::nn::train {

// Throws Error(usage) that begins with `who` unless the data set has a column `name` of numbers
// whose rows look like the output's.
void check_target(const char* who, const std::string& name, const Shape& output,
                  const data::Dataset& data);

// The numbers of a column, as batches have them.
std::vector<double> target_values(const std::string& name, const char* who,
                                  const data::Dataset& data);

}  // namespace hone::nn::train
