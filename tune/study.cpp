// Opening studies, comparing their settings, and the loop of optimize().
#include "tune/study.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <exception>
#include <new>
#include <string_view>

#include "base/numbers.h"
#include "base/threads.h"
#include "tune/export.h"
#include "tune/json_text.h"
#include "tune/samplers/make_sampler.h"
#include "tune/storage/rules.h"
#include "tune/study_core.h"

namespace hone::tune {
namespace {

using Settings = std::map<std::string, std::string>;

constexpr std::string_view kLagPrefix = "deterministic, lag ";

const char* direction_name(Direction direction) {
  return direction == Direction::minimize ? "minimize" : "maximize";
}

// Everything that decides what the trials of a study are.
Settings all_settings(const StudyOptions& options) {
  Settings all = {
      {"direction", direction_name(options.direction)},
      {"seed", fmt::format("{}", options.seed)},
      {"history",
       options.deterministic ? fmt::format("{}{}", kLagPrefix, options.lag) : "as finished"},
      {"sampler", options.sampler->name() + " " + options.sampler->options_json()},
      {"pruner",
       options.pruner ? options.pruner->name() + " " + options.pruner->options_json() : "none"}};
  for (const auto& [key, value] : options.settings) {
    check_name("the name of a setting", key);
    check(all.emplace(key, value).second, "setting {}: the name is taken by the study itself",
          printable(key));
  }
  return all;
}

// The lag that a study was made with; 1 when it has none, or none that can be read (the comparison
// of the settings then refuses the study).
int stored_lag(const StudyInfo& info) {
  const std::string text = info.settings && info.settings->contains("history")
                               ? info.settings->at("history")
                               : std::string();
  if (!text.starts_with(kLagPrefix)) return 1;
  int lag = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + kLagPrefix.size(), end, lag);
  return error == std::errc() && rest == end && lag >= 1 ? lag : 1;
}

void check_one_objective(const StudyInfo& info, const Storage& storage) {
  check(info.directions.size() == 1, "{}: study {}: has {} objectives, hone handles one",
        printable(storage.description()), printable(info.name), info.directions.size());
}

std::string value_or_none(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? "(none)" : printable(found->second);
}

void compare_settings(const StudyInfo& info, const Settings& stored, const Settings& asked,
                      const std::string& where) {
  Settings keys = stored;
  keys.insert(asked.begin(), asked.end());
  std::string table;
  for (const auto& [key, value] : keys) {
    const std::string before = value_or_none(stored, key), now = value_or_none(asked, key);
    if (before != now) table += fmt::format("\n  {}: {} -> {}", printable(key), before, now);
  }
  if (table.empty()) return;
  fail(ErrorKind::usage,
       "study {} in {} was made with other settings (stored -> asked):{}\nUse the stored settings, "
       "give the study "
       "another name, or remove it to start anew.",
       printable(info.name), printable(where), table);
}

// One run of optimize(): workers, limits, the first error.
class Run {
 public:
  Run(StudyCore& core, const WorkerObjective& objective, const OptimizeOptions& options)
      : core_(core), objective_(objective), options_(options) {}

  void run() {
    run_on_threads(options_.jobs, [this](int worker) { work(worker); });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool over() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
    return failed_ || core_.stop_requested || options_.cancel.cancelled() ||
           (options_.timeout_seconds > 0 && spent.count() >= options_.timeout_seconds);
  }

  void work(int worker) {
    try {
      while (std::optional<Trial> trial = core_.start(
                 options_.trials, [this] { return over(); }, false))
        run_trial(*trial, worker);
    } catch (...) {
      keep_error(std::current_exception());
    }
  }

  void run_trial(Trial& trial, int worker) {
    Outcome outcome;
    try {
      outcome = objective_(trial, worker);
    } catch (const FencedError& error) {
      outcome = Outcome::failed(error.what());  // tell() finds the same and drops the result
    } catch (const Error& error) {
      outcome = error.kind() == ErrorKind::interrupted ? Outcome::interrupted()
                                                       : Outcome::failed(error.what());
    } catch (const std::bad_alloc&) {
      outcome = Outcome::failed("out of memory");
    } catch (const std::exception& error) {
      keep_error(std::current_exception());
      outcome = Outcome::failed(error.what());
    } catch (...) {
      keep_error(std::current_exception());
      outcome = Outcome::failed("an exception of unknown type");
    }
    if (outcome.kind == Outcome::Kind::interrupted) core_.stop_requested = true;
    try {
      const auto record = core_.tell(trial, outcome);
      if (record) call_back(*record);
    } catch (const FencedError&) {
      // Another worker owns the trial by now; there is nothing to store, and the study goes on.
    }
  }

  void call_back(const TrialRecord& record) {
    const std::lock_guard lock(callback_mutex_);
    const Study study = core_.handle();
    for (const auto& callback : options_.callbacks) callback(study, record);
  }

  void keep_error(std::exception_ptr error) {
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }

  StudyCore& core_;
  const WorkerObjective& objective_;
  const OptimizeOptions& options_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<bool> failed_{false};
  std::mutex callback_mutex_, error_mutex_;
  std::exception_ptr error_;
};

std::string only_study(Storage& storage) {
  const std::vector<StudySummary> list = storage.list_studies();
  std::string names;
  for (const StudySummary& summary : list)
    names += (names.empty() ? "" : ", ") + printable(summary.name);
  check(list.size() == 1, "{}: has {} studies ({}); say which one",
        printable(storage.description()), list.size(), names);
  return list[0].name;
}

[[noreturn]] void no_such_study(const Storage& storage, const std::string& name) {
  fail(ErrorKind::usage, "{}: has no study named {}", printable(storage.description()),
       printable(name));
}

}  // namespace

