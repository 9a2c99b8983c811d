// A trial as a training: what it reports, how it ends, and what becomes of its checkpoint.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "nn/train/checkpoint.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"
#include "tune/cost.h"
#include "tune/pruners/make_pruner.h"
#include "tune/study.h"
#include "tune/training/run_trial.h"
#include "tune/training/trial_cost.h"

using namespace hone;
using namespace train_test;
using namespace hone::tune;
using namespace hone::tune::training;
using nn::train::EpochRecord;
using nn::train::Training;

namespace {

Training small_training() {
  return {.network = small_cnn(),
          .optimizer = optim::SGD{.lr = 0.05f,
                                  .momentum = 0.9f,
                                  .nesterov = true,
                                  .weight_decay = 0.01f,
                                  .groups = {{.suffix = ".bias", .learning_rate_scale = 2.0f}}},
          .plateau = optim::PlateauOptions{.factor = 0.5, .patience = 1, .min_delta = 5},
          .epochs = 4,
          .batch = 16,
          .seed = 11};
}

struct Ran {
  Outcome outcome;
  std::map<int, double> reports;
  std::vector<std::string> messages;
};

// Runs one trial that nobody keeps; interrupted after epoch `stop_after` (0: never).
Ran run(const World& world, const Training& training, const std::filesystem::path& checkpoint = {},
        int stop_after = 0, ValueOf value = ValueOf::best_epoch) {
  std::atomic<bool> stop{false};
  Trial trial = Trial::fixed({});
  Ran ran;
  RunOptions options{.train = world.train, .validation = world.validation, .value = value};
  options.checkpoint = checkpoint;
  options.cancel = CancelToken(stop);
  options.on_epoch = [&](const EpochRecord& record) { stop = record.epoch == stop_after; };
  options.message = [&](const std::string& line) { ran.messages.push_back(line); };
  ran.outcome = run_trial(training, trial, world.device->new_backend({.threads = 1}), options);
  ran.reports = trial.record().intermediate;
  return ran;
}

std::string reports_text(const Ran& ran) {
  std::string text;
  for (const auto& [step, value] : ran.reports) text += fmt::format("{} {}\n", step, value);
  return text + fmt::format("value {}\n", ran.outcome.values.front());
}

bool has_message(const Ran& ran, const std::string& part) {
  return std::any_of(ran.messages.begin(), ran.messages.end(),
                     [&](const std::string& line) { return contains(line, part); });
}

}  // namespace

TEST_CASE("a trial reports the monitored metric of every epoch, and its value is one of them") {
  const World world("cpu");
  Training training = small_training();
  const Ran best = run(world, training);
  CHECK(best.outcome.kind == Outcome::Kind::complete);
  REQUIRE(best.reports.size() == 4);
  double most = 0;
  for (const auto& [step, value] : best.reports) most = std::max(most, value);
  CHECK(best.outcome.values.front() == most);
  CHECK(run(world, training, {}, 0, ValueOf::last_epoch).outcome.values.front() ==
        best.reports.at(3));
  training.monitor = "val_loss";
  const Ran loss = run(world, training);
  double least = loss.reports.at(0);
  for (const auto& [step, value] : loss.reports) least = std::min(least, value);
  CHECK(loss.outcome.values.front() == least);
  CHECK(loss.outcome.values.front() != best.outcome.values.front());
}

TEST_CASE("what the trial's own values cause is a failed outcome with its reason") {
  const World world("cpu");
  const TempFolder folder;
  Training training = small_training();
  training.network = {nn::Conv2d{.out = 4, .kernel = 9}, nn::Flatten{}, nn::Linear{.out = 4}};
  Ran ran = run(world, training);
  CHECK(ran.outcome.kind == Outcome::Kind::failed);
  CHECK(contains(ran.outcome.reason, "conv2d"));
  training.network = {nn::Flatten{}, nn::Linear{.out = 3}};
  ran = run(world, training);
  CHECK(ran.outcome.kind == Outcome::Kind::failed);
  CHECK(contains(ran.outcome.reason, "one logit for each of the 4 classes"));

  training = small_training();
  training.optimizer = optim::SGD{.lr = 1e30f};
  ran = run(world, training, folder / "c");
  CHECK(ran.outcome.kind == Outcome::Kind::failed);
  CHECK(contains(ran.outcome.reason, "loss is not finite at epoch 1"));
  CHECK_FALSE(std::filesystem::exists(folder / "c"));
}

