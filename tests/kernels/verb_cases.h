// The cases of the verbs that no op reaches; tests/ops has all others. Each runs some verbs on
// fixed inputs and hands back every output; the tests run it on each backend and thread count and
// compare.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace hone::test {

// A tensor in host memory. A host device reads it in place; the cases stage it on theirs.
struct Array {
  Shape shape;
  DType dtype = DType::f32;
  std::vector<unsigned char> bytes;

  View view() { return {bytes.data(), shape, dtype}; }
  ConstView view() const { return {bytes.data(), shape, dtype}; }
  double at(std::int64_t i) const;
  std::int64_t count() const { return shape.count(); }
};

// Filled with 0xff: NaN as f32, so that an element that is not written shows.
Array poisoned(const Shape& shape, DType dtype = DType::f32);
// Normal variates.
Array normals(const Shape& shape, std::uint64_t seed);
// Whole numbers in -range .. range: f32 sums of their products are exact in any order, and ties are
// frequent.
Array integers(const Shape& shape, std::uint64_t seed, int range = 3);
Array i32_values(const Shape& shape, std::uint64_t seed, int below);
Array scalar_i32(int value);
// Device data of verbs: u8 arrays of structs.
Array segment_array(const std::vector<Segment>& segments);
Array dropout_array(double p, std::uint64_t seed);
// What a verb writes to: poison for `set`, numbers for `add`.
Array output(const Shape& shape, Write write, std::uint64_t seed = 99);

using Outputs = std::vector<Array>;

// Arrays of a case on the device of its backend.
class Stage {
 public:
  explicit Stage(Backend& backend) : backend_(backend) {}
  // A copy on the device, for the life of the Stage.
  View in(const Array& array);
  // What the verbs write to: copies that outputs() brings back, in this order.
  std::vector<View> out(const Outputs& arrays);
  Outputs outputs();

 private:
  Backend& backend_;
  std::vector<std::shared_ptr<Buffer>> buffers_;
  Outputs outputs_;
  std::vector<View> views_;
};

struct VerbCase {
  std::string name;
  // Largest error allowed against ref, relative to the largest value of an output; 0: same values.
  double tolerance = 0;
  std::function<Outputs(Backend&)> run;
};

const std::vector<VerbCase>& verb_cases();

// "" if they agree, else what differs.
std::string difference(const Outputs& got, const Outputs& expected, double tolerance);
bool same_bits(const Outputs& a, const Outputs& b);

}  // namespace hone::test
