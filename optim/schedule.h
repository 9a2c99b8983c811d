// Schedules: the learning rate, and the momentum if it moves, as functions of the step.
//
// A schedule is a value that an optimizer's table is filled from on the host, once an epoch. Any
// function of the step fits: give a struct of your own with
//   StepValues at(const StepPosition& position) const;
//   std::string text() const;   // its name with every option: resuming is refused when it changed
//   void check() const;         // optional; throws Error(usage) for options that make no sense
// wherever a Schedule is expected.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace hone::optim {

// Where a step stands in its training.
struct StepPosition {
  std::int64_t step = 0;             // from 0, over all epochs
  std::int64_t steps_per_epoch = 1;  // at least 1
  std::int64_t steps = 1;            // of the whole training
};

struct StepValues {
  double rate = 1;  // the factor of the learning rate
  std::optional<double> momentum =
      std::nullopt;  // instead of SGD's momentum or Adam's beta 1; none: the optimizer's own
};

class Schedule {
 public:
  Schedule() = default;  // constant: a factor of 1
  template <class Kind>
  requires(!std::is_same_v<Kind, Schedule>)
      Schedule(const Kind& kind) {  // NOLINT: `.schedule = Cosine{}` reads as what it is
    if constexpr (requires { kind.check(); }) kind.check();
    held_ = std::make_shared<const Held<Kind>>(kind);
  }

  // Throws Error(usage) when the kind gives a factor that is negative or not finite, or a momentum
  // outside 0 <= m < 1.
  StepValues at(const StepPosition& position) const;
  std::string text() const { return held_ ? held_->text() : "constant"; }
  bool constant() const { return held_ == nullptr; }
  bool operator==(const Schedule& other) const { return text() == other.text(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual StepValues at(const StepPosition& position) const = 0;
    virtual std::string text() const = 0;
  };
  template <class Kind>
  struct Held final : Base {
    explicit Held(const Kind& k) : kind(k) {}
    StepValues at(const StepPosition& position) const override { return kind.at(position); }
    std::string text() const override { return kind.text(); }
    Kind kind;
  };
  std::shared_ptr<const Base> held_;
};

// The rate times `factor` after every `epochs` epochs: factor^(epoch / epochs), rounded down.
// PyTorch's StepLR.
struct StepDecay {
  int epochs = 10;
  double factor = 0.1;
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

// Half a cosine from 1 to `end` (Loshchilov & Hutter, arXiv 1608.03983, one period), after a
// warm-up that rises in a line from 0. Keras' CosineDecay with `end` as its alpha, PyTorch's
// CosineAnnealingLR with end = eta_min / lr.
struct Cosine {
  double end = 0;            // a part of the learning rate
  double warmup_epochs = 0;  // of the training's epochs; may be a fraction
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

// One cycle (Smith & Topin, arXiv 1708.07120, in the two phases of PyTorch's OneCycleLR): the rate
// rises from `start` to 1, the optimizer's lr being the peak, and falls to `end`, while the
// momentum falls from `momentum_high` to `momentum_low` and rises again.
struct OneCycle {
  double rising = 0.3;      // the part of all steps in which the rate rises
  double start = 1.0 / 25;  // parts of the learning rate
  double end = 1.0 / 250'000;
  bool linear = false;  // straight lines instead of half cosines
  bool move_momentum = true;
  double momentum_low = 0.85, momentum_high = 0.95;
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

}  // namespace hone::optim