// The sanitizers need all of the address space.
#ifndef HONE_SANITIZED
TEST_CASE("memory that the device does not have fails the trial and harms nothing else") {
  // In a process of its own, whose address space ends soon.
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    int code = 1;
    try {
      const World world("cpu", 2000);
      Training training = small_training();
      training.batch = 2000;
      training.epochs = 1;
      training.network = {nn::Conv2d{.out = 2048, .kernel = 3}, nn::ReLU{}, nn::Flatten{},
                          nn::Linear{.out = 4}};  // half a gigabyte of outputs
      std::ifstream statm("/proc/self/statm");
      rlim_t pages = 0;
      statm >> pages;
      const rlim_t bytes =
          pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{300} << 20);
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_AS, &limit);
      const Ran ran = run(world, training);
      const bool failed = ran.outcome.kind == Outcome::Kind::failed &&
                          contains(ran.outcome.reason, "could not be allocated");
      const Ran next = run(world, small_training());
      code = failed && next.outcome.kind == Outcome::Kind::complete ? 0 : 2;
    } catch (...) {
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

TEST_CASE("an interrupted trial goes on exactly, and its checkpoint ends with it") {
  const World world("cpu");
  const TempFolder folder;
  const std::string expected = reports_text(run(world, small_training()));
  CHECK(run(world, small_training(), folder / "c", 2).outcome.kind == Outcome::Kind::interrupted);
  CHECK(std::filesystem::exists(folder / "c"));
  const Ran last = run(world, small_training(), folder / "c");
  CHECK(last.outcome.kind == Outcome::Kind::complete);
  CHECK(reports_text(last) == expected);
  CHECK_FALSE(std::filesystem::exists(folder / "c"));
  CHECK_FALSE(std::filesystem::exists(folder / "c.prev"));
}

TEST_CASE("the checkpoint of a trial that an older version left is gone on from") {
  const std::string from = hone::test::source_dir() + "/tests/nn/checkpoints/";
  const World world("cpu");
  const TempFolder folder;
  std::filesystem::copy_file(from + "trial.checkpoint", folder / "c");
  const Ran ran = run(world, small_training(), folder / "c");
  CHECK(ran.outcome.kind == Outcome::Kind::complete);
  REQUIRE(ran.reports.size() == 4);
  CHECK(std::none_of(ran.messages.begin(), ran.messages.end(),
                     [](const std::string& line) { return contains(line, "anew"); }));
  if (world.device->fingerprint() == read_text(from + "fit.fingerprint"))
    CHECK(reports_text(ran) == read_text(from + "trial.reports"));
}

TEST_CASE("a fault of the surroundings is thrown, and the checkpoint waits for the next attempt") {
  const World world("cpu");
  const TempFolder folder;
  const std::string expected = reports_text(run(world, small_training()));
  Trial trial = Trial::fixed({});
  RunOptions options{.train = world.train, .validation = world.validation};
  options.checkpoint = folder / "c";
  options.on_epoch = [](const EpochRecord& record) {
    if (record.epoch == 3) fail(ErrorKind::storage, "the database is locked");
  };
  CHECK(contains(error_of([&] {
                   run_trial(small_training(), trial, world.device->new_backend({.threads = 1}),
                             options);
                 }),
                 "storage: the database is locked"));
  CHECK(std::filesystem::exists(folder / "c"));
  CHECK(reports_text(run(world, small_training(), folder / "c")) == expected);
}

TEST_CASE("a checkpoint stays until the study has stored how its trial ended") {
  const World world("cpu");
  const TempFolder folder;
  // Prunes in the third epoch where the parameter says so.
  class PruneThird : public Pruner {
   public:
    std::string name() const override { return "third"; }
    std::string options_json() const override { return "{}"; }
    Decision decide(const HistoryView&, const DrawKey&, const TrialRecord& trial) const override {
      const bool third = trial.intermediate.rbegin()->first == 2;
      if (third && trial.find("prune")->internal == 1)
        return {Decision::Action::prune, "it is the third"};
      return {Decision::Action::go_on, ""};
    }
  };
  Study study = Study::open({.pruner = std::make_shared<PruneThird>(), .log = {}});
  int epochs = 0;
  const auto train = [&](Trial& trial, int fail_at) {
    RunOptions options{.train = world.train, .validation = world.validation};
    options.checkpoint = folder / checkpoint_name(trial.study_token(), trial.number());
    options.on_epoch = [&](const EpochRecord& record) {
      ++epochs;
      if (record.epoch == fail_at) throw OutOfMemory("no memory is left");
    };
    trial.suggest_int("prune", 0, 1);
    return run_trial(small_training(), trial, world.device->new_backend({.threads = 1}), options);
  };
  const auto files = [&] {
    const auto all = std::filesystem::directory_iterator(folder / "");
    return std::distance(begin(all), end(all));
  };
  for (const std::int64_t prune : {0, 1}) {
    study.enqueue({{"prune", prune}});
    Outcome first;
    {
      Trial trial = study.ask();
      epochs = 0;
      first = train(trial, 0);
      CHECK(first.kind == (prune == 1 ? Outcome::Kind::pruned : Outcome::Kind::complete));
      CHECK(epochs == (prune == 1 ? 3 : 4));
    }                     // not told: its result could not be stored
    CHECK(files() == 2);  // with the generation before
    Trial trial = study.ask();
    epochs = 0;
    const Outcome second = train(trial, 0);
    CHECK(epochs == 0);
    CHECK(second.kind == first.kind);
    CHECK(second.values == first.values);
    CHECK(second.reason == first.reason);
    CHECK(files() == 2);
    study.tell(trial, second);
    CHECK(files() == 0);
  }
  // Interrupted: it stays. Failed after some epochs: it goes.
  study.enqueue({{"prune", std::int64_t{0}}});
  Trial trial = study.ask();
  train(trial, 0);
  study.tell(trial, Outcome::interrupted());
  CHECK(files() == 2);
  std::filesystem::remove_all(folder / "");
  std::filesystem::create_directory(folder / "");
  Trial again = study.ask();
  const Outcome failed = train(again, 3);
  CHECK(failed.kind == Outcome::Kind::failed);
  CHECK(files() == 2);
  // The next time it fails before anything is read.
  study.tell(again, Outcome::interrupted());
  Trial last = study.ask();
  Training misfit = small_training();
  misfit.network = {nn::Flatten{}, nn::Linear{.out = 3}};
  RunOptions options{.train = world.train, .validation = world.validation};
  options.checkpoint = folder / checkpoint_name(last.study_token(), last.number());
  const Outcome early = run_trial(misfit, last, world.device->new_backend({.threads = 1}), options);
  CHECK(early.kind == Outcome::Kind::failed);
  CHECK(files() == 2);
  study.tell(last, early);
  CHECK(files() == 0);
}

TEST_CASE("a file of somebody else is left alone, and the trial starts anew") {
  const World world("cpu");
  const TempFolder folder;
  const std::string expected = reports_text(run(world, small_training()));
  const auto check_left_alone = [&](const std::string& bytes) {
    write_text(folder / "c", bytes);
    const Ran ran = run(world, small_training(), folder / "c");
    CHECK(reports_text(ran) == expected);
    CHECK(has_message(ran, "left alone"));
    CHECK(read_text(folder / "c") == bytes);
    CHECK_FALSE(std::filesystem::exists(folder / "c.prev"));
  };
  check_left_alone("my notes");
  check_left_alone("honeckp9 of some later version");
  // The checkpoint of another training under the same name.
  Training other = small_training();
  other.batch = 32;
  run(world, other, folder / "other", 2);
  check_left_alone(read_text(folder / "other"));
  std::filesystem::remove(folder / "c");
  std::filesystem::create_directory(folder / "c");
  CHECK(has_message(run(world, small_training(), folder / "c"), "left alone"));
}

TEST_CASE("a damaged checkpoint is set aside with a word, and the trial starts anew") {
  const World world("cpu");
  const TempFolder folder;
  const std::string expected = reports_text(run(world, small_training()));
  run(world, small_training(), folder / "good", 2);
  const std::string good = read_text(folder / "good");
  std::string flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 4);
  for (const std::string& bad :
       {flipped, good.substr(0, 100), std::string("hone"), std::string()}) {
    write_text(folder / "c", bad);
    const Ran ran = run(world, small_training(), folder / "c");
    CHECK(reports_text(ran) == expected);
    CHECK(has_message(ran, "c.damaged, and this training starts anew"));
    CHECK(read_text(folder / "c.damaged") == bad);
    CHECK_FALSE(std::filesystem::exists(folder / "c"));
  }
  // Whole, but without a tensor that this training needs.
  nn::train::Checkpoint checkpoint = nn::train::checkpoint_from_bytes(
      {reinterpret_cast<const std::uint8_t*>(good.data()), good.size()}, "good");
  std::erase_if(checkpoint.tensors, [](const nn::io::TensorData& tensor) {
    return tensor.name == "optimizer.velocity";
  });
  const std::vector<std::uint8_t> bytes = nn::train::to_bytes(checkpoint);
  write_text(folder / "c", std::string(bytes.begin(), bytes.end()));
  const Ran ran = run(world, small_training(), folder / "c");
  CHECK(reports_text(ran) == expected);
  CHECK(has_message(ran, "'optimizer.velocity' is missing; it is renamed"));
}

