// The contract of a storage, run over every implementation.
#include "tune/storage/storage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <thread>

#include "tests/tune/postgres_server.h"
#include "tests/tune/temp_folder.h"

using namespace hone;
using namespace hone::tune;

namespace {

const Parameter kLr{"lr", FloatDistribution{1e-5, 1, true}, 0.1};
const Parameter kOpt{"opt", CategoricalDistribution{{std::string("adam"), std::string("sgd")}}, 1};

// Runs `body` with a storage of each kind.
void on_each(const std::function<void(Storage&)>& body) {
  TempFolder folder;
  std::vector<std::string> urls = {"memory", folder.url()};
  if (const auto server = PostgresServer::get()) urls.push_back(server->new_database());
  for (const std::string& url : urls) {
    CAPTURE(url);
    body(*open_storage(url));
  }
}

StudyKey new_study(Storage& storage, const std::string& name = "s") {
  return storage.find_or_create_study(name, {Direction::minimize}, {{"seed", "1"}}).first.key;
}

Started start(Storage& storage, const StudyKey& study, int lag = 0, int limit = 0) {
  return storage.start({study, lag, limit, "0-3"});
}

void finish(Storage& storage, const Started& started, TrialState state,
            std::optional<double> value) {
  TrialChange change;
  change.final_state = state;
  if (value) change.values = {*value};
  storage.write(started.trial.id, started.token, change);
}

}  // namespace

TEST_CASE("storage: a study is made once and found again with its settings and attributes") {
  on_each([](Storage& storage) {
    CHECK_FALSE(storage.find_study("s").has_value());
    const auto [info, made] =
        storage.find_or_create_study("s", {Direction::maximize}, {{"a", "1"}, {"b", "\"x\"\n"}});
    CHECK(made);
    storage.set_study_attr(info.key, false, "k", "1");
    storage.set_study_attr(info.key, false, "k", "[NaN]");
    storage.set_study_attr(info.key, true, "k", "\"system\"");
    const auto [again, made_again] = storage.find_or_create_study("s", {Direction::minimize}, {});
    CHECK_FALSE(made_again);
    CHECK(again.key.id == info.key.id);
    CHECK(again.directions == std::vector{Direction::maximize});
    CHECK(again.settings == std::map<std::string, std::string>{{"a", "1"}, {"b", "\"x\"\n"}});
    CHECK(again.user_attrs == Attributes{{"k", "[NaN]"}});
    CHECK(again.system_attrs == Attributes{{"k", "\"system\""}});
  });
}

TEST_CASE("storage: settings that are missing are added, stored ones stay") {
  on_each([](Storage& storage) {
    const StudyKey study = new_study(storage);
    CHECK(storage.adopt_study(study, {{"seed", "2"}, {"history", "lag 4"}}).token == study.token);
    CHECK(storage.find_study("s")->settings ==
          std::map<std::string, std::string>{{"seed", "1"}, {"history", "lag 4"}});
  });
}

TEST_CASE("storage: a trial keeps everything that was written to it") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const Started started = start(storage, study);
    REQUIRE(started.kind == Started::Kind::started);
    CHECK(started.trial.number == 0);
    CHECK(started.trial.start_time > 0);
    const double inf = std::numeric_limits<double>::infinity();
    TrialChange change;
    change.params = {kOpt, kLr};
    change.reports = {{1, 0.5}, {2, std::nan("")}, {3, inf}, {7, -inf}};
    change.user_attrs = {{"u", "{\"x\": 1}"}};
    change.system_attrs = {{"s", "null"}};
    storage.write(started.trial.id, started.token, change);
    finish(storage, started, TrialState::complete, -inf);
    const auto records = storage.read_trials(study);
    REQUIRE(records.size() == 1);
    const TrialRecord& record = records[0];
    CHECK(record.state == TrialState::complete);
    CHECK(record.value() == -inf);
    REQUIRE(record.params.size() == 2);
    CHECK(record.params[0].name == "opt");
    CHECK(record.params[0].value() == Value(std::string("sgd")));
    CHECK(record.params[1].internal == 0.1);
    CHECK(record.params[1].distribution == kLr.distribution);
    CHECK(record.intermediate.size() == 4);
    CHECK(record.intermediate.at(1) == 0.5);
    CHECK(std::isnan(record.intermediate.at(2)));
    CHECK(record.intermediate.at(3) == inf);
    CHECK(record.intermediate.at(7) == -inf);
    CHECK(record.user_attrs == Attributes{{"u", "{\"x\": 1}"}});
    CHECK(record.system_attrs == Attributes{{"s", "null"}});
    CHECK(record.end_time >= record.start_time);
  });
}

