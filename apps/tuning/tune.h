// A whole run: the study is searched, the best configuration trained and tested, the results
// written.
#pragma once

#include "apps/tuning/run.h"

namespace hone::app {

// Of a run whose problem is filled in. The exit code: 0, or that of an interruption; what has
// finished before is printed again. Throws Error with what to do.
int tune_problem(Run& run, Console& console);

// Trains the trial run.options.replay again and compares its values; writes nothing.
void replay_problem(const Run& run, Console& console);

}  // namespace hone::app