TEST_CASE("checkpoints are named by the study and the trial") {
  CHECK(checkpoint_name("a1b2", 17) == "a1b2-17");
  CHECK(contains(error_of([] { checkpoint_name("", 1); }), "usage: "));
}

TEST_CASE("a paused trial goes on from its checkpoint when it is promoted, with the same bits") {
  const World world("cpu");
  const TempFolder folder;
  Study study = Study::open({.name = "s",
                             .direction = Direction::maximize,
                             .pruner = make_pruner("promotion", R"({"max_resource":4})"),
                             .seed = 5,
                             .lag = 1,
                             .log = {}});
  int epochs = 0;
  const auto path = [&](int number) { return folder / checkpoint_name(study.token(), number); };
  const auto describe = [](Trial& trial) {
    Training training = small_training();
    training.seed = trial.seed();
    training.optimizer =
        optim::SGD{.lr = static_cast<float>(trial.suggest_float("lr", 1e-3, 0.1, {.log = true}))};
    return training;
  };
  study.optimize(
      [&](Trial& trial) {
        RunOptions options{.train = world.train, .validation = world.validation};
        options.checkpoint = path(trial.number());
        if (const auto paused = trial.continues()) options.paused_checkpoint = path(*paused);
        options.on_epoch = [&](const EpochRecord&) { ++epochs; };
        return run_trial(describe(trial), trial, world.device->new_backend({.threads = 1}),
                         options);
      },
      {.trials = 14});
  int shared = 0, reports = 0;
  for (const TrialRecord& trial : study.trials()) {
    reports += static_cast<int>(trial.intermediate.size());
    if (trial.state == TrialState::complete) {
      Trial again = Trial::fixed({{"lr", trial.params[0].value()}}, seed_number(trial), 5);
      Ran whole = run(world, describe(again));
      CHECK(whole.reports == trial.intermediate);
    }
    const auto promotion = promotion_of(trial);
    if (!promotion) continue;
    shared += static_cast<int>(
        study.trials()[static_cast<std::size_t>(promotion->from)].intermediate.size());
    CHECK_FALSE(std::filesystem::exists(path(promotion->from)));
  }
  CHECK(shared > 3);
  CHECK(epochs == reports - shared);  // no epoch was trained twice
}

