// The two modes of the table that tests run: every backend against the reference, and the gradients
// against central differences.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/ops/op_case.h"

namespace hone::op_cases {

// What does not hold, in words; empty: all well.
using Failures = std::vector<std::string>;

// A scalar whose backward() gives `y` the gradient `cotangent`, at no cost. The tensor is used up:
// give a fresh one to every call.
Tensor seeded(const Tensor& y, const Tensor& cotangent);

// The backends under test: every device of the build with poisoned memory; with
// every convolution algorithm where that makes a difference, on one thread and on three.
class Targets {
 public:
  explicit Targets(const std::vector<std::string>& devices = device_names());
  ~Targets();
  // Runs the case in f64 on `ref` and in f32 on every target: outputs and all gradients, those that
  // are set and those that are added to what was there; other thread counts give the same bits.
  Failures test(const OpCase& one) const;
  // In f64 on `ref`, through the code that trains: each element of each input against central
  // differences to a relative 1e-6, accumulation onto an earlier gradient, an input used twice, the
  // gradient of each input asked for alone.
  Failures check_gradient(const OpCase& one) const;

 private:
  struct Target;
  std::shared_ptr<Device> ref_device_;
  std::unique_ptr<Backend> ref_;
  std::vector<Target> targets_;
};

// Cases with more work than this are compared with the reference only.
inline constexpr double kMostGradientWork = 2e7;

}  // namespace hone::op_cases
