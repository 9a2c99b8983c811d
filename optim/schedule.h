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
#include <vector>

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

// Cosines one after the other, each from 1 to `end`: the first takes `epochs` epochs, each next one
// `growth` times as many (Loshchilov & Hutter, arXiv 1608.03983). PyTorch's
// CosineAnnealingWarmRestarts with end = eta_min / lr; Keras' CosineDecayRestarts, whose m_mul is
// `shrink`: what each next one starts from, as a part of the one before.
struct CosineRestarts {
  double epochs = 10;  // may be a fraction
  double growth = 1;   // at least 1
  double shrink = 1;
  double end = 0;  // a part of the learning rate
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

// From 1 to `end` along (1 - t)^power, t from 0 at the first step to 1 at the end of `epochs`
// epochs (0: of the training), then `end`. Keras' PolynomialDecay, PyTorch's PolynomialLR; with
// power 1 a line.
struct Polynomial {
  double power = 1;
  double end = 0;  // a part of the learning rate
  double epochs = 0;
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

// For `epochs` epochs the factor rises in a line from `start` to 1; it multiplies `then`, whose
// first step is the training's: PyTorch's LinearLR beside another schedule.
struct WarmUp {
  double epochs = 1;  // may be a fraction
  double start = 0;
  Schedule then = {};
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

// Schedules one after the other, each for its epochs; the last goes on to the end of the training,
// and its epochs do not count. Each sees its own part as the whole training: its first step is 0.
// PyTorch's SequentialLR.
struct Chain {
  struct Part {
    Schedule schedule;
    double epochs = 0;  // may be a fraction
  };
  std::vector<Part> parts = {};
  void check() const;
  StepValues at(const StepPosition& position) const;
  std::string text() const;
};

}  // namespace hone::optim
