// The best trials of a study, trained again with fresh seeds.
#include <doctest/doctest.h>

#include <atomic>

#include "tests/nn/train_fixture.h"
#include "tune/training/rerun.h"

using namespace hone;
using namespace train_test;
using namespace hone::tune;
using namespace hone::tune::training;

namespace {

nn::train::Training describe(Trial& trial) {
  const double lr = trial.suggest_float("lr", 1e-3, 0.5, {.log = true});
  return {.network = small_cnn(),
          .optimizer = optim::SGD{.lr = static_cast<float>(lr)},
          .epochs = 2,
          .batch = 16,
          .seed = trial.seed()};
}

struct Made {
  const World world{"cpu"};
  TempFolder folder;
  Study study = open();
  RunOptions run{.train = world.train, .validation = world.validation};
  std::atomic<bool> stop{false};
  int trained = 0;

  Study open() {
    return Study::open({.storage = "sqlite:///" + (folder / "study.db").string(),
                        .name = "s",
                        .direction = Direction::maximize,
                        .seed = 5,
                        .log = {}});
  }
  Made() {
    study.enqueue({{"lr", 0.01}}, {{"default_configuration", true}});
    study.optimize([&](Trial& trial) { return run_trial(describe(trial), trial, backend(), run); },
                   {.trials = 4});
  }
  std::unique_ptr<Backend> backend() { return world.device->new_backend({.threads = 1}); }
  bool rerun(int candidates, int seeds, int stop_after = 0) {
    run.cancel = CancelToken(stop);
    RerunOptions options{.candidates = candidates, .seeds = seeds};
    options.backend = [this] { return backend(); };
    options.checkpoint = [this](int trial, int seed) {
      return folder / fmt::format("{}-{}", trial, seed);
    };
    options.on_end = [&](const Rerun&) { stop = ++trained == stop_after; };
    return rerun_best(study, describe, run, options);
  }
};

std::vector<double> values(const std::vector<Rerun>& list) {
  std::vector<double> all;
  for (const Rerun& rerun : list) all.push_back(rerun.value);
  return all;
}

}  // namespace

TEST_CASE("reruns are kept beside the trials, and go on where they were stopped") {
  Made whole, stopped;
  CHECK(whole.rerun(2, 2));
  const auto all = whole.study.reruns();
  const std::size_t count = all.size();  // the default configuration may be one of the best two
  CHECK((count == 4 || count == 6));
  CHECK_FALSE(stopped.rerun(2, 2, 3));
  CHECK(stopped.study.reruns().size() == 3);
  stopped.stop = false;
  stopped.study = stopped.open();
  CHECK(stopped.rerun(2, 2));
  CHECK(stopped.trained == static_cast<int>(count));
  CHECK(values(stopped.study.reruns()) == values(all));
  CHECK(whole.study.trials().size() == 4);
  CHECK(whole.rerun(2, 2));
  CHECK(whole.trained == static_cast<int>(count));  // nothing is missing
  const auto winner = winner_of(whole.study.trials(), all, Direction::maximize);
  REQUIRE(winner);
  CHECK(winner->candidates.size() == count / 2);
  CHECK(winner->candidates[0].values[0] != winner->candidates[0].searched);
  CHECK_THROWS_AS(whole.study.add_rerun({99, 0, 0.5}), Error);
}