TEST_CASE("a network beyond its limits is not trained, and breaks a constraint") {
  const World world("cpu");
  const auto with = [&](CostLimits limits) {
    Trial trial = Trial::fixed({});
    int epochs = 0;
    RunOptions options{.train = world.train, .validation = world.validation};
    options.limits = limits;
    options.on_epoch = [&](const EpochRecord&) { ++epochs; };
    const Outcome outcome =
        run_trial(small_training(), trial, world.device->new_backend({.threads = 1}), options);
    const double flops = static_cast<double>(
        nn::cost(small_cnn(), world.train.shape()).training_flops * 4 * world.train.count());
    CHECK(log_cost(trial.record()) == doctest::Approx(std::log(flops)));  // known in any case
    const Attributes& attrs = trial.record().system_attrs;
    const auto found = attrs.find("constraints:parameters");
    return std::tuple(outcome, epochs, found == attrs.end() ? "" : found->second);
  };
  const nn::NetworkCost cost = nn::cost(small_cnn(), world.train.shape());
  auto [outcome, epochs, constraint] = with({.parameters = cost.parameters / 2});
  CHECK(outcome.kind == Outcome::Kind::pruned);
  CHECK(outcome.reason == fmt::format("not trained: {} parameters, at most {} are wanted",
                                      cost.parameters, cost.parameters / 2));
  CHECK(epochs == 0);
  CHECK(std::stod(constraint) > 0);
  std::tie(outcome, epochs, constraint) = with({.parameters = cost.parameters});
  CHECK(outcome.kind == Outcome::Kind::complete);
  CHECK(std::stod(constraint) == 0);
  std::tie(outcome, epochs, constraint) = with({.training_flops = 10});
  CHECK(contains(outcome.reason, "FLOPs of training on a sample, at most 10"));
  std::tie(outcome, epochs, constraint) = with({.memory = 1000});
  CHECK(outcome.kind == Outcome::Kind::pruned);
  CHECK(epochs == 0);
  CHECK(contains(outcome.reason, "B of memory, at most 1000 B are wanted"));
}