TEST_CASE("storage: a finished trial cannot be changed, and a wrong token changes nothing") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const Started a = start(storage, study), b = start(storage, study);
    CHECK(a.token != b.token);
    TrialChange change;
    change.params = {kLr};
    CHECK_THROWS_AS(storage.write(a.trial.id, b.token, change), FencedError);
    CHECK_THROWS_AS(storage.write(a.trial.id, "", change), FencedError);
    CHECK_THROWS_AS(storage.write(999, a.token, change), FencedError);
    CHECK_THROWS_AS(storage.release(a.trial.id, b.token), FencedError);
    CHECK(storage.read_trials(study)[0].params.empty());
    finish(storage, a, TrialState::fail, std::nullopt);
    CHECK_THROWS_AS(finish(storage, a, TrialState::complete, 1), FencedError);
    CHECK_THROWS_AS(storage.release(a.trial.id, a.token), FencedError);
    CHECK(storage.read_trials(study)[0].state == TrialState::fail);
  });
}

TEST_CASE("storage: waiting trials are taken first, the lowest number first") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const Started first = start(storage, study);
    CHECK(storage.enqueue(study, {{"u", "1"}}, {{"fixed_params", "{\"lr\": 0.5}"}}) == 1);
    CHECK(storage.enqueue(study, {}, {}) == 2);
    storage.release(first.trial.id, first.token);
    const Started again = start(storage, study);
    CHECK(again.trial.number == 0);
    CHECK(again.rerun);
    const Started one = start(storage, study);
    CHECK(one.trial.number == 1);
    CHECK(one.fixed_params == "{\"lr\": 0.5}");
    CHECK_FALSE(one.rerun);
    CHECK(one.trial.user_attrs == Attributes{{"u", "1"}});
    CHECK(start(storage, study).trial.number == 2);
    CHECK(start(storage, study).trial.number == 3);
  });
}

TEST_CASE(
    "storage: a released trial keeps its values, loses its reports, and its old token is void") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    storage.enqueue(study, {}, {{"fixed_params", "{\"lr\": 0.1, \"extra\": \"x\"}"}});
    const Started started = start(storage, study);
    CHECK(started.seen == "0-3");
    TrialChange change;
    change.params = {kLr, kOpt};
    change.reports = {{0, 1.0}};
    change.notes = {{0, false, "why", "0-1"}};
    storage.write(started.trial.id, started.token, change);
    storage.release(started.trial.id, started.token);
    TrialRecord record = storage.read_trials(study)[0];
    CHECK(record.state == TrialState::waiting);
    CHECK(record.params.empty());
    CHECK(record.intermediate.empty());
    CHECK(record.start_time == 0);
    CHECK(record.system_attrs.at("fixed_params") == R"({"lr": 0.1, "opt": "sgd", "extra": "x"})");
    const Started again = storage.start({study, 0, 0, "other"});
    CHECK(again.fixed_params == R"({"lr": 0.1, "opt": "sgd", "extra": "x"})");
    CHECK(again.seen == "0-3");
    CHECK(again.report_seen == std::map<int, std::string>{{0, "0-1"}});
    CHECK(again.trial.system_attrs.at("fixed_params") == R"({"lr": 0.1, "extra": "x"})");
    // Sent back before it has asked for anything: nothing is lost.
    storage.release(again.trial.id, again.token);
    const Started third = storage.start({study, 0, 0, "other"});
    CHECK(third.fixed_params == again.fixed_params);
    CHECK(third.trial.system_attrs == again.trial.system_attrs);
    CHECK_THROWS_AS(finish(storage, started, TrialState::complete, 1), FencedError);
    finish(storage, third, TrialState::complete, 2);
    CHECK(storage.read_trials(study)[0].value() == 2);
  });
}

