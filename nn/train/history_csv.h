// Reading the table that History::csv() writes.
#pragma once

#include <string>

#include "nn/train/history.h"

namespace hone::nn::train {

// All but the seconds, which are not in it. Throws Error(data) that names the line where the text
// is none that csv() writes.
History history_from_csv(const std::string& text);

}  // namespace hone::nn::train
