// The third mode of the table: one case on one backend, ready to be timed.
#pragma once

#include <ctime>

#include "tests/ops/op_case.h"

namespace hone::op_cases {

class PerfRun {
 public:
  // Builds the inputs on the backend and runs everything once.
  PerfRun(const OpCase& one, Backend& backend);
  // Seconds on `clock` of one forward, without recording, over `count` runs.
  double forward(clockid_t clock, int count) const;
  // Seconds of one backward; the forwards before are not counted.
  double backward(clockid_t clock, int count) const;
  // What has to be read and written at least.
  double forward_bytes() const { return forward_bytes_; }
  double backward_bytes() const { return backward_bytes_; }

 private:
  const OpCase& one_;
  Backend& backend_;
  Inputs inputs_;
  Tensor cotangent_;
  double forward_bytes_ = 0, backward_bytes_ = 0;
};

}  // namespace hone::op_cases
