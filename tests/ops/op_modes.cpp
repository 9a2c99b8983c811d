// Comparison with the reference, and gradient checks.
#include "tests/ops/op_modes.h"

#include <algorithm>
#include <cmath>

#include "base/philox.h"

namespace hone::op_cases {
namespace {

using Values = std::vector<double>;

// Key offsets of the data that are not inputs.
constexpr std::uint64_t kCotangent = 1000, kOther = 1001, kPrefill = 2000;

// Step of the central differences: a power of two, so that x + h and x - h are nearly exact.
constexpr double kStep = 0x1.0p-17;
// Inputs closer to a kink than this are drawn again.
constexpr double kMargin = 2e-5;

struct Outcome {
  Values y;
  std::vector<Values> gradients;  // by input; empty where none is wanted
};

double largest(const Values& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// "" or the first element that is off by more than allowed(i); a NaN is off.
template <class Allowed>
std::string difference(const Values& got, const Values& expected, Allowed allowed) {
  if (got.size() != expected.size())
    return fmt::format("{} elements, expected {}", got.size(), expected.size());
  std::size_t bad = 0, first = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!(std::abs(got[i] - expected[i]) <= allowed(i)) && bad++ == 0) first = i;
  if (bad == 0) return "";
  return fmt::format(
      "element {} is {}, expected {} (difference {:.3g}, allowed {:.3g}); {} of {} off", first,
      got[first], expected[first], std::abs(got[first] - expected[first]), allowed(first), bad,
      got.size());
}

Values plus(const Values& a, const Values& b) {
  Values sum(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + b[i];
  return sum;
}

Values extra(const OpCase& one, const Shape& shape, std::uint64_t seed, std::uint64_t purpose) {
  return draw(Fill::uniform, shape, 0, mix(mix(seed, purpose), one.name().size()));
}

bool wanted(const OpInput& input) { return input.floating() && input.gradient; }

// Forward and backward with a random cotangent; with `prefill` every gradient starts from values
// of its own.
Outcome run(const OpCase& one, Backend& backend, DType dtype, std::uint64_t seed, bool prefill) {
  const BackendScope scope(backend);
  const Inputs inputs = one.build(seed, dtype);
  if (prefill)
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (wanted(one.inputs[i]))
        seeded(inputs[i],
               upload(extra(one, inputs[i].shape(), seed, kPrefill + i), inputs[i].shape(), dtype))
            .backward();
  const Tensor y = one.call(inputs);
  if (one.differentiable())
    seeded(y, upload(extra(one, y.shape(), seed, kCotangent), y.shape(), dtype)).backward();
  Outcome outcome{.y = y.to_vector<double>(), .gradients = {}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    outcome.gradients.emplace_back();
    if (wanted(one.inputs[i])) outcome.gradients.back() = inputs[i].grad().to_vector<double>();
  }
  return outcome;
}

// The first seed whose inputs are far enough from the kinks inside the op.
std::uint64_t kink_free_seed(const OpCase& one, Backend& ref) {
  if (!one.margin) return 1;
  const BackendScope scope(ref);
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    if (one.margin(one.build(seed, DType::f64)) >= kMargin) return seed;
  fail(ErrorKind::internal, "{}: no inputs are far from its kinks; make the case smaller",
       one.name());
}

}  // namespace

struct Targets::Target {
  std::shared_ptr<Device> device;
  std::string algorithm;
  std::unique_ptr<Backend> one_thread, three_threads;

