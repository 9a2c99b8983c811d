// Studies: ask and tell, the queue, determinism over jobs and stops, settings, failures, the
// timeout.
#include "tune/study.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>

#include "base/philox.h"
#include "tests/tune/temp_folder.h"
#include "tune/samplers/random_sampler.h"
#include "tune/storage/memory_storage.h"

using namespace hone;
using namespace hone::tune;

namespace {

// Depends on what it may see: a leak of timing into the view changes its draws.
class ViewSampler : public Sampler {
 public:
  std::string name() const override { return "view"; }
  std::string options_json() const override { return "{}"; }
  double next(const Plan& plan, std::span<const Parameter>, const std::string& name,
              const Distribution& distribution) const override {
    DrawKey shifted = plan.key;
    for (const TrialRecord& trial : plan.view.finished()) mix_in(shifted, trial);
    for (const TrialPtr& trial : plan.view.pending()) mix_in(shifted, *trial);
    return random_.next(Plan(plan.view, shifted), {}, name, distribution);
  }

 private:
  static void mix_in(DrawKey& key, const TrialRecord& trial) {
    key.study_seed = mix(key.study_seed, static_cast<std::uint64_t>(trial.number * 8) +
                                             static_cast<std::uint64_t>(trial.state));
    for (const Parameter& parameter : trial.params)
      key.study_seed = mix(key.study_seed, static_cast<std::uint64_t>(parameter.internal * 1e6));
  }
  RandomSampler random_;
};

// Prunes when the value is worse than half of what the visible trials reported at the same step.
class HalfPruner : public Pruner {
 public:
  std::string name() const override { return "half"; }
  std::string options_json() const override { return "{}"; }
  Decision decide(const HistoryView& history, const DrawKey&,
                  const TrialRecord& trial) const override {
    const auto [step, value] = *trial.intermediate.rbegin();
    int better = 0, seen = 0;
    for (const TrialRecord& other : history.finished())
      if (const auto at = other.intermediate.find(step); at != other.intermediate.end()) {
        ++seen;
        better += at->second < value ? 1 : 0;
      }
    if (seen >= 4 && better * 2 > seen) return {Decision::Action::prune, "worse than half"};
    return {Decision::Action::go_on, ""};
  }
};

Outcome objective(Trial& trial) {
  const double x = trial.suggest_float("x", -1, 1);
  const std::string kind = trial.suggest_categorical("kind", {"a", "b"});
  double y = 0;
  if (kind == "b") y = static_cast<double>(trial.suggest_int("n", 1, 8));
  for (int step = 1; step <= 3; ++step) {
    const Decision decision = trial.report(step, (x * x + 0.01 * y) / step);
    if (decision.prune()) return Outcome::pruned(decision.reason);
    // Uneven durations, so that jobs finish out of order.
    std::this_thread::sleep_for(std::chrono::microseconds(trial.seed() % 1500));
  }
  if (x > 0.9) return Outcome::failed("too far");
  return Outcome::complete(x * x + 0.01 * y);
}

StudyOptions options(const std::string& storage = "", int lag = 1) {
  StudyOptions o;
  o.storage = storage;
  o.name = "s";
  o.sampler = std::make_shared<ViewSampler>();
  o.pruner = std::make_shared<HalfPruner>();
  o.seed = 11;
  o.lag = lag;
  o.log = {};
  return o;
}

OptimizeOptions budget(int trials, int jobs = 1) {
  OptimizeOptions o;
  o.trials = trials;
  o.jobs = jobs;
  return o;
}

// Everything of the trials but their times and keys.
std::string digest(const std::vector<TrialRecord>& trials) {
  std::string text;
  for (const TrialRecord& trial : trials) {
    text += fmt::format("{} {} {}:", trial.number, static_cast<int>(trial.state),
                        trial.value().value_or(-99));
    for (const Parameter& p : trial.params) text += fmt::format(" {}={}", p.name, p.internal);
    for (const auto& [step, value] : trial.intermediate) text += fmt::format(" {}>{}", step, value);
    for (const auto& [key, json] : trial.user_attrs) text += " " + key + json;
    for (const auto& [key, json] : trial.system_attrs) text += " " + key + json;
    text += "\n";
  }
  return text;
}

std::string reference(int trials, int lag) {
  Study study = Study::open(options("", lag));
  study.optimize(objective, budget(trials));
  return digest(study.trials());
}

int count(const std::vector<TrialRecord>& trials, TrialState state) {
  int n = 0;
  for (const TrialRecord& trial : trials) n += trial.state == state ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("ask and tell: values are drawn, kept, told and found as the best") {
  Study study = Study::open(options());
  CHECK_THROWS_AS(study.best(), Error);
  Trial trial = study.ask();
  CHECK(trial.number() == 0);
  CHECK(trial.seed() == mix(11, 0));
  const double x = trial.suggest_float("x", 0, 1);
  CHECK(trial.suggest_float("x", 0, 1) == x);
  CHECK(trial.suggest_float("x", 5, 6) == x);  // the first value stands
  CHECK(trial.suggest_int("only", 4, 4) == 4);
  CHECK(trial.suggest_float("grid", 0, 0.35, {.step = 0.5}) == 0);
  CHECK_THROWS_AS(trial.suggest_int("x", 0, 1), Error);
  trial.set_user_attr("note", "hello");
  CHECK_THROWS_AS(trial.set_user_attr_json("bad", "{"), Error);
  CHECK_FALSE(trial.report(0, 1).prune());
  CHECK(trial.report(0, 2).reason.find("reported before") != std::string::npos);
  CHECK_THROWS_AS(trial.report(-1, 2), Error);
  study.tell(trial, Outcome::complete(2.5));
  CHECK_THROWS_AS(study.tell(trial, Outcome::complete(1)), Error);
  CHECK_THROWS_AS(trial.suggest_float("z", 0, 1), Error);
  Trial second = study.ask();
  study.tell(second, Outcome::complete(-1));
  CHECK(study.best().number == 1);
  const auto trials = study.trials();
  REQUIRE(trials.size() == 2);
  CHECK(trials[0].user_attrs.at("note") == "\"hello\"");
  CHECK(trials[0].intermediate.at(0) == 1);
  CHECK(trials[0].params.size() == 3);
  Study other = Study::open(options());
  Trial third = study.ask();
  CHECK_THROWS_AS(other.tell(third, Outcome::complete(0)), Error);
}

TEST_CASE("ask refuses to wait for a trial of its own thread") {
  Study study = Study::open(options());
  Trial first = study.ask();
  CHECK_THROWS_WITH_AS(study.ask(), doctest::Contains("tell that one first"), Error);
  study.tell(first, Outcome::complete(0));
  Study wide = Study::open(options("", 2));
  Trial a = wide.ask(), b = wide.ask();
  CHECK(b.number() == 1);
  CHECK_THROWS_AS(wide.ask(), Error);
}

TEST_CASE("a parameter may not change its kind within a study") {
  Study study = Study::open(options());
  Trial first = study.ask();
  first.suggest_float("lr", 1e-5, 1, {.log = true});
  first.suggest_categorical("c", {"a", "b"});
  study.tell(first, Outcome::complete(0));
  Trial second = study.ask();
  CHECK_THROWS_WITH_AS(second.suggest_float("lr", 1e-5, 1), doctest::Contains("lr"), Error);
  CHECK_THROWS_AS(second.suggest_categorical("c", {"a", "b", "d"}), Error);
  CHECK_NOTHROW(second.suggest_float("lr", 1e-3, 10, {.log = true}));
}

TEST_CASE("deterministic: 1, 2 and 3 jobs give the same trials") {
  for (const int lag : {2, 3}) {
    const std::string expected = reference(40, lag);
    CHECK(expected.find("prune_reason") != std::string::npos);
    for (int jobs = 2; jobs <= lag; ++jobs) {
      TempFolder folder;
      Study study = Study::open(options(jobs == 2 ? "" : folder.url(), lag));
      study.optimize(objective, budget(40, jobs));
      CHECK(digest(study.trials()) == expected);
    }
  }
}

TEST_CASE("deterministic: three jobs with lag 3 run side by side") {
  Study study = Study::open(options("", 3));
  std::atomic<int> running{0}, most{0};
  study.optimize(
      [&](Trial&) {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --running;
        return Outcome::complete(0);
      },
      budget(12, 3));
  CHECK(most == 3);
}

TEST_CASE("a study that is stopped and continued is the study that never stopped") {
  const std::string expected = reference(40, 2);
  TempFolder folder;
  for (const int total : {0, 7, 8, 8, 23, 40, 40}) {
    Study study = Study::open(options(folder.url(), 2));
    if (total > 0) study.optimize(objective, budget(total, 2));
    CHECK(study.trials().size() == static_cast<std::size_t>(total));
  }
  CHECK(digest(Study::load(folder.url()).trials()) == expected);
}

TEST_CASE("an interrupted trial goes back to the queue and ends as it would have ended") {
  const std::string expected = reference(30, 2);
  for (const std::string& kind : {std::string("memory"), std::string("file")}) {
    TempFolder folder;
    const auto storage = open_storage(kind == "memory" ? kind : folder.url());
    std::atomic<bool> cancelled{false};
    for (int round = 0; round < 200; ++round) {
      Study study = Study::open(options("", 2), storage);
      std::atomic<int> reports{0};
      cancelled = false;
      OptimizeOptions o = budget(30, 2);
      o.cancel = CancelToken(cancelled);
      study.optimize(
          [&](Trial& trial) {
            if (reports++ > 2) cancelled = true;
            if (!cancelled) return objective(trial);
            trial.suggest_float("x", -1, 1);
            trial.report(1, 7);
            return Outcome::interrupted();
          },
          o);
      const auto trials = study.trials();
      CHECK(count(trials, TrialState::running) == 0);
      if (count(trials, TrialState::waiting) == 0 && trials.size() == 30) break;
    }
    CHECK(digest(Study::open(options("", 2), storage).trials()) == expected);
  }
}

TEST_CASE("a trial handle that is dropped goes back to the queue") {
  Study study = Study::open(options());
  double x = 0;
  {
    Trial trial = study.ask();
    x = trial.suggest_float("x", 0, 1);
    CHECK(study.trials()[0].state == TrialState::running);
  }
  CHECK(study.trials()[0].state == TrialState::waiting);
  Trial again = study.ask();
  CHECK(again.number() == 0);
  CHECK(again.suggest_float("x", 0, 1) == x);
  study.tell(again, Outcome::complete(x));
  CHECK_FALSE(study.trials()[0].system_attrs.contains("fixed_params"));
}

TEST_CASE("enqueued values are used first, others are drawn") {
  TempFolder folder;
  for (const std::string& url : {std::string(), folder.url()}) {
    Study study = Study::open(options(url));
    CHECK(study.enqueue({{"x", 0.25}, {"kind", "b"}}, {{"why", "guess"}}) == 0);
    CHECK(study.enqueue({{"x", std::int64_t{9}}}) == 1);  // outside of the range: used as given
    CHECK(study.enqueue({{"kind", "zebra"}}) == 2);
    study.optimize(objective, budget(5));
    const auto trials = study.trials();
    CHECK(trials[0].find("x")->internal == 0.25);
    CHECK(trials[0].find("kind")->internal == 1);
    CHECK(trials[0].find("n") != nullptr);
    CHECK(trials[0].user_attrs.at("why") == "\"guess\"");
    CHECK(trials[1].find("x")->internal == 9);
    CHECK(trials[2].state == TrialState::fail);
    CHECK(trials[2].user_attrs.at("fail_reason").find("zebra") != std::string::npos);
    CHECK(trials.size() == 5);
  }
}

TEST_CASE("bad ends of an objective fail their trial and the study goes on") {
  Study study = Study::open(options());
  study.optimize(
      [](Trial& trial) {
        switch (trial.number()) {
          case 0:
            return Outcome::complete(std::nan(""));
          case 1:
            fail(ErrorKind::usage, "does not fit");
          case 2:
            return Outcome::failed("");
          case 3:
            return Outcome::failed("bad \xff byte");
          case 4:
            trial.report(3, 1.5);
            trial.report(2, 9);
            return Outcome::pruned("slow");
          case 5:
            trial.report(1, std::nan(""));
            return Outcome::pruned("nan");
          default:
            return Outcome::complete(INFINITY);
        }
      },
      budget(7));
  const auto trials = study.trials();
  for (int i = 0; i < 4; ++i) {
    CHECK(trials[static_cast<std::size_t>(i)].state == TrialState::fail);
    CHECK_FALSE(trials[static_cast<std::size_t>(i)].value().has_value());
  }
  CHECK(trials[0].user_attrs.at("fail_reason").find("NaN") != std::string::npos);
  CHECK(trials[1].user_attrs.at("fail_reason") == "\"does not fit\"");
  CHECK(trials[2].user_attrs.at("fail_reason") == "\"\"");
  CHECK(trials[3].system_attrs.contains("fail_reason"));
  CHECK(trials[4].state == TrialState::pruned);
  CHECK(trials[4].value() == 1.5);
  CHECK(trials[4].user_attrs.at("prune_reason") == "\"slow\"");
  CHECK_FALSE(trials[5].value().has_value());
  CHECK(trials[6].value() == INFINITY);
}

TEST_CASE("a foreign exception sends its trial back, ends the study and is rethrown") {
  for (const int jobs : {1, 3}) {
    Study study = Study::open(options("", 3));
    CHECK_THROWS_AS(study.optimize(
                        [](Trial& trial) -> Outcome {
                          if (trial.number() == 4) throw std::logic_error("bug");
                          return Outcome::complete(0);
                        },
                        budget(1000, jobs)),
                    std::logic_error);
    const auto trials = study.trials();
    CHECK(trials[4].state == TrialState::waiting);
    CHECK(trials.size() < 12);
    CHECK(count(trials, TrialState::running) == 0);
  }
}

TEST_CASE("stop, timeout, cancel and callbacks") {
  Study study = Study::open(options());
  std::vector<int> seen;
  OptimizeOptions o = budget(100);
  o.callbacks = {[&](const Study& s, const TrialRecord& record) {
    CHECK(s.name() == "s");
    seen.push_back(record.number);
    if (record.number == 2) study.stop();
  }};
  study.optimize(objective, o);
  CHECK(seen == std::vector<int>{0, 1, 2});
  const auto begin = std::chrono::steady_clock::now();
  OptimizeOptions timed;
  timed.timeout_seconds = 0.05;
  study.optimize(objective, timed);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  const std::size_t before = study.trials().size();
  CHECK(before > 3);
  const std::atomic<bool> cancelled{true};
  OptimizeOptions stopped = budget(1000);
  stopped.cancel = CancelToken(cancelled);
  study.optimize(objective, stopped);
  CHECK(study.trials().size() == before);
  CHECK_THROWS_AS(study.optimize(objective, budget(5, 0)), Error);
  CHECK_THROWS_AS(study.optimize(objective, budget(-1)), Error);
  CHECK_THROWS_AS(study.optimize(
                      [&](Trial&) {
                        try {
                          study.optimize(objective, budget(1000));
                        } catch (const Error& error) {
                          throw std::logic_error(error.what());
                        }
                        return Outcome::complete(0);
                      },
                      budget(1000)),
                  std::logic_error);
}

TEST_CASE("every job gets its own worker number") {
  Study study = Study::open(options("", 3));
  std::atomic<int> used[3] = {};
  study.optimize(
      [&](Trial&, int worker) {
        ++used[worker];
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return Outcome::complete(worker);
      },
      budget(30, 3));
  for (const auto& n : used) CHECK(n > 0);
}

TEST_CASE("a study opened with other settings is refused with a table of the differences") {
  TempFolder folder;
  StudyOptions first = options(folder.url());
  first.settings = {{"data", "fashion"}, {"epochs", "10"}};
  Study::open(first).optimize(objective, budget(2));
  CHECK_NOTHROW(Study::open(first));
  StudyOptions changed = first;
  changed.seed = 12;
  changed.direction = Direction::maximize;
  changed.lag = 4;
  changed.sampler = std::make_shared<RandomSampler>();
  changed.pruner = nullptr;
  changed.settings = {{"data", "digits"}, {"width", "3"}};
  try {
    Study::open(changed);
    FAIL("was opened");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    const std::string text = error.what();
    for (const char* line :
         {"seed: 11 -> 12", "direction: minimize -> maximize", "lag 1 -> deterministic, lag 4",
          "sampler: view {} -> random {}", "pruner: half {} -> none", "data: fashion -> digits",
          "epochs: 10 -> (none)", "width: (none) -> 3", "another name"})
      CHECK_MESSAGE(text.find(line) != std::string::npos, text);
  }
  first.load_if_exists = false;
  CHECK_THROWS_WITH_AS(Study::open(first), doctest::Contains("exists already"), Error);
  first.load_if_exists = true;
  first.settings = {{"seed", "3"}};
  CHECK_THROWS_AS(Study::open(first), Error);
}

TEST_CASE("the lag belongs to the study: fixed at its first optimize, stored, told") {
  TempFolder folder;
  std::vector<std::string> lines;
  StudyOptions o = options(folder.url(), 0);
  o.log = [&](const std::string& line) { lines.push_back(line); };
  Study study = Study::open(o);
  CHECK(study.lag() == 0);
  CHECK_FALSE(study.settings().contains("history"));
  study.optimize(objective, budget(6, 3));
  CHECK(study.lag() == 3);
  CHECK(study.settings().at("history") == "deterministic, lag 3, planned");
  CHECK(lines.front().find("lag 3 from now on") != std::string::npos);
  // Any number of jobs up to it gives the same trials.
  Study again = Study::open(options(folder.url(), 0));
  CHECK(again.lag() == 3);
  again.optimize(objective, budget(10, 1));
  again.optimize(objective, budget(14, 2));
  CHECK(digest(again.trials()) == reference(14, 3));
  try {
    again.optimize(objective, budget(20, 4));
    FAIL("4 jobs were taken");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).find("Use at most 3 jobs") != std::string::npos);
  }
  CHECK(again.trials().size() == 14);
  // The lag is compared, other settings too.
  CHECK_NOTHROW(Study::open(options(folder.url(), 3)));
  CHECK_THROWS_WITH_AS(Study::open(options(folder.url(), 2)),
                       doctest::Contains("lag 3, planned -> deterministic, lag 2"), Error);
  StudyOptions other = options(folder.url(), 0);
  other.seed = 12;
  CHECK_THROWS_WITH_AS(Study::open(other), doctest::Contains("seed: 11 -> 12"), Error);
  other.lag = -1;
  CHECK_THROWS_WITH_AS(Study::open(other), doctest::Contains("it is -1"), Error);
}

