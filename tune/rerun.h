// A finished trial that was trained again with a fresh seed.
#pragma once

namespace hone::tune {

struct Rerun {
  int trial = -1;    // its number
  int seed = 0;      // 0, 1, ...: which of the fresh seeds, the same ones for all trials
  double value = 0;  // NaN: it failed
};

}  // namespace hone::tune