  std::string name() const {
    return device->name() + (algorithm.empty() ? "" : " with " + algorithm);
  }
};

Tensor seeded(const Tensor& y, const Tensor& cotangent) {
  Tensor loss = Tensor::empty(Shape{}, y.dtype());
  record("seed", loss, {y},
         [cotangent](const Tensor&, InputGrads& grads) { grads.give(0, cotangent); });
  return loss;
}

Targets::Targets(const std::vector<std::string>& devices)
    : ref_device_(open_device("ref")), ref_(ref_device_->new_backend()) {
  ref_device_->pool()->set_poison(true);
  for (const std::string& name : devices) {
    const std::shared_ptr<Device> device = open_device(name);
    device->pool()->set_poison(true);
    std::vector<std::string> algorithms = device->conv2d_algorithms();
    algorithms.insert(algorithms.begin(), "");  // the backend's own choice
    for (const std::string& algorithm : algorithms)
      targets_.push_back({device, algorithm,
                          device->new_backend({.threads = 1, .conv2d = algorithm}),
                          device->new_backend({.threads = 3, .conv2d = algorithm})});
  }
}

Targets::~Targets() = default;

Failures Targets::test(const OpCase& one) const {
  Failures failures;
  const std::uint64_t seed = kink_free_seed(one, *ref_);
  for (const bool prefill : {false, true}) {
    const Outcome truth = run(one, *ref_, DType::f64, seed, prefill);
    for (const Target& target : targets_) {
      if (!target.algorithm.empty() && one.op != "conv2d") continue;
      const auto note = [&](const std::string& what, const std::string& difference) {
        if (!difference.empty())
          failures.push_back(fmt::format("{} on {}{}: {}: {}", one.name(), target.name(),
                                         prefill ? ", added" : "", what, difference));
      };
      const auto same = [&](const Values& got, const Values& expected, double terms) {
        const double allowed = one.tolerance(terms, largest(expected));
        return difference(got, expected, [&](std::size_t) { return allowed; });
      };
      const Outcome got = run(one, *target.one_thread, DType::f32, seed, prefill);
      const Outcome again = run(one, *target.three_threads, DType::f32, seed, prefill);
      const auto exact = [](std::size_t) { return 0.0; };
      note("output",
           one.on_lattice() ? difference(got.y, truth.y, exact) : same(got.y, truth.y, one.terms));
      note("output on three threads", difference(again.y, got.y, exact));
      for (std::size_t i = 0; i < one.inputs.size(); ++i) {
        const std::string& name = one.inputs[i].name;
        note("gradient of " + name,
             same(got.gradients[i], truth.gradients[i], one.inputs[i].terms + one.terms));
        note("gradient on three threads of " + name,
             difference(again.gradients[i], got.gradients[i], exact));
      }
    }
  }
  return failures;
}

namespace {

// d(sum(y * cotangent)) / d(inputs[moved]), element by element.
Values central_differences(const OpCase& one, const Inputs& inputs, std::size_t moved,
                           const Values& cotangent) {
  const NoGrad no_grad;
  Values at = inputs[moved].to_vector<double>();
  Values slope(at.size());
  const auto output_with = [&](std::size_t i, double value) {
    const double kept = std::exchange(at[i], value);
    inputs[moved].assign(at);
    Values y = one.call(inputs).to_vector<double>();
    at[i] = kept;
    return y;
  };
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double above = at[i] + kStep, below = at[i] - kStep;
    const Values y_above = output_with(i, above), y_below = output_with(i, below);
    double change = 0;
    for (std::size_t k = 0; k < cotangent.size(); ++k)
      change += cotangent[k] * (y_above[k] - y_below[k]);
    slope[i] = change / (above - below);
  }
  inputs[moved].assign(at);
  return slope;
}

// The gradients when the op is called twice on the same inputs, with two cotangents.
std::vector<Values> used_twice(const OpCase& one, const Inputs& inputs, const Values& first,
                               const Values& second) {
  for (const Tensor& input : inputs) input.zero_grad();
  const Tensor a = one.call(inputs), b = one.call(inputs);
  ops::add(seeded(a, upload(first, a.shape(), DType::f64)),
           seeded(b, upload(second, b.shape(), DType::f64)))
      .backward();
  std::vector<Values> gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    gradients.push_back(wanted(one.inputs[i]) ? inputs[i].grad().to_vector<double>() : Values());
  return gradients;
}

// The gradient of one input alone, asked for with grad(), twice on one tape.
std::vector<Values> asked_alone(const OpCase& one, const Inputs& inputs, std::size_t asked,
                                const Values& cotangent) {
  const Tensor y = one.call(inputs);
  const Tensor loss = seeded(y, upload(cotangent, y.shape(), DType::f64));
  std::vector<Values> gradients;
  for (const bool retain : {true, false})
    gradients.push_back(grad(loss, {inputs[asked]}, {.retain = retain})[0].to_vector<double>());
  return gradients;
}

}  // namespace

Failures Targets::check_gradient(const OpCase& one) const {
  Failures failures;
  if (!one.differentiable()) return failures;
  const std::uint64_t seed = kink_free_seed(one, *ref_);
  const Outcome plain = run(one, *ref_, DType::f64, seed, false);
  const Outcome added = run(one, *ref_, DType::f64, seed, true);
  const BackendScope scope(*ref_);
  const Inputs inputs = one.build(seed, DType::f64);
  const Shape y_shape = one.call(inputs).shape();
  clear_tape();
  const Values first = extra(one, y_shape, seed, kCotangent),
               second = extra(one, y_shape, seed, kOther);
  const std::vector<Values> twice = used_twice(one, inputs, first, second);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!wanted(one.inputs[i])) continue;
    const auto note = [&](const char* what, const Values& got, const Values& expected) {
      const double floor = 0.1 * largest(expected);
      const std::string text = difference(got, expected, [&](std::size_t k) {
        return 1e-6 * std::max(std::abs(expected[k]), floor);
      });
      if (!text.empty())
        failures.push_back(
            fmt::format("{}: {} of {}: {}", one.name(), what, one.inputs[i].name, text));
    };
    note("gradient", plain.gradients[i], central_differences(one, inputs, i, first));
    note("gradient added to an earlier one", added.gradients[i],
         plus(plain.gradients[i], extra(one, inputs[i].shape(), seed, kPrefill + i)));
    for (const Values& alone : asked_alone(one, inputs, i, first))
      note("gradient asked for alone", alone, plain.gradients[i]);
    note("gradient when used twice", twice[i],
         plus(plain.gradients[i], central_differences(one, inputs, i, second)));
  }
  return failures;
}

}  // namespace hone::op_cases
