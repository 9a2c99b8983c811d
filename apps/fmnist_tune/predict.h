// fmnist_tune predict: name the garment on a picture.
#pragma once

#include "apps/common/console.h"
#include "apps/fmnist_tune/options.h"

namespace hone::app {

// Prints the classes with their probabilities for every picture. Throws Error(data) that names a
// file that cannot be read.
void predict(const Options& options, Console& console);

}  // namespace hone::app