Study Study::open(StudyOptions options) {
  auto storage = open_storage(options.storage, {.durable = options.durable});
  return open(std::move(options), std::move(storage));
}

Study Study::open(StudyOptions options, std::shared_ptr<Storage> storage) {
  check(options.lag >= 0, "study: lag must be >= 1, or 0 for the stored one, it is {}",
        options.lag);
  if (options.name.empty()) options.name = "no-name-" + new_token();
  check_name("the name of a study", options.name);
  if (!options.sampler) options.sampler = make_default_sampler();
  const bool take_lag = options.lag == 0;
  if (take_lag) options.lag = 1;
  Settings asked = all_settings(options);
  auto [info, made] = storage->find_or_create_study(options.name, {options.direction}, asked);
  check_one_objective(info, *storage);
  if (take_lag && !made) {
    options.lag = stored_lag(info);
    asked = all_settings(options);
  }
  if (!made) {
    check(options.load_if_exists, "study {}: exists already in {}", printable(options.name),
          printable(storage->description()));
    compare_settings(
        info,
        info.settings ? *info.settings
                      : Settings{{"direction", direction_name(info.directions.front())}},
        info.settings ? asked : Settings{{"direction", direction_name(options.direction)}},
        storage->description());
    if (!info.settings) info.key = storage->adopt_study(info.key, asked);
    storage->recover_orphans(info.key);
  }
  StudyInfo known = info;
  known.settings = asked;
  auto core =
      std::make_shared<StudyCore>(std::move(options), std::move(storage), std::move(known), true);
  core->refresh();
  return Study(std::move(core));
}

Study Study::load(const std::string& url, const std::string& name) {
  auto storage = open_storage(url, {.create = false, .may_read_only = true});
  const std::string chosen = name.empty() ? only_study(*storage) : name;
  const auto info = storage->find_study(chosen);
  if (!info) no_such_study(*storage, chosen);
  check_one_objective(*info, *storage);
  StudyOptions options;
  options.storage = url;
  options.name = chosen;
  options.direction = info->directions.front();
  if (info->settings && info->settings->contains("seed"))
    options.seed = parse_uint(info->settings->at("seed")).value_or(0);
  auto core = std::make_shared<StudyCore>(std::move(options), std::move(storage), *info, false);
  core->refresh();
  return Study(std::move(core));
}

void Study::remove(const std::string& url, const std::string& name) {
  const auto storage = open_storage(url, {.create = false});
  if (!storage->remove_study(name)) no_such_study(*storage, name);
}

std::vector<StudySummary> Study::list(const std::string& url) {
  return open_storage(url, {.create = false, .may_read_only = true})->list_studies();
}

Trial Study::ask() {
  std::optional<Trial> trial = core_->start(
      0, [] { return false; }, true);
  if (!trial) fail(ErrorKind::internal, "ask: no trial was started");
  return std::move(*trial);
}

void Study::tell(Trial& trial, const Outcome& outcome) { core_->tell(trial, outcome); }

void Study::optimize(const Objective& objective, const OptimizeOptions& options) {
  optimize(WorkerObjective([&objective](Trial& trial, int) { return objective(trial); }), options);
}

void Study::optimize(const WorkerObjective& objective, const OptimizeOptions& options) {
  check(options.trials >= 0, "optimize: trials must be >= 0, it is {}", options.trials);
  check(options.jobs >= 1 && options.jobs <= 1024, "optimize: jobs must be 1 to 1024, it is {}",
        options.jobs);
  check(options.timeout_seconds >= 0, "optimize: the timeout must be >= 0, it is {}",
        options.timeout_seconds);
  check(!core_->optimizing.exchange(true),
        "optimize: is running already in this study; use more jobs instead");
  struct Reset {
    std::atomic<bool>& flag;
    ~Reset() { flag = false; }
  } reset{core_->optimizing};
  core_->stop_requested = false;
  Run(*core_, objective, options).run();
}

void Study::stop() { core_->stop_requested = true; }

int Study::enqueue(const std::vector<std::pair<std::string, Value>>& params,
                   const std::map<std::string, Value>& user_attrs) {
  std::string list;
  for (const auto& [key, value] : params) {
    check_name("the name of a parameter", key);
    list += (list.empty() ? "" : ", ") + json_quoted(key) + ": " + to_json(value);
  }
  Attributes user;
  for (const auto& [key, value] : user_attrs) {
    check_name("the key of an attribute", key);
    user[key] = to_json(value);
  }
  return core_->storage->enqueue(core_->info().key, user, {{"fixed_params", "{" + list + "}"}});
}

const std::string& Study::name() const { return core_->options.name; }
Direction Study::direction() const { return core_->options.direction; }
std::uint64_t Study::seed() const { return core_->options.seed; }
Settings Study::settings() const { return core_->info().settings.value_or(Settings{}); }

TrialRecord Study::best() const {
  const std::optional<TrialRecord> best = core_->best();
  check(best.has_value(), "study {}: no trial is complete yet", printable(name()));
  return *best;
}

std::vector<TrialRecord> Study::trials() const { return core_->all_trials(); }
void Study::set_user_attr(const std::string& key, const Value& value) {
  set_user_attr_json(key, to_json(value));
}
void Study::set_user_attr_json(const std::string& key, const std::string& json) {
  core_->set_attr(false, key, json);
}
void Study::set_system_attr_json(const std::string& key, const std::string& json) {
  core_->set_attr(true, key, json);
}
Attributes Study::attributes() const { return core_->info().user_attrs; }
Attributes Study::system_attributes() const { return core_->info().system_attrs; }
std::string Study::trials_csv() const { return export_csv(trials()); }
std::string Study::trials_json() const {
  return export_json(name(), core_->info().directions, trials());
}

}  // namespace hone::tune