TEST_CASE("a trial that is predicted to take too long is not trained, an unknown one is") {
  const World world("cpu");
  const auto ended = [&](double seconds) {
    TrialRecord trial;
    trial.state = TrialState::complete;
    const std::int64_t flops = nn::cost(small_cnn(), world.train.shape()).training_flops;
    trial.user_attrs = {{kTrainingFlops, fmt::format("{}", flops)}, {kEpochs, "4"}};
    trial.start_time = 1;
    trial.end_time = 1 + static_cast<std::int64_t>(1e6 * seconds);
    return trial;
  };
  const auto with = [&](const std::vector<TrialRecord>& before, double most) {
    Trial trial = Trial::fixed({});
    RunOptions options{.train = world.train, .validation = world.validation};
    options.limits.seconds = most;
    options.times = [&] { return TrialTimes(before); };
    const Outcome outcome =
        run_trial(small_training(), trial, world.device->new_backend({.threads = 1}), options);
    return std::pair(outcome, std::stod(trial.record().system_attrs.at("constraints:seconds")));
  };
  auto [outcome, constraint] = with(std::vector<TrialRecord>(3, ended(10)), 5);
  CHECK(outcome.kind == Outcome::Kind::pruned);
  CHECK(contains(outcome.reason, "not trained: predicted to take 9."));
  CHECK(contains(outcome.reason, " s, at most 5 s are wanted"));
  CHECK(constraint > 0.5);
  for (const auto& before :
       {std::vector<TrialRecord>(2, ended(10)), std::vector<TrialRecord>(3, ended(5))}) {
    std::tie(outcome, constraint) = with(before, 5);  // not known, or perhaps within
    CHECK(outcome.kind == Outcome::Kind::complete);
    CHECK(constraint <= 0);
  }
  RunOptions options{.train = world.train, .validation = world.validation};
  options.limits.seconds = 5;
  Trial trial = Trial::fixed({});
  CHECK_THROWS_WITH_AS(
      run_trial(small_training(), trial, world.device->new_backend({.threads = 1}), options),
      doctest::Contains("RunOptions::times"), Error);
}

TEST_CASE("a cost in seconds is predicted before a training, and measured after it") {
  const World world("cpu");
  const auto cost_with = [&](const TrialTimes& times, const CancelToken& cancel) {
    Trial trial = Trial::fixed({});
    RunOptions options{.train = world.train, .validation = world.validation};
    options.cost_in_seconds = true;
    options.times = [&] { return times; };
    options.cancel = cancel;
    run_trial(small_training(), trial, world.device->new_backend({.threads = 1}), options);
    return std::exp(log_cost(trial.record()));
  };
  TrialRecord ended;
  ended.state = TrialState::complete;
  ended.user_attrs = {
      {kTrainingFlops,
       fmt::format("{}", nn::cost(small_cnn(), world.train.shape()).training_flops)},
      {kEpochs, "4"}};
  ended.start_time = 1;
  ended.end_time = 1 + 7'000'000'000;
  const TrialTimes known({ended, ended, ended});
  const std::atomic<bool> stop{true};
  CHECK(cost_with(known, CancelToken(stop)) == doctest::Approx(7000));
  CHECK(std::isnan(cost_with(TrialTimes({}), CancelToken(stop))));
  const double measured = cost_with(known, {});
  CHECK(measured > 0);
  CHECK(measured < 600);
}
