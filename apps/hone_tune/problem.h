// What hone_tune tunes: a network for data of one's own, in a space of layers and trainings.
#pragma once

#include "apps/common/console.h"
#include "apps/hone_tune/options.h"
#include "apps/tuning/run.h"

namespace hone::app {

// Checks options, space and device, loads and checks the data. Writes nothing. Throws what
// begin_run(), load_own_data() and Space do.
Run prepare(const OwnOptions& options, const CancelToken& cancel, Console& console);

// Prints what a model that a run wrote says about new data: CSV files and arrays as one CSV with a
// prediction a row, with the file in front where there are several; pictures alone with a line
// each. What the model does not know in a table is told on standard error.
void predict(const OwnOptions& options, Console& console);

}  // namespace hone::app
