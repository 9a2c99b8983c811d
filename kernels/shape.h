// The extents of a tensor: at most five, held inline.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace hone {

// [] is a scalar with one element. Activations are [N, H, W, C], convolution weights [Cout, KH, KW,
// Cin], dense weights [in, out].
class Shape {
 public:
  static constexpr int kMaxRank = 5;
  static constexpr std::int64_t kMaxCount = std::int64_t{1} << 60;  // its bytes can be counted

  Shape() = default;
  // Throws Error(usage) for more than kMaxRank extents, a negative one, or more than kMaxCount
  // elements.
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  // Axis i; negative i counts from the end. i must be a valid axis.
  std::int64_t operator[](int i) const {
    return extents_[static_cast<std::size_t>(i < 0 ? i + rank_ : i)];
  }
  std::int64_t count() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= extents_[static_cast<std::size_t>(i)];
    return n;
  }
  // The same shape with axis i replaced / removed. Replacing throws as the constructor does.
  Shape with(int axis, std::int64_t extent) const;
  Shape without(int axis) const;
  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }
  bool operator==(const Shape& other) const = default;
  // "[64, 28, 28, 1]"
  std::string str() const;

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

// NumPy's rule: align at the right, an extent of 1 stretches. Throws Error(usage) naming both
// shapes and `op` when they do not fit.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace hone
