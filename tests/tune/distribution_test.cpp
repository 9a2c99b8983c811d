// tune/distribution: rules, conversions and the JSON that Optuna reads.
#include <doctest/doctest.h>

#include "tune/distribution.h"