TEST_CASE("two handles that begin a study agree on one lag") {
  TempFolder folder;
  Study first = Study::open(options(folder.url(), 0)),
        second = Study::open(options(folder.url(), 0));
  first.optimize(objective, budget(2, 2));
  CHECK_THROWS_WITH_AS(second.optimize(objective, budget(9, 5)), doctest::Contains("lag 2"), Error);
  CHECK(second.lag() == 2);
  second.optimize(objective, budget(9, 2));
  CHECK(digest(second.trials()) == reference(9, 2));
  // A lag that is given while none is stored is stored at once.
  Study open = Study::open(options(folder.url("b.db"), 0));
  CHECK(Study::open(options(folder.url("b.db"), 4)).lag() == 4);
  open.optimize(objective, budget(2, 3));
  CHECK(open.lag() == 4);
}

TEST_CASE("views: finished trials by the lag, pending ones beside them") {
  struct Seen : RandomSampler {
    mutable std::mutex mutex;
    mutable std::map<int, HistoryView> views;
    double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
                const Distribution& distribution) const override {
      const std::lock_guard lock(mutex);
      views.emplace(plan.key.trial_number, plan.view);
      return RandomSampler::next(plan, chosen, name, distribution);
    }
  };
  for (const bool deterministic : {true, false}) {
    const auto sampler = std::make_shared<Seen>();
    StudyOptions o = options("", 3);
    o.deterministic = deterministic;
    o.sampler = sampler;
    Study study = Study::open(o);
    Trial a = study.ask(), b = study.ask();
    a.suggest_float("x", 0, 1);
    a.report(1, 5);
    Trial c = study.ask();
    c.suggest_float("x", 0, 1);
    const HistoryView& view = sampler->views.at(2);
    CHECK(view.size() == 0);
    REQUIRE(view.pending().size() == 2);
    for (int i = 0; i < 2; ++i) {
      const TrialRecord& pending = *view.pending()[static_cast<std::size_t>(i)];
      CHECK(pending.number == i);
      CHECK(pending.state == TrialState::running);
      CHECK(pending.intermediate.empty());
      CHECK(pending.params.size() == (deterministic || i == 1 ? 0u : 1u));
    }
    study.tell(a, Outcome::complete(1));
    study.tell(b, Outcome::complete(1));
    study.tell(c, Outcome::complete(1));
    Trial d = study.ask();
    d.suggest_float("x", 0, 1);
    const HistoryView& later = sampler->views.at(3);
    CHECK(later.size() == (deterministic ? 1u : 3u));
    CHECK(later.pending().size() == (deterministic ? 2u : 0u));
  }
}

