// The tape: gradients of leaves, accumulation, NoGrad, misuse.
#include <doctest/doctest.h>

#include "tensor/ops.h"
#include "tensor/tape.h"
