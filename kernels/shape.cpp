// Out-of-line parts of Shape.
#include "kernels/shape.h"

#include <algorithm>

#include "base/error.h"

namespace hone {

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) {
  check(extents.size() <= kMaxRank, "shape: {} extents given, at most {} are supported",
        extents.size(), kMaxRank);
  for (const std::int64_t extent : extents) {
    check(extent >= 0, "shape: extent {} is negative", extent);
    extents_[static_cast<std::size_t>(rank_++)] = extent;
  }
  // An extent of 0 does not excuse the others: parts of the shape are counted, too.
  std::int64_t elements = 1;
  for (const std::int64_t extent : extents) {
    if (extent == 0) continue;
    check(elements <= kMaxCount / extent,
          "shape: {} has more than 2^60 elements, which no memory holds", str());
    elements *= extent;
  }
}

Shape Shape::with(int axis, std::int64_t extent) const {
  std::array<std::int64_t, kMaxRank> extents = extents_;
  extents[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)] = extent;
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(rank_)));
}

Shape Shape::without(int axis) const {
  if (axis < 0) axis += rank_;
  Shape result;
  for (int i = 0; i < rank_; ++i)
    if (i != axis) result.extents_[static_cast<std::size_t>(result.rank_++)] = (*this)[i];
  return result;
}

std::string Shape::str() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) text += fmt::format("{}{}", i ? ", " : "", (*this)[i]);
  return text + "]";
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::array<std::int64_t, Shape::kMaxRank> extents{};
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t from_a = i <= a.rank() ? a[-i] : 1, from_b = i <= b.rank() ? b[-i] : 1;
    check(from_a == from_b || from_a == 1 || from_b == 1,
          "{}: shapes {} and {} do not broadcast: aligned at the right, each pair of extents must "
          "be equal "
          "or one of them 1; reshape one of the tensors",
          op, a.str(), b.str());
    extents[static_cast<std::size_t>(rank - i)] = from_a == 1 ? from_b : from_a;
  }
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(rank)));
}

}  // namespace hone