TEST_CASE("load, list and remove") {
  TempFolder folder;
  CHECK_THROWS_AS(Study::load(folder.url()), Error);
  CHECK_FALSE(std::filesystem::exists(folder.file()));
  Study::open(options(folder.url())).optimize(objective, budget(3));
  Study reader = Study::load(folder.url());
  CHECK(reader.name() == "s");
  CHECK(reader.seed() == 11);
  CHECK(reader.settings().at("sampler") == "view {}");
  CHECK(reader.trials().size() == 3);
  CHECK_THROWS_WITH_AS(reader.ask(), doctest::Contains("for reading: unknown sampler"), Error);
  reader.set_user_attr("note", 1.5);
  CHECK(Study::load(folder.url(), "s").attributes().at("note") == "1.5");
  CHECK_THROWS_AS(Study::load(folder.url(), "other"), Error);
  StudyOptions second = options(folder.url());
  second.name = "t";
  Study::open(second);
  CHECK_THROWS_WITH_AS(Study::load(folder.url()), doctest::Contains("say which"), Error);
  CHECK(Study::list(folder.url()).size() == 2);
  Study::remove(folder.url(), "s");
  CHECK_THROWS_AS(Study::remove(folder.url(), "s"), Error);
  CHECK(Study::load(folder.url()).name() == "t");
  CHECK_THROWS_AS(Study::open(options("mysql://x")), Error);
  CHECK_THROWS_AS(Study::open(options("sqlite:///")), Error);
}

