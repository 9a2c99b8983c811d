// Rules, conversions and JSON of distributions.
#include "tune/distribution.h"

#include "kernels/base/error.h"
