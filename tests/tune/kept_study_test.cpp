// A study that an earlier version began goes on with the trials that it would have made.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/test_paths.h"
#include "tests/tune/temp_folder.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/samplers/tpe_sampler.h"
#include "tune/study.h"

using namespace hone::tune;

namespace {

// These two as they were when the files were made: see tests/goldens/README.md.
Outcome objective(Trial& trial) {
  const double x = trial.suggest_float("x", -5, 5);
  const double lr = trial.suggest_float("lr", 1e-5, 1e-1, {.log = true});
  const std::int64_t n = trial.suggest_int("n", 1, 8);
  const double q = trial.suggest_float("q", 0, 0.35, {.step = 0.05});
  const std::string kind = trial.suggest_categorical("kind", {"a", "b", "c"});
  const double y = x * x + std::pow(std::log10(lr) + 3, 2) + 0.1 * static_cast<double>(n) + q +
                   (kind == "b" ? 0.5 : 0);
  for (int step = 0; step < 4; ++step) {
    const Decision decision = trial.report(step, y * (1 + 0.5 / (1 + step)));
    if (decision.prune()) return Outcome::pruned(decision.reason);
  }
  if (x > 4.5) return Outcome::failed("too far");
  return Outcome::complete(y);
}

StudyOptions options(const std::string& url, int lag) {
  StudyOptions o;
  o.storage = url;
  o.name = "kept";
  o.seed = 2026;
  o.lag = lag;
  o.sampler = std::make_shared<TpeSampler>();
  o.pruner = std::make_shared<MedianPruner>(MedianOptions{.warmup_steps = 1});
  o.settings = {{"data", "made up"}};
  o.log = {};
  return o;
}

std::string path_of(int lag, const char* ending) {
  return hone::test::goldens_dir() + "/studies/kept_lag" + std::to_string(lag) + ending;
}

std::string restore(const TempFolder& folder, int lag) {
  std::ifstream file(path_of(lag, ".sql"));
  REQUIRE(file.good());
  const std::string sql((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  return folder.url();
}

void check_equal(const std::vector<TrialRecord>& trials, int lag) {
  std::ifstream file(path_of(lag, ".txt"));
  REQUIRE(file.good());
  std::size_t i = 0;
  for (std::string line; std::getline(file, line); ++i) {
    CAPTURE(line);
    REQUIRE(i < trials.size());
    std::istringstream words(line);
    int number = 0, state = 0;
    double value = 0;
    words >> number >> state >> value;
    CHECK(trials[i].number == number);
    CHECK(static_cast<int>(trials[i].state) == state);
    CHECK(trials[i].value().value_or(-99) == doctest::Approx(value).epsilon(1e-9));
    std::size_t count = 0;
    for (std::string word; words >> word; ++count) {
      const std::size_t sign = word.find('=');
      const Parameter* parameter = trials[i].find(word.substr(0, sign));
      REQUIRE(parameter != nullptr);
      CHECK(parameter->internal == doctest::Approx(std::stod(word.substr(sign + 1))).epsilon(1e-9));
    }
    CHECK(trials[i].params.size() == count);
  }
  CHECK(trials.size() == i);
}

}  // namespace

TEST_CASE("a deterministic study of version 0.1.0 goes on with the same suggestions") {
  for (const int lag : {1, 3}) {
    const TempFolder folder;
    Study study = Study::open(options(restore(folder, lag), lag));
    study.optimize(Objective(objective), {.trials = 60, .jobs = lag});
    check_equal(study.trials(), lag);
  }
}
