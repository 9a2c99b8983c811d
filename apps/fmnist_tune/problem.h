// What fmnist_tune tunes: Fashion-MNIST, or other files of that form, with a preset.
#pragma once

#include "apps/common/console.h"
#include "apps/fmnist_tune/preset.h"
#include "apps/tuning/run.h"

namespace hone::app {

// Checks options, preset and device, loads and checks the data. Writes nothing. Throws
// Error(usage), Error(data) or Error(device), also for what could be trained but not finished:
// pictures in colour, or too small for every network of the preset.
Run prepare(const Options& options, const CancelToken& cancel, Console& console);

// fmnist_tune predict: prints the classes with their probabilities for every picture. Throws
// Error(data) that names a file that cannot be read.
void predict(const Options& options, Console& console);

}  // namespace hone::app
