// Losses and metrics: what a training minimises and what it measures, as values.
//
// Both look at the model's output and at the batch that it belongs to. One of your own is a struct
// with the functions that its kind asks for below; it stands wherever a Loss or a Metric is
// expected.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "nn/data/dataset.h"
#include "tensor/tensor.h"

namespace hone::nn::train {

// A batch by the names of its tensors: "x", what the model gets; "labels" if the data set has them;
// then its columns. The first extent of all is the number of rows.
class Batch {
 public:
  // Throws Error(usage) that lists the names when there is none of this name.
  const Tensor& operator[](std::string_view name) const;
  bool has(std::string_view name) const;
  const Tensor& x() const { return tensors_.front().second; }
  std::int64_t rows() const { return x().shape()[0]; }

  void add(std::string name, Tensor tensor) {
    tensors_.emplace_back(std::move(name), std::move(tensor));
  }

 private:
  std::vector<std::pair<std::string, Tensor>> tensors_;
};

// --- losses ---

// A loss kind is a struct with
//   Tensor operator()(const Tensor& output, const Batch& batch) const;   // [], mean over the rows
//   std::string text() const;    // its name with every option: resuming is refused when it changed
//   // optional; throws Error(usage) when they do not fit; output: its shape for a batch
//   void check(const Shape& output, const data::Dataset& data) const;
//   // optional; true: the output [N, C] are logits of the labels, so accuracy is measured
//   static constexpr bool kClassifies = true;
class Loss {
 public:
  Loss();  // CrossEntropy
  template <class Kind>
  requires(!std::is_same_v<Kind, Loss>)
      Loss(const Kind& kind)  // NOLINT: `.loss = MeanSquaredError{}` reads as what it is
      : held_(std::make_shared<const Held<Kind>>(kind)) {}

  Tensor operator()(const Tensor& output, const Batch& batch) const {
    return held_->value(output, batch);
  }
  std::string text() const { return held_->text(); }
  void check(const Shape& output, const data::Dataset& data) const { held_->check(output, data); }
  bool classifies() const { return held_->classifies(); }
  bool operator==(const Loss& other) const { return text() == other.text(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual Tensor value(const Tensor& output, const Batch& batch) const = 0;
    virtual std::string text() const = 0;
    virtual void check(const Shape& output, const data::Dataset& data) const = 0;
    virtual bool classifies() const = 0;
  };
  template <class Kind>
  struct Held final : Base {
    explicit Held(const Kind& k) : kind(k) {}
    Tensor value(const Tensor& output, const Batch& batch) const override {
      return kind(output, batch);
    }
    std::string text() const override { return kind.text(); }
    void check(const Shape& output, const data::Dataset& data) const override {
      if constexpr (requires { kind.check(output, data); }) kind.check(output, data);
    }
    bool classifies() const override {
      if constexpr (requires { Kind::kClassifies; })
        return Kind::kClassifies;
      else
        return false;
    }
    Kind kind;
  };
  std::shared_ptr<const Base> held_;
};

// Softmax and cross-entropy in one op, of logits [N, C] and the labels.
struct CrossEntropy {
  static constexpr bool kClassifies = true;
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const { return "cross_entropy"; }
  void check(const Shape& output, const data::Dataset& data) const;
};

// mean((output - target)^2) over rows and values; output and the column `target` have one shape.
struct MeanSquaredError {
  std::string target = "target";
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const { return "mean_squared_error " + target; }
  void check(const Shape& output, const data::Dataset& data) const;
};

// --- metrics ---

// The outputs of a whole data set in its order, on the host.
struct KeptOutputs {
  Shape sample;               // of one row, [classes] for example
  std::vector<float> values;  // [count, ...sample]
  const data::Dataset& data;
};

// A metric kind is a struct with
//   std::string name() const;   // "mae": its name in a History, "val_mae" after validation
//   static constexpr bool kLowerIsBetter = true;
// and one of
//   // Additive: [], the mean over the rows. The device sums it up by rows, in training, too.
//   Tensor operator()(const Tensor& output, const Batch& batch) const;
//   // From kept outputs: what no sum over batches gives. Measured by validation and evaluation.
//   double operator()(const KeptOutputs& outputs) const;
// and optionally check() as a loss kind has.
class Metric {
 public:
  template <class Kind>
  requires(!std::is_same_v<Kind, Metric>) Metric(const Kind& kind)  // NOLINT: reads as what it is
      : held_(std::make_shared<const Held<Kind>>(kind)) {}

  std::string name() const { return held_->name(); }
  bool lower_is_better() const { return held_->lower_is_better(); }
  bool additive() const { return held_->additive(); }
  // Additive ones only.
  Tensor mean(const Tensor& output, const Batch& batch) const { return held_->mean(output, batch); }
  // The others only.
  double compute(const KeptOutputs& outputs) const { return held_->compute(outputs); }
  void check(const Shape& output, const data::Dataset& data) const { held_->check(output, data); }
  bool operator==(const Metric& other) const { return name() == other.name(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::string name() const = 0;
    virtual bool lower_is_better() const = 0;
    virtual bool additive() const = 0;
    virtual Tensor mean(const Tensor& output, const Batch& batch) const = 0;
    virtual double compute(const KeptOutputs& outputs) const = 0;
    virtual void check(const Shape& output, const data::Dataset& data) const = 0;
  };
  template <class Kind>
  struct Held final : Base {
    static constexpr bool kAdditive = requires(const Kind& k, const Tensor& t, const Batch& b) {
      { k(t, b) } -> std::convertible_to<Tensor>;
    };
    explicit Held(const Kind& k) : kind(k) {}
    std::string name() const override { return kind.name(); }
    bool lower_is_better() const override { return Kind::kLowerIsBetter; }
    bool additive() const override { return kAdditive; }
    Tensor mean(const Tensor& output, const Batch& batch) const override {
      if constexpr (kAdditive)
        return kind(output, batch);
      else
        return {};
    }
    double compute(const KeptOutputs& outputs) const override {
      if constexpr (kAdditive)
        return 0;
      else
        return kind(outputs);
    }
    void check(const Shape& output, const data::Dataset& data) const override {
      if constexpr (requires { kind.check(output, data); }) kind.check(output, data);
    }
    Kind kind;
  };
  std::shared_ptr<const Base> held_;
};

// mean(|output - target|) over rows and values. Additive. "mae".
struct MeanAbsoluteError {
  static constexpr bool kLowerIsBetter = true;
  std::string target = "target";
  std::string name() const { return "mae"; }
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// The median of |output - target| over all values, the mean of the two middle ones when their
// number is even. From kept outputs. "median_ae".
struct MedianAbsoluteError {
  static constexpr bool kLowerIsBetter = true;
  std::string target = "target";
  std::string name() const { return "median_ae"; }
  double operator()(const KeptOutputs& outputs) const;
  void check(const Shape& output, const data::Dataset& data) const;
};

}  // namespace hone::nn::train
