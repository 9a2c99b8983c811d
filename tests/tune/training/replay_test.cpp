// Trials that are trained again: the same bits, or the first one that differs.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/nn/train_fixture.h"
#include "tune/study.h"
#include "tune/training/replay.h"

using namespace hone;
using namespace train_test;
using namespace hone::tune;
using namespace hone::tune::training;

namespace {

nn::train::Training describe(Trial& trial) {
  return {
      .network = small_cnn(),
      .optimizer =
          optim::SGD{.lr = static_cast<float>(trial.suggest_float("lr", 1e-3, 0.5, {.log = true}))},
      .epochs = 3,
      .batch = 16,
      .seed = trial.seed()};
}

// Trials 0 and 1 are complete, trial 2 is stopped at its second step.
struct Made {
  const World world{"cpu"};
  Study study = Study::open({.name = "s", .direction = Direction::maximize, .seed = 5, .log = {}});
  RunOptions options{.train = world.train, .validation = world.validation};

  Made() {
    run(2);
    Trial trial = study.ask();
    const auto training = describe(trial);
    run_trial(training, trial, backend(), options);
    study.tell(trial, Outcome::pruned("by hand"));
  }
  std::unique_ptr<Backend> backend() const { return world.device->new_backend({.threads = 1}); }
  void run(int trials) {
    study.optimize(
        [&](Trial& trial) { return run_trial(describe(trial), trial, backend(), options); },
        {.trials = trials});
  }
  TrialRecord trial(std::size_t number) const { return study.trials()[number]; }
  Replay replay(const TrialRecord& record) const {
    return replay_trial(record, study.seed(), describe, backend(), options);
  }
};

}  // namespace

TEST_CASE("a trial is trained again from what is stored, with the same bits") {
  const Made made;
  for (const std::size_t number : {0, 1, 2}) {
    CAPTURE(number);
    const Replay replay = made.replay(made.trial(number));
    CHECK(replay.difference == "");
    CHECK(replay.reports == 3);
  }
  TrialRecord stopped = made.trial(2);  // as a pruner would have left it
  stopped.intermediate.erase(2);
  CHECK(made.replay(stopped).difference == "");
  CHECK(made.replay(stopped).reports == 2);
}

TEST_CASE("a replay names the first thing that differs, were it the last bit") {
  const Made made;
  const TrialRecord stored = made.trial(1);
  TrialRecord other = stored;
  other.intermediate[1] = std::nextafter(other.intermediate[1], 2);
  other.intermediate[2] = 0;
  CHECK(contains(made.replay(other).difference, "step 1: stored"));
  other = stored;
  other.values[0] = std::nextafter(other.values[0], 2);
  CHECK(contains(made.replay(other).difference, "final value: stored"));
  other = stored;
  other.intermediate[3] = 0.5;
  CHECK(made.replay(other).difference == "4 values are stored, 3 were reported now");
  other = stored;
  other.intermediate.erase(2);
  CHECK(contains(made.replay(other).difference, "step 2: is reported now"));
  other = stored;
  other.params.push_back({"momentum", FloatDistribution{0, 1}, 0.5});
  CHECK(contains(made.replay(other).difference, "parameter momentum"));
  other = stored;
  other.state = TrialState::fail;
  CHECK(contains(made.replay(other).difference, "did not fail now"));
  CHECK(replay_trial(stored, 6, describe, made.backend(), made.options).difference != "");
}

TEST_CASE("what cannot be replayed is refused before it is trained") {
  const Made made;
  const auto error_of = [&](const TrialRecord& record) -> std::pair<ErrorKind, std::string> {
    try {
      made.replay(record);
    } catch (const Error& error) {
      return {error.kind(), error.what()};
    }
    return {ErrorKind::internal, ""};
  };
  TrialRecord other = made.trial(0);
  other.system_attrs[kFingerprint] = "\"hone 0.0.1, cpu\"";
  CHECK(error_of(other).first == ErrorKind::device);
  CHECK(contains(error_of(other).second, "was trained with hone 0.0.1, cpu; this is "));
  other.system_attrs.erase(kFingerprint);
  CHECK(error_of(other).first == ErrorKind::usage);
  other = made.trial(0);
  other.state = TrialState::running;
  CHECK(contains(error_of(other).second, "is not finished"));
}
