// Layer: the description of one layer of any kind, as a value.
//
// A kind is a plain struct with a name, its fields, what it costs and the module it builds; see
// nn/layers/ and docs/add-a-layer.md. A kind of your own works wherever one of the library does;
// what reads networks from files needs to be given it (network_from_json, io::load_model).
//
//   struct Swish {
//     static constexpr const char* kName = "swish";
//     std::vector<nn::Field> fields() { return {}; }
//     nn::LayerCost cost(const Shape& in) const { return nn::pointwise_cost(in); }
//     std::unique_ptr<nn::Module> build(const nn::Site&) const;
//     bool operator==(const Swish&) const = default;
//   };
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/field.h"
#include "nn/module.h"

namespace hone::nn {

class Layer;

// What a layer makes of one sample and what that costs. From the description alone.
struct LayerCost {
  Shape output;  // of one sample, without the batch axis
  std::int64_t parameters = 0;
  std::int64_t flops = 0;             // forward; a multiply-add counts as two
  std::int64_t activation_bytes = 0;  // that its own op keeps for the backward, its output
  std::int64_t input_bytes = 0;       // of an input that it keeps, too; counted inside a block only
  std::vector<LayerCost> inner = {};  // the layers inside of it, for the table alone
  // Filled in by nn::cost(), not by the kind.
  std::string name = {};         // "conv2d_1": the kind and a running number
  std::string text = {};         // "conv2d 32 3x3 same"
  std::string folded_into = {};  // the layer whose op computes this one, empty if it has its own
};

// Where a layer is built.
struct Site {
  Shape in;          // of one sample
  bool fuse = true;  // networks inside of it fold layers, too
  // The layers after it that it computes as well (see absorbs below), and their modules. Those are
  // registered by themselves: use them, do not own them.
  std::span<const Layer> absorbed = {};
  std::span<Module* const> modules = {};
};

// What a struct needs to be a layer kind. fields() lists every member that makes up the value;
// cost() throws Error(usage) for samples it cannot take (ranges of fields are checked before);
// build() is called with a shape that cost() has taken. A kind may also have
//   std::size_t absorbs(std::span<const Layer> next) const;
// how many of the layers after it its own op computes when folding is on; then it finds them in
// Site::absorbed.
template <class K>
concept LayerKind = requires(K kind, const K& fixed, const Shape& in, const Site& site) {
  { K::kName } -> std::convertible_to<std::string>;
  { kind.fields() } -> std::same_as<std::vector<Field>>;
  { fixed.cost(in) } -> std::same_as<LayerCost>;
  { fixed.build(site) } -> std::same_as<std::unique_ptr<Module>>;
  { fixed == fixed } -> std::convertible_to<bool>;
}
&&std::default_initializable<K>&& std::copy_constructible<K>;

class Layer {
 public:
  template <class K>
  requires(!std::same_as<K, Layer> && LayerKind<K>)
      Layer(K kind)  // NOLINT: a list of kinds reads as a list of layers
      : held_(std::make_shared<const Held<K>>(std::move(kind))) {}

  std::string kind() const { return held_->kind(); }  // "conv2d"
  // The kind's value, null when it is another kind.
  template <class K>
  const K* as() const {
    const auto* held = dynamic_cast<const Held<K>*>(held_.get());
    return held == nullptr ? nullptr : &held->value;
  }
  bool operator==(const Layer& other) const { return held_->equals(*other.held_); }

  // "conv2d 32 3x3 same": what is not the default.
  std::string text() const;
  // Throws Error(usage) for a field out of its range and what the kind's own cost() throws.
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const { return held_->build(site); }
  std::size_t absorbs(std::span<const Layer> next) const;

  // Calls `look` with the fields and, in the same order, those of a new object of the kind.
  using Look = std::function<void(std::span<const Field> fields, std::span<const Field> defaults)>;
  void look_at_fields(const Look& look) const { held_->look(look); }
  // A layer of the same kind with the defaults and what `change` does to its fields.
  Layer made_with(const std::function<void(std::span<const Field> fields)>& change) const {
    return Layer(held_->made_with(change));
  }

 private:
  struct Any {
    virtual ~Any() = default;
    virtual std::string kind() const = 0;
    virtual bool equals(const Any& other) const = 0;
    virtual LayerCost cost(const Shape& in) const = 0;
    virtual std::unique_ptr<Module> build(const Site& site) const = 0;
    virtual std::size_t absorbs(std::span<const Layer> next) const = 0;
    virtual void look(const Look& look) const = 0;
    virtual std::shared_ptr<const Any> made_with(
        const std::function<void(std::span<const Field>)>& change) const = 0;
  };
  template <class K>
  struct Held;

  explicit Layer(std::shared_ptr<const Any> held) : held_(std::move(held)) {}

  std::shared_ptr<const Any> held_;  // never changes, so copies share it
};

template <class K>
struct Layer::Held final : Layer::Any {
  explicit Held(K kind) : value(std::move(kind)) {}

  std::string kind() const override { return K::kName; }
  bool equals(const Any& other) const override {
    const auto* same = dynamic_cast<const Held*>(&other);
    return same != nullptr && value == same->value;
  }
  LayerCost cost(const Shape& in) const override { return value.cost(in); }
  std::unique_ptr<Module> build(const Site& site) const override { return value.build(site); }
  std::size_t absorbs([[maybe_unused]] std::span<const Layer> next) const override {
    if constexpr (requires { value.absorbs(next); }) return value.absorbs(next);
    return 0;
  }
  void look(const Look& look) const override {
    K mine = value, fresh{};
    look(mine.fields(), fresh.fields());
  }
  std::shared_ptr<const Any> made_with(
      const std::function<void(std::span<const Field>)>& change) const override {
    K made{};
    change(made.fields());
    return std::make_shared<const Held>(std::move(made));
  }

  K value;
};

// --- for kinds ---

// How wide a layer may be, in channels or features.
inline constexpr int kMaxWidth = 1 << 24;
inline constexpr int kMaxStride = 4096;

// Multiplied, added; throw Error(usage) when that does not fit 63 bits.
std::int64_t product(std::initializer_list<std::int64_t> factors);
std::int64_t sum_of(std::initializer_list<std::int64_t> summands);
// One operation an element; the output is as large as the input, and kept.
LayerCost pointwise_cost(const Shape& in);
// Throws Error(usage) unless samples are images [H, W, C], or one axis of features.
void needs_image(const Shape& in);
void needs_features(const Shape& in);
// A module that has no parameters and computes `function`.
std::unique_ptr<Module> module_of(std::function<Tensor(const Tensor&)> function);

}  // namespace hone::nn
