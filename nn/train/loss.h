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
#include "nn/model_info.h"
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
  // The same batch with another tensor of this name.
  Batch with(std::string_view name, const Tensor& tensor) const;

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
//   // optional; the column that the output is compared with: its standardisation then counts
//   std::string target = "target";
//   // optional; what predict() makes of the output where the loss does not classify
//   static constexpr OutputKind kOutput = OutputKind::values;
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
  bool classifies() const { return held_->output() == OutputKind::class_logits; }
  OutputKind output() const { return held_->output(); }
  // The column that it compares with, empty when it does not say.
  std::string target() const { return held_->target(); }
  bool operator==(const Loss& other) const { return text() == other.text(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual Tensor value(const Tensor& output, const Batch& batch) const = 0;
    virtual std::string text() const = 0;
    virtual void check(const Shape& output, const data::Dataset& data) const = 0;
    virtual OutputKind output() const = 0;
    virtual std::string target() const = 0;
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
    std::string target() const override {
      if constexpr (requires {
                      { kind.target } -> std::convertible_to<std::string>;
                    })
        return kind.target;
      else
        return "";
    }
    OutputKind output() const override {
      if constexpr (requires { Kind::kClassifies; })
        return Kind::kClassifies ? OutputKind::class_logits : OutputKind::values;
      else if constexpr (requires { Kind::kOutput; })
        return Kind::kOutput;
      else
        return OutputKind::values;
    }
    Kind kind;
  };
  std::shared_ptr<const Base> held_;
};

// The loss of this name with its options as they are: "cross_entropy", "binary_cross_entropy",
// "mse", "mae", "huber". Throws Error(usage) that lists them for another name.
Loss make_loss(const std::string& name);

// In all of these `weight`, if not empty, is a column [N] of weights of the samples, not negative:
// the loss is then their weighted mean (ops.h).

// Softmax and cross-entropy of logits [N, C] and the labels, or, where samples are mixed, the
// batch's soft_labels. label_smoothing s: (1 - s) at the label, s / C everywhere. To weight classes
// give each sample the weight of its own (data::balanced_class_weights).
struct CrossEntropy {
  double label_smoothing = 0;  // 0 <= s < 1
  std::string weight = {};
  static constexpr bool kClassifies = true;
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// Of logits and a column of zeros and ones (or probabilities) of the same shape: one label that
// holds or not, or several at once. Predictions are the probabilities.
struct BinaryCrossEntropy {
  std::string target = "target";
  double label_smoothing = 0;  // targets t (1 - s) + s / 2
  std::string weight = {};
  static constexpr OutputKind kOutput = OutputKind::label_logits;
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// mean((output - target)^2) over rows and values; output and the column `target` have one shape. A
// metric as well: "mse".
struct MeanSquaredError {
  std::string target = "target";
  std::string weight = {};
  static constexpr bool kLowerIsBetter = true;
  std::string name() const { return "mse"; }
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// mean(|output - target|) over rows and values. A metric as well, which is additive: measured in
// training, too. "mae".
struct MeanAbsoluteError {
  std::string target = "target";
  std::string weight = {};
  static constexpr bool kLowerIsBetter = true;
  std::string name() const { return "mae"; }
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const;
  void check(const Shape& output, const data::Dataset& data) const;
};

// Half the square of the difference, beyond `delta` a line.
struct Huber {
  std::string target = "target";
  double delta = 1;  // above 0
  std::string weight = {};
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  std::string text() const;
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

}  // namespace hone::nn::train
