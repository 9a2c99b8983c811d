// Opening studies, and the calls that the core answers.
#include "tune/study.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/json.h"
#include "base/numbers.h"
#include "tune/add_study.h"
#include "tune/export.h"
#include "tune/json_text.h"
#include "tune/optimize_loop.h"
#include "tune/pareto.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/storage/rules.h"
#include "tune/study_core.h"
#include "tune/study_settings.h"

namespace hone::tune {
namespace {

void check_objectives(const StudyOptions& options) {
  const std::size_t count = options.directions.size();
  check(options.reported_objective >= 0 &&
            static_cast<std::size_t>(options.reported_objective) < count,
        "study: the reported objective is {}, the study has {} (counted from 0)",
        options.reported_objective, count);
  if (count > 1 && !options.sampler->several_objectives())
    fail(ErrorKind::usage,
         "study: the sampler {} is for one objective, the study has {}; samplers for several: {}",
         options.sampler->name(), count, samplers_for_several());
}

// Settings that the storage has not yet.
bool adds_to(const StudySettings& asked, const StudyInfo& info) {
  if (!info.settings) return true;
  return std::any_of(asked.begin(), asked.end(),
                     [&](const auto& setting) { return !info.settings->contains(setting.first); });
}

// Makes the sampler and the pruner that a study was made with. Returns why that is not possible;
// then the study can be read and not go on.
std::string take_settings(const std::optional<StudySettings>& settings, StudyOptions& options) {
  if (!settings) return "Python made it, and nobody has said with which sampler it goes on";
  const auto text = [&](const char* key) {
    const auto found = settings->find(key);
    return found == settings->end() ? std::string() : found->second;
  };
  options.seed = parse_uint(text("seed")).value_or(0);
  options.reported_objective = reported_objective(*settings);
  try {
    options.deterministic = stored_lag(*settings).has_value();
    options.sampler = make_from_spec(sampler_kinds(), "sampler", text("sampler"));
    options.pruner = make_from_spec(pruner_kinds(), "pruner", text("pruner"));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

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

constexpr const char* kNoObjective = "optimize: the objective is empty";
constexpr const char* kMetricNames = "study:metric_names";  // Optuna's

// As stored, where the study exists and its sampler is one of the list; else the default one.
std::shared_ptr<const Sampler> sampler_of(Storage& storage, const std::string& study) {
  const auto info = storage.find_study(study);
  if (info && info->settings) {
    const auto stored = info->settings->find("sampler");
    if (stored != info->settings->end()) {
      try {
        return make_from_spec(sampler_kinds(), "sampler", stored->second);
      } catch (const Error&) {
        // One of the caller's own: comparing the settings will name both.
      }
    }
  }
  return make_default_sampler();
}

}  // namespace

void log_to_stderr(const std::string& line) {
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Study Study::open(StudyOptions options) {
  auto storage = open_storage(options.storage, {.durable = options.durable});
  return open(std::move(options), std::move(storage));
}

Study Study::open(StudyOptions options, std::shared_ptr<Storage> storage) {
  check(options.lag >= 0, "study: lag must be >= 1, or 0 for the stored one, it is {}",
        options.lag);
  if (options.name.empty()) options.name = "no-name-" + new_token();
  check_name("the name of a study", options.name);
  if (!options.sampler) options.sampler = sampler_of(*storage, options.name);
  if (options.directions.empty()) options.directions = {options.direction};
  check_objectives(options);
  for (const Forbidden& rule : options.forbidden)
    check(!rule.names.empty() && rule.predicate,
          "study {}: an entry of `forbidden` needs at least one name and a predicate",
          printable(options.name));
  if (options.pruner && options.pruner->promotes() && !options.deterministic)
    fail(ErrorKind::usage,
         "study {}: pruner {} works in deterministic studies alone: two workers that see what is "
         "finished now could both continue one trial",
         printable(options.name), options.pruner->name());
  const StudySettings asked = settings_of(options);
  auto [info, made] = storage->find_or_create_study(options.name, options.directions, asked);
  if (!made) {
    check(options.load_if_exists, "study {}: exists already in {}", printable(options.name),
          printable(storage->description()));
    compare_settings(info, options, storage->description());
    if (adds_to(asked, info)) {
      storage->adopt_study(info.key, asked);
      const auto stored = storage->find_study(options.name);
      if (!stored) no_such_study(*storage, options.name);
      info = *stored;
      compare_settings(info, options,
                       storage->description());  // another program may have been first
    }
    storage->recover_orphans(info.key, options.take_over ? TakeOver::all : TakeOver::dead);
  }
  for (const std::string& key : info.changed_attrs)
    if (options.log)
      options.log(
          fmt::format("study {}: its attribute {} is not what hone wrote: another program "
                      "has changed it, or the file is damaged",
                      printable(info.name), printable(key)));
  auto core = std::make_shared<StudyCore>(std::move(options), std::move(storage), info, "");
  core->refresh();
  return Study(std::move(core));
}

Study Study::load(const std::string& url, const std::string& name,
                  std::function<void(const std::string&)> log) {
  auto storage = open_storage(url, {.create = false, .may_read_only = true});
  const std::string chosen = name.empty() ? only_study(*storage) : name;
  const auto info = storage->find_study(chosen);
  if (!info) no_such_study(*storage, chosen);
  StudyOptions options;
  options.storage = url;
  options.name = chosen;
  options.log = std::move(log);
  options.directions = info->directions;
  std::string closed = take_settings(info->settings, options);
  auto core =
      std::make_shared<StudyCore>(std::move(options), std::move(storage), *info, std::move(closed));
  core->refresh();
  return Study(std::move(core));
}

void Study::check_settings(const StudyOptions& options) const {
  StudyOptions asked = options;
  if (!asked.sampler) asked.sampler = sampler_of(*core_->storage, name());  // as open() does
  if (asked.directions.empty()) asked.directions = {asked.direction};
  compare_settings(core_->info(), asked, core_->storage->description());
}

void Study::remove(const std::string& url, const std::string& name) {
  const auto storage = open_storage(url, {.create = false});
  if (!storage->remove_study(name)) no_such_study(*storage, name);
}

std::vector<StudySummary> Study::list(const std::string& url) {
  return open_storage(url, {.create = false, .may_read_only = true})->list_studies();
}

Trial Study::ask() {
  while (true) {
    std::optional<Trial> trial = core_->start(
        0, [] { return false; }, true);
    if (!trial) fail(ErrorKind::internal, "ask: no trial was started");
    const std::string& refused = StudyCore::refused(*trial);
    if (refused.empty()) return std::move(*trial);
    core_->tell(*trial, Outcome::failed(refused));
  }
}

void Study::tell(Trial& trial, const Outcome& outcome) { core_->tell(trial, outcome); }

void Study::optimize(const Objective& objective, const OptimizeOptions& options) {
  check(objective != nullptr, kNoObjective);
  optimize(WorkerObjective([&objective](Trial& trial, int) { return objective(trial); }), options);
}

void Study::optimize(const WorkerObjective& objective, const OptimizeOptions& options) {
  check(objective != nullptr, kNoObjective);
  optimize(GroupObjective([&objective](TrialGroup& group, int worker) {
             while (Trial* trial = group.ask())
               group.end(*trial, [&] { return objective(*trial, worker); });
           }),
           options);
}

void Study::optimize(const GroupObjective& objective, const OptimizeOptions& options) {
  check(objective != nullptr, kNoObjective);
  for (std::size_t i = 0; i < options.callbacks.size(); ++i)
    check(options.callbacks[i] != nullptr, "optimize: callback {} is empty", i);
  check(options.trials >= 0, "optimize: trials must be >= 0, it is {}", options.trials);
  check(options.jobs >= 1 && options.jobs <= 1024, "optimize: jobs must be 1 to 1024, it is {}",
        options.jobs);
  check(options.together >= 1, "optimize: together must be >= 1, it is {}", options.together);
  check(options.max_failures >= 0, "optimize: max_failures must be >= 0, it is {}",
        options.max_failures);
  check(options.timeout_seconds >= 0, "optimize: the timeout must be >= 0, it is {}",
        options.timeout_seconds);
  check(!core_->optimizing.exchange(true),
        "optimize: is running already in this study; use more jobs instead");
  struct Reset {
    std::atomic<bool>& flag;
    ~Reset() { flag = false; }
  } reset{core_->optimizing};
  core_->stop_requested = false;
  const int lag = core_->fixed_lag(options.jobs);
  check(
      lag == 0 || options.jobs <= lag,
      "optimize: {} jobs, but study {} has lag {}: trial n starts when the trials up to n - {} are "
      "finished, so at most {} run side by side. Use at most {} jobs, or begin a study of another "
      "name with lag {}",
      options.jobs, printable(name()), lag, lag, lag, lag, options.jobs);
  check(lag == 0 || options.together <= lag,
        "optimize: {} trials together, but study {} has lag {}: at most {} are under way at once. "
        "Run at most {} together, or begin a study of another name with lag {}",
        options.together, printable(name()), lag, lag, lag, options.together);
  OptimizeLoop(*core_, objective, options).run();
}

void Study::stop() { core_->stop_requested = true; }

int Study::enqueue(const std::vector<std::pair<std::string, Value>>& params,
                   const std::map<std::string, Value>& user_attrs, bool skip_if_exists) {
  std::string list;
  std::set<std::string_view> names;
  for (const auto& [key, value] : params) {
    check_name("the name of a parameter", key);
    check(names.insert(key).second, "enqueue: parameter {} is given twice", printable(key));
    list += (list.empty() ? "" : ", ") + json_quoted(key) + ": " + to_json(value);
  }
  if (skip_if_exists)
    if (const std::optional<int> known = core_->find_given(params)) return *known;
  Attributes user;
  for (const auto& [key, value] : user_attrs) {
    check_name("the key of an attribute", key);
    user[key] = to_json(value);
  }
  return core_->storage->enqueue(core_->info().key, user, {{"fixed_params", "{" + list + "}"}});
}

int Study::add_trial(const TrialRecord& trial) {
  check_added(trial, directions().size());
  for (const Parameter& parameter : trial.params)
    core_->check_compatible(parameter.name, parameter.distribution);
  return core_->add_trial(trial);
}

void Study::add_trials(const std::vector<TrialRecord>& trials) {
  for (const TrialRecord& trial : trials) add_trial(trial);
}

void Study::copy(const std::string& from_storage, const std::string& from_name,
                 const std::string& to_storage, const std::string& to_name) {
  check_name("the name of a study", to_name);
  const auto from = open_storage(from_storage, {.create = false, .may_read_only = true});
  const auto info = from->find_study(from_name);
  if (!info) no_such_study(*from, from_name);
  const auto to = open_storage(to_storage);
  check(!to->find_study(to_name), "study {}: exists already in {}", printable(to_name),
        printable(to->description()));
  add_study(*to, to_name, *info, from->read_trials(info->key), from->read_reruns(info->key));
}

void Study::tell(int number, const Outcome& outcome) {
  check(outcome.kind != Outcome::Kind::interrupted, "tell: trial {} has to end", number);
  Trial trial = core_->take(number);
  core_->tell(trial, outcome);
}

void Study::set_metric_names(const std::vector<std::string>& names) {
  check(names.size() == directions().size(),
        "study {}: {} names for its values, it has {} objectives", printable(name()), names.size(),
        directions().size());
  std::string list;
  for (const std::string& one : names) {
    check_name("the name of a value", one);
    list += (list.empty() ? "" : ", ") + json_quoted(one);
  }
  set_system_attr_json(kMetricNames, "[" + list + "]");
}

std::vector<std::string> Study::metric_names() const {
  const Attributes attrs = system_attributes();
  const auto found = attrs.find(kMetricNames);
  std::vector<std::string> names;
  if (found == attrs.end()) return names;
  const JsonDocument document(found->second, kMetricNames, ErrorKind::storage);
  for (const JsonNode& item : document.root().items()) names.push_back(item.get<std::string>());
  // Another program may have written others.
  return names.size() == directions().size() ? names : std::vector<std::string>{};
}

std::vector<ReportNote> Study::notes(int number) const {
  for (const TrialRecord& trial : trials())
    if (trial.number == number) return core_->storage->read_notes(core_->info().key, trial.id);
  fail(ErrorKind::usage, "study {}: has no trial {}", printable(name()), number);
}

void Study::add_rerun(const Rerun& rerun) { core_->storage->add_rerun(core_->info().key, rerun); }
std::vector<Rerun> Study::reruns() const { return core_->storage->read_reruns(core_->info().key); }

const std::string& Study::name() const { return core_->options.name; }
const std::vector<Direction>& Study::directions() const { return core_->options.directions; }
Direction Study::direction() const {
  check(directions().size() == 1, "study {}: has {} objectives, not one direction",
        printable(name()), directions().size());
  return directions().front();
}
int Study::reported_objective() const { return core_->options.reported_objective; }
std::string Study::token() const { return core_->info().key.token; }
std::uint64_t Study::seed() const { return core_->options.seed; }
int Study::lag() const { return core_->lag(); }
std::map<std::string, std::string> Study::settings() const {
  return core_->info().settings.value_or(StudySettings{});
}

TrialRecord Study::best() const {
  check(directions().size() == 1,
        "study {}: has {} objectives, so no trial is the best one; ask for the best trials "
        "(best_trials), the Pareto front",
        printable(name()), directions().size());
  const TrialPtr best = core_->best();
  check(best != nullptr, "study {}: no feasible trial is complete yet", printable(name()));
  return *best;
}

std::vector<TrialRecord> Study::best_trials() const {
  const std::vector<TrialRecord> all = trials();
  std::vector<TrialRecord> front;
  for (const std::size_t i : pareto_front(all, directions())) front.push_back(all[i]);
  return front;
}

int Study::finished() const { return core_->finished(); }
std::vector<Holder> Study::holders() const { return core_->storage->holders(core_->info().key); }
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
std::string Study::trials_csv() const {
  return export_csv(trials(), value_columns(directions().size(), metric_names()));
}
std::string Study::trials_json() const {
  return export_json(name(), core_->info().directions, trials());
}

}  // namespace hone::tune
