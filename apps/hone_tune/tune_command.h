// Searching, training the best configuration, testing it, writing the results.
#pragma once

#include "apps/common/console.h"
#include "apps/hone_tune/options.h"
#include "base/cancel.h"

namespace hone::app {

// The exit code: 0, or that of an interruption.
int tune_own_data(const TuneOptions& options, const CancelToken& cancel, Console& console);

// Trains a trial of the study in the output folder again and compares its values; writes nothing.
void replay_own_data(const TuneOptions& options, const CancelToken& cancel, Console& console);

// Prints what a model that tune_own_data() wrote says about new data: CSV files as CSV with a
// prediction a row, pictures with a line each.
void predict_own_data(const TuneOptions& options, Console& console);

}  // namespace hone::app
