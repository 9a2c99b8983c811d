// Augmentation: how the samples of a training change from epoch to epoch, as values.
//
// What happens to a sample in an epoch is drawn on the host, as a pure function of (seed, epoch,
// sample); the device carries it out in every batch, before the standardisation. So it depends
// neither on the order of the samples nor on threads, and a training that goes on from a checkpoint
// sees the same pictures. Evaluation and prediction see the samples as they are.
//
// Whatever the order in the list: first geometry (all maps are put together, in the order of the
// list, and every pixel is read once, bilinear, 0 outside), then brightness, contrast and erasing,
// then mixing with another sample, then functions of your own. Values are not clipped.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/philox.h"
#include "tensor/tensor.h"

namespace hone::nn::train {

// Pixels with top <= row < bottom and left <= column < right; none when empty.
struct Box {
  float top = 0, left = 0, bottom = 0, right = 0;
};

inline constexpr int kOwnNumbers = 4;

// What one sample goes through in one epoch.
struct SampleChange {
  // Where pixel (r, c) of the result, counted from the centre, is read: at row
  // map[0] r + map[1] c + map[2], column map[3] r + map[4] c + map[5], from the centre.
  std::array<float, 6> map = {1, 0, 0, 0, 1, 0};
  float gain = 1, summand = 0;  // of every value
  Box erased;                   // becomes erased_value
  float erased_value = 0;
  // The other sample, -1: none; the share of this sample in values and labels; or the box that the
  // other one fills, when it has a size, and the share counts for the labels alone.
  std::int32_t partner = -1;
  float share = 1;
  Box pasted;
  std::array<float, kOwnNumbers> own = {};  // for apply() of a kind of yours

  // Another map before the result is looked at: where its pixel (r, c) is read in the picture so
  // far.
  void then(const std::array<float, 6>& next);
};

// For whom it is drawn.
struct SampleOf {
  Shape shape;             // of a sample, [H, W, C] or [features]
  std::int64_t count = 0;  // samples in the data set
};

// What a kind changes; the others cost nothing.
enum Changes : unsigned { kGeometry = 1, kValues = 2, kMixing = 4, kOwn = 8 };

// An augmentation kind is a struct with
//   void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
//   static constexpr unsigned kChanges = kGeometry;   // of SampleChange: a union of Changes
//   std::string text() const;   // its name with every option: resuming is refused when it changed
//   // optional; throws Error(usage) for samples or options that do not fit
//   void check(const Shape& sample) const;
//   // optional, with kOwn: what is done on the device, by any ops, to the batch x [N, ...sample];
//   // own: f32 [N, kOwnNumbers], what draw() put into `own` of each sample. Gives x's shape.
//   Tensor apply(const Tensor& x, const Tensor& own) const;
class Augmentation {
 public:
  template <class Kind>
  requires(!std::is_same_v<Kind, Augmentation>)
      Augmentation(const Kind& kind)  // NOLINT: a list of kinds reads as what it is
      : held_(std::make_shared<const Held<Kind>>(kind)) {}

  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const {
    held_->draw(change, of, random);
  }
  unsigned changes() const { return held_->changes(); }
  std::string text() const { return held_->text(); }
  void check(const Shape& sample) const { held_->check(sample); }
  Tensor apply(const Tensor& x, const Tensor& own) const { return held_->apply(x, own); }
  bool operator==(const Augmentation& other) const { return text() == other.text(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void draw(SampleChange&, const SampleOf&, PhiloxStream&) const = 0;
    virtual unsigned changes() const = 0;
    virtual std::string text() const = 0;
    virtual void check(const Shape&) const = 0;
    virtual Tensor apply(const Tensor& x, const Tensor& own) const = 0;
  };
  template <class Kind>
  struct Held final : Base {
    explicit Held(const Kind& k) : kind(k) {}
    void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const override {
      kind.draw(change, of, random);
    }
    unsigned changes() const override { return Kind::kChanges; }
    std::string text() const override { return kind.text(); }
    void check([[maybe_unused]] const Shape& sample) const override {
      if constexpr (requires { kind.check(sample); }) kind.check(sample);
    }
    Tensor apply(const Tensor& x, [[maybe_unused]] const Tensor& own) const override {
      if constexpr (requires { kind.apply(x, own); })
        return kind.apply(x, own);
      else
        return x;
    }
    Kind kind;
  };
  std::shared_ptr<const Base> held_;
};

// --- geometry, of images ---

// By whole pixels, each number from -rows to rows and -columns to columns equally likely. With a
// border of zeros that is the crop of padded pictures that is usual for CIFAR.
struct Shift {
  int rows = 2, columns = 2;
  static constexpr unsigned kChanges = kGeometry;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// Left to right, or upside down, with probability p.
struct Flip {
  double p = 0.5;
  bool upside_down = false;
  static constexpr unsigned kChanges = kGeometry;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// About the centre by an angle from -degrees to degrees.
struct Rotate {
  double degrees = 10;
  static constexpr unsigned kChanges = kGeometry;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// A part of the picture, enlarged to its size: both sides are a share from `smallest` to 1, the
// place is any.
struct Crop {
  double smallest = 0.8;
  static constexpr unsigned kChanges = kGeometry;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// --- values ---

// x + b with b from -most to most.
struct Brightness {
  double most = 0.2;
  static constexpr unsigned kChanges = kValues;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// (x - about) * c + about with c from 1 - most to 1 + most.
struct Contrast {
  double most = 0.2;
  double about = 0.5;
  static constexpr unsigned kChanges = kValues;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// With probability p a box becomes `value`: its area a share from `smallest` to `largest`, its
// sides' ratio log-uniform from 1 / ratio to ratio, its place any. Source: Zhong et al., arXiv
// 1708.04896.
struct Erase {
  double p = 0.5;
  double smallest = 0.02, largest = 0.33;
  double ratio = 3.3;
  double value = 0;
  static constexpr unsigned kChanges = kValues;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// --- mixing: with labels a batch then also has soft_labels, f32 [N, classes], and its columns of
// numbers are mixed as well; "labels" stays this sample's. The other sample is any of the data set,
// as it is changed in this epoch. Of two kinds in a list the first that mixes a sample counts. ---

// share * x + (1 - share) * other, share from Beta(alpha, alpha). Source: Zhang et al., arXiv
// 1710.09412.
struct Mixup {
  double alpha = 0.2;
  double p = 1;
  static constexpr unsigned kChanges = kMixing;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

// A box of the other picture; its share of the area, about Beta(alpha, alpha), is the other
// label's. Source: Yun et al., arXiv 1905.04899.
struct CutMix {
  double alpha = 1;
  double p = 0.5;
  static constexpr unsigned kChanges = kMixing;
  void draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const;
  std::string text() const;
  void check(const Shape& sample) const;
};

}  // namespace hone::nn::train