TEST_CASE("a fixed trial replays an objective without a study") {
  Trial trial = Trial::fixed({{"x", 0.5}, {"kind", "b"}, {"n", std::int64_t{3}}}, 4, 11);
  CHECK(objective(trial).values.front() == doctest::Approx(0.28));
  CHECK(trial.seed() == mix(11, 4));
  CHECK(trial.record().intermediate.size() == 3);
  Trial partial = Trial::fixed({{"x", 0.5}});
  CHECK_THROWS_WITH_AS(objective(partial), doctest::Contains("kind"), Error);
}

TEST_CASE(
    "as finished: several jobs share the work, and what a trial saw is kept for its second run") {
  TempFolder folder;
  StudyOptions o = options(folder.url());
  o.deterministic = false;
  Study study = Study::open(o);
  study.optimize(objective, budget(20, 3));
  CHECK(study.trials().size() == 20);
  std::vector<double> values;
  int number = 0;
  {
    Trial held = study.ask();
    number = held.number();
    values.push_back(held.suggest_float("x", -1, 1));
    Trial other = study.ask();
    objective(other);
    study.tell(other, Outcome::complete(0));
    values.push_back(held.suggest_float("later", -1, 1));
  }
  Trial again = study.ask();
  CHECK(again.number() == number);
  CHECK(again.suggest_float("x", -1, 1) == values[0]);
  CHECK(again.suggest_float("later", -1, 1) == values[1]);
}