TEST_CASE("storage: a released trial counts as waiting and holds back nothing") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const Started zero = start(storage, study, 2);
    finish(storage, start(storage, study, 2), TrialState::complete, 1);
    storage.release(zero.trial.id, zero.token);
    StudySummary summary = storage.list_studies().at(0);
    CHECK(summary.waiting == 1);
    CHECK(summary.running == 0);
    CHECK(start(storage, study, 2, 1).kind == Started::Kind::full);
    const Started again = start(storage, study, 2, 2);
    CHECK(again.trial.number == 0);
    CHECK(again.trial.start_time > 0);
    CHECK(start(storage, study, 2).blocker == 0);
    summary = storage.list_studies().at(0);
    CHECK(summary.waiting == 0);
    CHECK(summary.running == 1);
    storage.release(again.trial.id, again.token);
    CHECK_THROWS_AS(storage.release(again.trial.id, again.token), FencedError);
    CHECK(start(storage, study, 2).rerun);
  });
}

TEST_CASE("storage: deterministic mode and the limit hold back a start") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const Started zero = start(storage, study, 2);
    const Started one = start(storage, study, 2);
    const Started two = start(storage, study, 2);
    CHECK(one.kind == Started::Kind::started);
    CHECK(two.kind == Started::Kind::wait);
    CHECK(two.blocker == 0);
    finish(storage, one, TrialState::complete, 1);
    CHECK(start(storage, study, 2).kind == Started::Kind::wait);
    CHECK(start(storage, study, 2, 2).kind == Started::Kind::full);
    finish(storage, zero, TrialState::pruned, std::nullopt);
    CHECK(start(storage, study, 2, 2).kind == Started::Kind::full);
    CHECK(start(storage, study, 2, 3).kind == Started::Kind::started);
    CHECK(start(storage, study, 2, 3).kind == Started::Kind::full);
  });
}

TEST_CASE("storage: studies are listed with their counts and best values, and removed alone") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    const auto other = new_study(storage, "other");
    for (const double value : {3.0, 1.0, 2.0})
      finish(storage, start(storage, study), TrialState::complete, value);
    finish(storage, start(storage, study), TrialState::pruned, 0.5);
    finish(storage, start(storage, study), TrialState::fail, std::nullopt);
    start(storage, study);
    storage.enqueue(study, {}, {});
    finish(storage, start(storage, other), TrialState::complete, 9);
    auto list = storage.list_studies();
    REQUIRE(list.size() == 2);
    CHECK(list[0].name == "s");
    CHECK(list[0].trials == 7);
    CHECK(list[0].complete == 3);
    CHECK(list[0].pruned == 1);
    CHECK(list[0].failed == 1);
    CHECK(list[0].running == 1);
    CHECK(list[0].waiting == 1);
    CHECK(list[0].best == 1);
    CHECK(storage.remove_study("s"));
    CHECK_FALSE(storage.remove_study("s"));
    list = storage.list_studies();
    REQUIRE(list.size() == 1);
    CHECK(list[0].best == 9);
    CHECK(storage.read_trials(other).size() == 1);
    CHECK_THROWS_AS(start(storage, study), Error);
    CHECK(start(storage, new_study(storage)).trial.number == 0);
  });
}

TEST_CASE("storage: names and texts are data, whatever they hold") {
  on_each([](Storage& storage) {
    for (const std::string& name :
         {std::string("'; DROP TABLE trials; --"), std::string("\"x\" OR 1=1"),
          std::string("%s%n_%"), std::string("\x1b[31m\n"), std::string(512, 'n'),
          std::string("\xe6\x97\xa5\xe6\x9c\xac")}) {
      const auto study = new_study(storage, name);
      const Started started = start(storage, study);
      TrialChange change;
      change.params = {{name, CategoricalDistribution{{name, std::string("b")}}, 0}};
      change.user_attrs = {{name, "\"v\""}};
      storage.write(started.trial.id, started.token, change);
      const auto records = storage.read_trials(study);
      REQUIRE(records.size() == 1);
      CHECK(records[0].params.at(0).name == name);
      CHECK(records[0].params.at(0).value() == Value(name));
      CHECK(records[0].user_attrs.at(name) == "\"v\"");
      CHECK(storage.find_study(name)->key.id == study.id);
    }
    CHECK(storage.list_studies().size() == 6);
  });
}

