// What both analyses of importance end with.
#pragma once

#include <algorithm>
#include <vector>

#include "tune/analysis/importance.h"

namespace hone::tune {

// Scaled to a sum of 1 (all equal where it is 0), the largest first, equal ones by name.
inline std::vector<Importance> normalized(std::vector<Importance> list) {
  double sum = 0;
  for (const Importance& importance : list) sum += importance.value;
  for (Importance& importance : list)
    importance.value = sum > 0 ? importance.value / sum : 1 / static_cast<double>(list.size());
  std::sort(list.begin(), list.end(), [](const Importance& a, const Importance& b) {
    return a.value != b.value ? a.value > b.value : a.parameter < b.parameter;
  });
  return list;
}

}  // namespace hone::tune
