// Trials that train together: the study they make is, to the bit, the one that they make alone.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/nn/train_fixture.h"
#include "tune/pruners/make_pruner.h"
#include "tune/study.h"
#include "tune/training/run_trial.h"

using namespace hone;
using namespace train_test;
using namespace hone::tune;
using namespace hone::tune::training;

namespace {

constexpr int kTrials = 10, kLag = 4;

// Two architectures and two optimizers; what else differs can differ in step.
nn::train::Training describe(Trial& trial) {
  const bool wide = trial.suggest_int("width", 0, 1) == 1;
  const auto p = static_cast<float>(trial.suggest_float("dropout", 0, 0.5));
  const auto lr = static_cast<float>(trial.suggest_float("lr", 1e-3, 0.3, {.log = true}));
  nn::train::Training training{
      .network = {nn::Conv2d{.out = wide ? 6 : 4, .kernel = 3}, nn::BatchNorm{}, nn::ReLU{},
                  nn::MaxPool2d{}, nn::Flatten{}, nn::Dropout{.p = p}, nn::Linear{.out = 4}},
      .plateau = optim::PlateauOptions{.factor = 0.5, .patience = 0, .min_delta = 0.1},
      .epochs = 4,
      .batch = 16,
      .seed = trial.seed()};
  if (trial.suggest_categorical("optimizer", {"adam", "sgd"}) == "adam")
    training.optimizer = optim::Adam{.lr = lr};
  else
    training.optimizer = optim::SGD{
        .lr = lr, .momentum = static_cast<float>(trial.suggest_float("momentum", 0.5, 0.99))};
  return training;
}

struct Setting {
  int together = 1, jobs = 1;
  std::filesystem::path checkpoints = {};  // a folder
  std::string storage = {};
  int stop_after = 0;  // epochs of all trials; then interrupted
  bool describe_fails = false;
  std::int64_t memory = 0;  // the most
};

// A study of some trials, and what was seen of its trainings.
struct Ran {
  std::vector<TrialRecord> trials;
  std::set<int> under_way_at_once;  // most trials that had begun and not ended
  std::size_t most_at_once = 0;
  std::vector<std::string> messages;
};

Ran run(const World& world, const Setting& setting) {
  Ran ran;
  std::mutex mutex;
  std::atomic<bool> stop{false};
  std::atomic<int> epochs{0};
  Study study = Study::open({.storage = setting.storage,
                             .name = "s",
                             .direction = Direction::maximize,
                             .pruner = make_pruner("median", R"({"startup_trials": 2})"),
                             .seed = 3,
                             .lag = kLag,
                             .log = {}});
  const auto begin = [&](Trial& trial) -> TrialRun {
    if (setting.describe_fails && trial.number() == 1) fail(ErrorKind::usage, "no such thing");
    RunOptions options{.train = world.train, .validation = world.validation};
    if (!setting.checkpoints.empty())
      options.checkpoint =
          setting.checkpoints / checkpoint_name(trial.study_token(), trial.number());
    options.cancel = CancelToken(stop);
    options.limits.memory = setting.memory;
    options.on_epoch = [&](const nn::train::EpochRecord&) {
      if (++epochs == setting.stop_after) stop = true;
    };
    options.progress = [&, number = trial.number()](const nn::train::Progress& progress) {
      const std::lock_guard lock(mutex);
      if (progress.finished && progress.epoch == progress.epochs)
        ran.under_way_at_once.erase(number);
      else
        ran.under_way_at_once.insert(number);
      ran.most_at_once = std::max(ran.most_at_once, ran.under_way_at_once.size());
    };
    options.message = [&](const std::string& line) {
      const std::lock_guard lock(mutex);
      ran.messages.push_back(line);
    };
    return {describe(trial), world.device->new_backend({.threads = 1}), options};
  };
  OptimizeOptions options{.trials = kTrials,
                          .jobs = setting.jobs,
                          .together = setting.together,
                          .cancel = CancelToken(stop)};
  options.callbacks.push_back([&](const Study&, const TrialRecord& trial) {
    const std::lock_guard lock(mutex);
    ran.under_way_at_once.erase(trial.number);
  });
  study.optimize([&](TrialGroup& group, int) { run_trials(group, begin); }, options);
  ran.trials = study.trials();
  return ran;
}

std::string text_of(const TrialRecord& trial) {
  std::string text = fmt::format("{} {}", trial.number, static_cast<int>(trial.state));
  for (const double value : trial.values) text += fmt::format(" value {}", value);
  for (const Parameter& parameter : trial.params)
    text += fmt::format(" {} {}", parameter.name, parameter.internal);
  for (const auto& [step, value] : trial.intermediate) text += fmt::format(" {}: {}", step, value);
  for (const auto& [key, value] : trial.user_attrs) text += " " + key + " " + value;
  for (const auto& [key, value] : trial.system_attrs) text += " " + key + " " + value;
  return text;
}

void check_same(const Ran& a, const Ran& b) {
  REQUIRE(a.trials.size() == b.trials.size());
  for (std::size_t i = 0; i < a.trials.size(); ++i)
    CHECK(text_of(a.trials[i]) == text_of(b.trials[i]));
}

int count(const Ran& ran, TrialState state) {
  return static_cast<int>(std::count_if(ran.trials.begin(), ran.trials.end(),
                                        [&](const auto& trial) { return trial.state == state; }));
}

}  // namespace