TEST_CASE("storage: threads get distinct numbers and lose nothing") {
  on_each([](Storage& storage) {
    const auto study = new_study(storage);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&storage, &study] {
        for (int i = 0; i < 25; ++i) {
          const Started started = start(storage, study);
          finish(storage, started, TrialState::complete, started.trial.number);
        }
      });
    for (std::thread& thread : threads) thread.join();
    const auto records = storage.read_trials(study);
    std::set<int> numbers;
    for (const TrialRecord& record : records) {
      numbers.insert(record.number);
      CHECK(record.value() == record.number);
    }
    CHECK(records.size() == 100);
    CHECK(numbers.size() == 100);
    CHECK(*numbers.rbegin() == 99);
  });
}

TEST_CASE("storage: workers of a study that was removed and made anew get nothing of the new one") {
  on_each([](Storage& storage) {
    const StudyKey old = new_study(storage);
    const Started held = start(storage, old);
    CHECK(storage.remove_study("s"));
    const StudyKey anew = new_study(storage);
    CHECK(anew.token.size() == 32);
    CHECK(anew.token != old.token);
    const StudyKey mixed{anew.id, old.token};  // the row that a database uses again
    for (const StudyKey& key : {old, mixed}) {
      ReadCursor cursor;
      CHECK_THROWS_AS(start(storage, key), StoreError);
      CHECK_THROWS_AS(storage.enqueue(key, {}, {}), StoreError);
      CHECK_THROWS_AS(storage.read_trials(key), StoreError);
      CHECK_THROWS_AS(storage.read_finished(key, cursor), StoreError);
      CHECK_THROWS_AS(storage.set_study_attr(key, false, "k", "1"), StoreError);
      CHECK_THROWS_AS(storage.adopt_study(key, {}), StoreError);
    }
    const Started fresh = start(storage, anew);
    CHECK(fresh.trial.number == 0);
    CHECK_THROWS_AS(finish(storage, held, TrialState::complete, 1), FencedError);
    CHECK_THROWS_AS(storage.release(held.trial.id, held.token), FencedError);
    finish(storage, fresh, TrialState::complete, 2);
    CHECK(storage.read_trials(anew).size() == 1);
    CHECK(storage.find_study("s")->user_attrs.empty());
  });
}

TEST_CASE("storage: faults that sent a trial back are counted with it, interruptions are not") {
  on_each([](Storage& storage) {
    const StudyKey study = new_study(storage);
    int faults = 0;
    for (const ReleaseReason reason :
         {ReleaseReason::fault, ReleaseReason::interrupted, ReleaseReason::fault}) {
      const Started started = start(storage, study);
      CHECK(started.trial.number == 0);
      CHECK(started.faults == faults);
      if (reason == ReleaseReason::fault) ++faults;
      CHECK(storage.release(started.trial.id, started.token, reason) == faults);
    }
    CHECK(start(storage, study).faults == 2);
    CHECK(start(storage, study).faults == 0);
  });
}

TEST_CASE("storage: a reader gets every finished trial once, whenever it ends") {
  on_each([](Storage& storage) {
    const StudyKey study = new_study(storage);
    ReadCursor cursor;
    const auto numbers = [&] {
      std::vector<int> list;
      for (const TrialRecord& record : storage.read_finished(study, cursor)) {
        CHECK(is_finished(record.state));
        list.push_back(record.number);
      }
      return list;
    };
    CHECK(numbers().empty());
    std::vector<Started> held;
    for (int i = 0; i < 30; ++i) held.push_back(start(storage, study));
    storage.enqueue(study, {}, {});
    finish(storage, held[3], TrialState::complete, 3);
    finish(storage, held[29], TrialState::fail, std::nullopt);
    CHECK(numbers() == std::vector<int>{3, 29});
    CHECK(numbers().empty());
    CHECK(cursor.open.size() == 29);
    finish(storage, held[0], TrialState::complete, 0);
    finish(storage, start(storage, study), TrialState::complete, 30);
    CHECK(numbers() == std::vector<int>{0, 30});
    for (int i = 1; i < 29; ++i)
      if (i != 3) finish(storage, held[static_cast<std::size_t>(i)], TrialState::pruned, 1);
    CHECK(numbers().size() == 27);
    CHECK(cursor.open.empty());
    // The choice of the next trial keeps count in the same way.
    CHECK(start(storage, study, 0, 31).kind == Started::Kind::full);
    CHECK(start(storage, study, 0, 32).trial.number == 31);
  });
}
