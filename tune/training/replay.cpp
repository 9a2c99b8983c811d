// Replaying a trial.
#include "tune/training/replay.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "tune/training/trial_cost.h"
#include "tune/trial_text.h"

namespace hone::tune::training {
namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

std::string shown(double value) {
  return fmt::format("{} ({:016x})", value, std::bit_cast<std::uint64_t>(value));
}

// Answers the reports of a trial that is trained again by what is stored of it.
class Comparison {
 public:
  explicit Comparison(const TrialRecord& stored) : stored_(stored) {}

  Decision answer(int step, double value) {
    const auto known = stored_.intermediate.find(step);
    if (known == stored_.intermediate.end())
      replay_.difference = fmt::format("step {}: is reported now, and is not stored", step);
    else if (!same_bits(known->second, value))
      replay_.difference =
          fmt::format("step {}: stored {}, now {}", step, shown(known->second), shown(value));
    else
      ++replay_.reports;
    const bool pruned = stored_.state == TrialState::pruned && !stored_.intermediate.empty() &&
                        step == stored_.intermediate.rbegin()->first;
    if (!replay_.difference.empty() || pruned) return {Decision::Action::prune, "as stored"};
    return {Decision::Action::go_on, "as stored"};
  }

  void compare_params(const TrialRecord& now) {
    for (const Parameter& parameter : stored_.params) {
      const Parameter* other = now.find(parameter.name);
      if (other == nullptr)
        return say(fmt::format("parameter {}: is stored, and nothing asks for it now",
                               printable(parameter.name)));
      if (!same_bits(parameter.internal, other->internal))
        return say(fmt::format("parameter {}: stored {}, now {}", printable(parameter.name),
                               to_text(parameter.value()), to_text(other->value())));
    }
  }

  void compare_end(const Outcome& outcome) {
    if (replay_.reports < static_cast<int>(stored_.intermediate.size()))
      say(fmt::format("{} values are stored, {} were reported now", stored_.intermediate.size(),
                      replay_.reports));
    const std::vector<double>& now = outcome.values;
    const bool failed =
        outcome.kind == Outcome::Kind::failed ||
        std::any_of(now.begin(), now.end(), [](double value) { return std::isnan(value); });
    if (stored_.state == TrialState::fail && !failed)
      say("the trial is stored as FAIL, and did not fail now");
    if (stored_.state != TrialState::fail && failed) say("it failed now: " + outcome.reason);
    if (stored_.state != TrialState::complete) return;
    if (stored_.values.size() != now.size())
      say(fmt::format("{} final values are stored, now there are {}", stored_.values.size(),
                      now.size()));
    for (std::size_t i = 0; i < std::min(now.size(), stored_.values.size()); ++i)
      if (!same_bits(stored_.values[i], now[i]))
        say(fmt::format("final value: stored {}, now {}", shown(stored_.values[i]), shown(now[i])));
  }

  const Replay& result() const { return replay_; }

 private:
  void say(const std::string& difference) {
    if (replay_.difference.empty()) replay_.difference = difference;
  }

  const TrialRecord& stored_;
  Replay replay_;
};

}  // namespace

Trial fixed_trial(const TrialRecord& stored, std::uint64_t study_seed,
                  std::function<Decision(int step, double value)> answer) {
  return Trial::fixed(stored.param_values(), seed_number(stored), study_seed, std::move(answer));
}

void check_replay(const TrialRecord& stored, const std::string& fingerprint) {
  check(is_finished(stored.state), "replay: trial {} is not finished yet", stored.number);
  check(stored.state != TrialState::pruned || !stored.intermediate.empty() ||
            stored.user_attrs.contains(kEpochs),
        "replay: trial {} was not trained, so there is nothing to train again: {}", stored.number,
        end_reason(stored));
  const std::string before = fingerprint_of(stored);
  check(!before.empty(),
        "replay: trial {} does not say how it was trained: another program ran it, or an older "
        "version of hone",
        stored.number);
  if (before != fingerprint)
    fail(ErrorKind::device,
         "replay: trial {} was trained with {}; this is {}. Equal bits are promised for the same "
         "version, instruction set, BLAS kernels and device alone: run it where they are",
         stored.number, printable(before), fingerprint);
}

Replay replay_trial(const TrialRecord& stored, std::uint64_t study_seed, const Describe& describe,
                    std::unique_ptr<Backend> backend, const RunOptions& options) {
  check(backend != nullptr, "replay: the backend is null; use device->new_backend()");
  check(describe != nullptr, "replay: the function that describes a trial is empty");
  check(options.checkpoint.empty(), "replay: a replay begins at the first step, no checkpoint");
  check_replay(stored, backend->fingerprint());
  Comparison comparison(stored);
  Trial trial = fixed_trial(stored, study_seed,
                            [&](int step, double v) { return comparison.answer(step, v); });
  const nn::train::Training training = describe(trial);
  comparison.compare_params(trial.record());
  if (!comparison.result().difference.empty()) return comparison.result();
  const Outcome outcome = run_trial(training, trial, std::move(backend), options);
  if (outcome.kind == Outcome::Kind::interrupted)
    fail(ErrorKind::interrupted, "replay: interrupted");
  comparison.compare_end(outcome);
  return comparison.result();
}

}  // namespace hone::tune::training