TEST_CASE("a study whose trials train together is the one whose trials train alone, bit for bit") {
  const World world("cpu");
  const Ran alone = run(world, {});
  CHECK(alone.trials.size() == kTrials);
  CHECK(count(alone, TrialState::pruned) > 0);
  CHECK(count(alone, TrialState::complete) > 0);
  CHECK(alone.most_at_once == 1);
  const Ran together = run(world, {.together = kLag});
  CHECK(together.most_at_once > 1);
  check_same(together, alone);
  check_same(run(world, {.together = 2, .jobs = 2}), alone);
}

TEST_CASE("no more trials go together than the limit of memory has room for") {
  const World world("cpu");
  std::int64_t largest = 0;
  for (const TrialRecord& trial : run(world, {}).trials)
    largest = std::max<std::int64_t>(largest, std::stoll(trial.user_attrs.at("training_bytes")));
  for (const int room : {1, 2}) {
    const std::int64_t memory = largest * (10 * room + 8) / 10;
    const Ran together = run(world, {.together = kLag, .memory = memory});
    CHECK(together.most_at_once == room);
    check_same(together, run(world, {.memory = memory}));
  }
}

TEST_CASE("trials together that are interrupted go on together or alone, and the other way round") {
  const World world("cpu");
  const Ran whole = run(world, {});
  for (const int first : {1, kLag}) {
    const TempFolder here;
    Setting setting{.together = first,
                    .checkpoints = here / "c",
                    .storage = "sqlite:///" + (here / "s.db").string(),
                    .stop_after = 9};
    std::filesystem::create_directory(setting.checkpoints);
    const Ran cut = run(world, setting);
    CHECK(count(cut, TrialState::complete) + count(cut, TrialState::pruned) < kTrials);
    CHECK_FALSE(std::filesystem::is_empty(setting.checkpoints));
    setting.stop_after = 0;
    setting.together = first == 1 ? kLag : 1;
    const Ran rest = run(world, setting);
    check_same(rest, whole);
    CHECK(std::filesystem::is_empty(setting.checkpoints));
  }
}

TEST_CASE("a trial of a group that cannot be described, or not be trained, fails alone") {
  const World world("cpu");
  const Ran ran = run(world, {.together = kLag, .describe_fails = true});
  CHECK(ran.trials[1].state == TrialState::fail);
  CHECK(contains(text_of(ran.trials[1]), "no such thing"));
  CHECK(count(ran, TrialState::fail) == 1);
  check_same(run(world, {.describe_fails = true}), ran);
}

// The sanitizers need all of the address space.
#ifndef HONE_SANITIZED
TEST_CASE("trials for which there is no memory together train one after another") {
  // In a process of its own, whose address space ends soon.
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    int code = 1;
    try {
      const World world("cpu", 2000);
      std::ifstream statm("/proc/self/statm");
      rlim_t pages = 0;
      statm >> pages;
      const rlim_t bytes =
          pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{600} << 20);
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_AS, &limit);
      int alone = 0;
      const auto begin = [&](Trial& trial) -> TrialRun {
        RunOptions options{.train = world.train, .validation = world.validation};
        options.message = [&](const std::string& line) {
          if (contains(line, "no memory for 4 trainings together")) ++alone;
        };
        return {{.network = {nn::Conv2d{.out = 512, .kernel = 3}, nn::ReLU{}, nn::Flatten{},
                             nn::Linear{.out = 4}},  // 150 MB of outputs
                 .batch = 2000,
                 .seed = trial.seed()},
                world.device->new_backend({.threads = 1}),
                options};
      };
      Study study = Study::open({.lag = 4, .log = {}});
      study.optimize([&](TrialGroup& group, int) { run_trials(group, begin); },
                     {.trials = 4, .together = 4});
      const bool complete = std::ranges::all_of(study.trials(), [](const TrialRecord& trial) {
        return trial.state == TrialState::complete;
      });
      code = alone == 4 && complete && study.finished() == 4 ? 0 : 2;
    } catch (const std::exception& error) {
      ::fprintf(stderr, "%s\n", error.what());
      code = 3;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
