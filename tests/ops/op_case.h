// The table of op cases: one description of an op call serves the comparison with the reference,
// the gradient check and the benchmark (op_modes.h, op_perf.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone::op_cases {

// How the elements of an input are drawn. Kinks are avoided by construction, so that a difference
// quotient and a gradient are about the same smooth piece.
enum class Fill : std::uint8_t {
  uniform,   // [-1, 1]
  positive,  // [0.5, 2]
  off_zero,  // 0.1 <= |x| <= 1
  distinct,  // a shuffled regular grid in [-1, 1]: all values differ
  lattice,   // multiples of 1/4 in [-1, 1]: f32 sums are exact, ties are common
  label,     // i32, 0 .. OpInput::classes - 1
  counter,   // i32, 3: a step number
  mask       // u8, 0 or 1
};

struct OpInput {
  std::string name;
  Shape shape;
  Fill fill = Fill::uniform;
  bool gradient = true;  // ignored for i32
  double terms = 1;      // products in the sum that makes one element of this input's gradient
  std::int64_t classes = 0;

  bool floating() const {
    return fill != Fill::label && fill != Fill::counter && fill != Fill::mask;
  }
};

using Inputs = std::vector<Tensor>;

struct OpCase {
  std::string op;    // the function of ops.h
  std::string file;  // filled by the table: "softmax" for softmax_cases.cpp
  std::vector<std::pair<std::string, std::string>> vars;
  std::vector<OpInput> inputs;
  std::function<Tensor(const Inputs&)> call;
  double terms = 1;           // products in the sum that makes one output element
  double flops = 0;           // forward; 0: the op is bound by memory, perf prints GB/s
  double backward_flops = 0;  // for the inputs that want a gradient
  bool perf = false;          // a benchmark: not run by the tests, which would take too long
  // Distance of the given (f64) inputs to the nearest kink of an op that has kinks inside, such as
  // a fused ReLU; the modes draw again until it is large enough. Empty: Fill sees to it.
  std::function<double(const Inputs&)> margin;

  // "conv2d n=2 h=7 w=5 ..."
  std::string name() const;
  // Largest allowed error of one f32 element of a tensor whose largest element is `largest`, when
  // each is a sum of `terms` products: rounding errors grow with the root of their number.
  double tolerance(double sum_terms, double largest) const;
  // Inputs on the bound backend's device; the same (seed, case) gives the same values, exactly
  // representable in f32, in every dtype. Those that want a gradient require it.
  Inputs build(std::uint64_t seed, DType dtype) const;
  // Inputs from a lattice: f32 outputs have no rounding error, and values sit on kinks.
  bool on_lattice() const;
  // Whether any input wants a gradient.
  bool differentiable() const;
  // Elements that central differences would have to move, times what each costs.
  double gradient_check_work() const;
};

// Host values for a tensor of `shape`.
std::vector<double> draw(Fill fill, const Shape& shape, std::int64_t classes, std::uint64_t key);
// The values as a tensor of `dtype` on the bound backend's device.
Tensor upload(const std::vector<double>& values, const Shape& shape, DType dtype);

// All cases, grouped by op.
const std::vector<OpCase>& all_cases();
std::vector<OpCase> cases_of(const std::string& op);
// The distinct ops, in table order.
std::vector<std::string> op_names();

// A file of cases, <name>_cases.cpp, adds itself to the table by one of these: no other file names
// it.
class CaseFile {
 public:
  CaseFile(const char* name, void (*add)(std::vector<OpCase>& table));
};
// The cases of one file.
std::vector<OpCase> cases_of_file(const std::string& name);

// Entries of OpCase::vars.
inline std::pair<std::string, std::string> var(const char* name, const Shape& shape) {
  return {name, shape.str()};
}
inline std::pair<std::string, std::string> var(const char* name, double value) {
  return {name, fmt::format("{}", value)};
}
inline std::pair<std::string, std::string> var(const char* name, const char* value) {
  return {name, value};
}

}  // namespace hone::op_cases
