// Starting and ending trials, and keeping the history in memory in step with the storage.
#include "tune/study_core.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/utf8.h"
#include "tune/constraints.h"
#include "tune/json_text.h"
#include "tune/storage/rules.h"
#include "tune/study_settings.h"
#include "tune/time_text.h"
#include "tune/trial_text.h"

namespace hone::tune {
namespace {

// The values of an enqueued or interrupted trial.
std::map<std::string, Value> read_given(const std::string& json) {
  std::map<std::string, Value> given;
  if (json.empty()) return given;
  const JsonDocument document(json, "fixed_params", ErrorKind::storage);
  for (const auto& [name, node] : document.root().members()) given[name] = value_of(node);
  return given;
}

// The first one of equals is the best.
bool is_better(const TrialRecord& trial, const TrialRecord* best, Direction direction) {
  if (trial.state != TrialState::complete || !trial.value() || std::isnan(*trial.value()))
    return false;
  if (violation(trial) > 0) return false;
  if (best == nullptr) return true;
  const double sign = direction == Direction::minimize ? 1 : -1;
  const double value = sign * *trial.value(), known = sign * *best->value();
  return value < known || (value == known && trial.number < best->number);
}

struct Starting {
  explicit Starting(std::atomic<int>& count_in) : count(count_in) { ++count; }
  ~Starting() { --count; }
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;
  std::atomic<int>& count;
};

}  // namespace

StudyCore::StudyCore(StudyOptions options_in, std::shared_ptr<Storage> storage_in, StudyInfo info,
                     std::string closed)
    : options(std::move(options_in)),
      storage(std::move(storage_in)),
      closed_(std::move(closed)),
      comes_to_an_end_(options.sampler && options.sampler->comes_to_an_end()),
      info_(std::move(info)),
      history_(info_.directions, static_cast<std::size_t>(options.reported_objective)) {
  if (!options.deterministic || !info_.settings) return;
  plans_pending_ = tune::plans_pending(*info_.settings);
  lag_ = stored_lag(*info_.settings).value_or(0);
}

int StudyCore::fixed_lag(int jobs) {
  if (!options.deterministic || lag_ > 0) return lag_;
  std::unique_lock lock(mutex_);
  if (lag_ > 0) return lag_;
  storage->adopt_study(info_.key, {{"history", history_setting(jobs, *options.sampler)}});
  // Another program may have been first: what is stored holds.
  const auto stored = storage->find_study(info_.name);
  if (!stored || !stored->settings) fail_store("study {}: was removed", printable(info_.name));
  const int lag = stored_lag(*stored->settings).value_or(0);
  if (lag == 0) fail(ErrorKind::internal, "study {}: no lag is stored", printable(info_.name));
  info_.settings = stored->settings;
  plans_pending_ = tune::plans_pending(*stored->settings);
  lag_ = lag;
  lock.unlock();
  log(fmt::format(
      "study {}: lag {} from now on: trial n sees the trials up to n - {}, so at most {} "
      "run side by side, and results do not depend on the number of jobs",
      printable(info_.name), lag, lag, lag));
  return lag;
}

void StudyCore::log(const std::string& line) {
  if (!options.log) return;
  const std::lock_guard lock(log_mutex_);
  options.log(line);
}

void StudyCore::refresh() {
  const std::lock_guard lock(mutex_);
  refresh_locked();
}

void StudyCore::refresh_locked() {
  if (!storage->changed() && loaded_) return;
  loaded_ = false;  // what is not read now is read next time
  for (TrialRecord& record : storage->read_finished(info_.key, cursor_))
    if (!history_.contains(record.number))
      remember(std::make_shared<const TrialRecord>(std::move(record)));
  loaded_ = true;
}

void StudyCore::remember(TrialPtr record) {
  for (const Parameter& parameter : record->params)
    distributions_.emplace(parameter.name, parameter.distribution);
  successes_ +=
      record->state == TrialState::complete || record->state == TrialState::pruned ? 1 : 0;
  if (info_.directions.size() == 1 && is_better(*record, best_.get(), info_.directions.front()))
    best_ = record;
  history_.add(std::move(record));
}

void StudyCore::check_compatible(const std::string& name, const Distribution& distribution) {
  const std::lock_guard lock(mutex_);
  const auto [known, added] = distributions_.emplace(name, distribution);
  // Words are made only for a fault: every suggestion comes through here.
  if (added || compatible(known->second, distribution)) return;
  fail(ErrorKind::usage,
       "parameter {}: this study has used it with another kind, log flag or list of choices ({}), "
       "now asked is {}; use another name or another study",
       printable(name), to_json(known->second), to_json(distribution));
}

std::optional<Trial> StudyCore::start(int limit, const std::function<bool()>& give_up, bool alone) {
  check(closed_.empty(),
        "study {}: was opened for reading: {}; say how it goes on with Study::open, or with `hone "
        "create-study --skip-if-exists`, the name, its directions and --sampler NAME",
        printable(info_.name), closed_);
  fixed_lag(1);
  if (!orphans_looked_for_.exchange(true)) storage->recover_orphans(info_.key);
  Wait wait;
  const bool may_end = comes_to_an_end_ && !alone;
  for (int known = 0; !give_up();) {
    StartRequest request{info_.key, options.deterministic ? lag() : 0, limit, ""};
    HistoryView view;
    {
      const std::lock_guard lock(mutex_);
      refresh_locked();
      if (!options.deterministic) {
        view = history_.view(kAll);
        request.seen = history_.numbers(kAll);
      }
    }
    if (may_end) {
      {
        const std::lock_guard lock(mutex_);
        known = std::max({known, static_cast<int>(history_.size()),
                          live_.empty() ? 0 : live_.rbegin()->first + 1});
      }
      if (limit == 0 || known < limit) {
        const Left left = left_for(known);
        if (left == Left::nothing) return std::nullopt;
        if (left == Left::unknown) {
          wait_for_others(wait);
          continue;
        }
        request.limit = known + 1;  // what comes after this one is looked at anew
      }
      const std::lock_guard lock(mutex_);
      if (options.deterministic && !history_.complete_up_to(0)) request.lag = 1;  // last_seen()
    }
    Started started;
    {
      const Starting counted(starting_);
      try {
        started = storage->start(request);
      } catch (const FencedError&) {
        continue;  // another program took the same trial at this moment
      }
      if (started.kind == Started::Kind::started)
        return make_trial(std::move(started), std::move(view));
    }
    if (started.kind == Started::Kind::full && request.limit != limit) {
      ++known;  // another worker was first
      continue;
    }
    if (started.kind == Started::Kind::full && storage->recover_orphans(info_.key) > 0) continue;
    if (started.kind == Started::Kind::full) return std::nullopt;
    if (alone) check_not_own_thread(started.blocker);
    wait_for_others(wait, started.blocker);
  }
  return std::nullopt;
}

void StudyCore::check_not_own_thread(int blocker) {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(blocker);
  check(found == live_.end() || found->second.thread != std::this_thread::get_id(),
        "ask: in deterministic mode with lag {} the next trial waits for trial {}, which this "
        "thread holds; tell "
        "that one first, or make the study with a larger lag",
        lag(), blocker);
}

// A little, until a trial of this process ends. Looks each second whether the worker of another has
// died, and says now and then who is waited for: who runs trial `blocker`, or all others (-1).
void StudyCore::wait_for_others(Wait& wait, int blocker) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= wait.next_rescue) {
    wait.next_rescue += std::chrono::seconds(1);
    if (storage->recover_orphans(info_.key) > 0) return;
  }
  if (now >= wait.next_word) {
    say_who_blocks(blocker);
    wait.next_word += std::chrono::seconds(60);
  }
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, std::chrono::milliseconds(20));
}

// Trials of this process need no word: they have their lines.
void StudyCore::say_who_blocks(int blocker) {
  for (const Holder& holder : storage->holders(info_.key))
    if (blocker < 0 || holder.number == blocker)
      log(fmt::format(
          "study {}: waits for trial {}, which {} has run since {} UTC ({})", printable(info_.name),
          holder.number, holder.worker.empty() ? "another worker" : printable(holder.worker),
          time_text(holder.start_time),
          holder.alive ? std::string("it lives")
                       : fmt::format("nobody can see whether it lives; its lease ends in {:.0f} s",
                                     holder.lease_left)));
}

Trial StudyCore::make_trial(Started started, HistoryView view) {
  auto impl = std::make_unique<Trial::Impl>();
  impl->core = shared_from_this();
  impl->record = std::move(started.trial);
  impl->study_seed = options.seed;
  impl->token = std::move(started.token);
  impl->report_seen = std::move(started.report_seen);
  impl->faults = started.faults;
  Trial trial(std::move(impl));  // from here on an exception gives the trial back
  {
    const std::lock_guard lock(mutex_);
    live_[trial.number()] = {std::this_thread::get_id(), trial.impl_.get()};
    // What allowed this start, or what its first start has seen, may be newer than `view`.
    if (options.deterministic || started.rerun) refresh_locked();
    trial.impl_->view = view_for(*trial.impl_, started, std::move(view));
    if (!options.deterministic)
      trial.impl_->view = trial.impl_->view.with_pending(live_others(trial.number()));
  }
  if (options.deterministic && lag() > 1)
    trial.impl_->view = trial.impl_->view.with_pending(planned_before(trial.number()));
  Trial::Impl& made = *trial.impl_;
  made.sampler_view = options.pruner && !comes_to_an_end_
                          ? options.pruner->sampler_view(made.view, key_of(made.record.number))
                          : made.view;
  if (options.pruner && options.pruner->promotes()) continue_paused(made);
  try {
    if (!promotion_of(made.record)) made.given = read_given(started.fixed_params);
  } catch (const Error& error) {
    made.refused = error.what();
  }
  return trial;
}

// What the trial sees; `view` is what it would see as all is finished now.
HistoryView StudyCore::view_for(Trial::Impl& trial, const Started& started, HistoryView view) {
  const int last = last_seen(trial.record.number);
  if (options.deterministic && started.seen.empty()) {
    view = history_.view(last);
    // A trial of another program is still open: say what was seen, for the case of a second run.
    if (!history_.complete_up_to(last)) trial.pending.seen = history_.numbers(last);
  } else if (started.rerun && !started.seen.empty()) {
    view = view_of(trial.record, started.seen);
  }
  return view;
}

HistoryView StudyCore::view_of(const TrialRecord& trial, const std::string& seen) const {
  try {
    return history_.view_of(seen);
  } catch (const Error& error) {
    fail_store("{}: trial {} is damaged: {}; restore a copy", printable(storage->description()),
               trial.number, error.what());
  }
}

DrawKey StudyCore::key_of(int number) const { return {options.seed, number, options.name}; }

// Those of this process, with what they have suggested by now.
std::vector<TrialPtr> StudyCore::live_others(int number) const {
  std::vector<TrialPtr> pending;
  for (const auto& [other, live] : live_) {
    if (other == number) continue;
    TrialRecord record;
    record.number = other;
    const std::lock_guard lock(live.trial->params_mutex);
    record.params = live.trial->record.params;
    pending.push_back(std::make_shared<const TrialRecord>(std::move(record)));
  }
  return pending;
}

double StudyCore::draw(Trial::Impl& trial, const std::string& name,
                       const Distribution& distribution) {
  if (!trial.plan) trial.plan = plan_of(trial.record.number, trial.sampler_view);
  return choose_value(*options.sampler, *trial.plan, trial.record.params, name, distribution,
                      options.forbidden);
}

Decision StudyCore::decide(Trial::Impl& trial, int step) {
  if (!options.pruner) return {Decision::Action::go_on, "the study has no pruner"};
  HistoryView view = trial.view;
  std::string seen;
  if (!options.deterministic) {
    const std::lock_guard lock(mutex_);
    const auto former = trial.report_seen.find(step);
    if (former != trial.report_seen.end() && !former->second.empty()) {
      seen = former->second;
      view = view_of(trial.record, seen);
    } else {
      refresh_locked();
      seen = history_.numbers(kAll);
      view = history_.view(kAll);
    }
  }
  Decision decision = options.pruner->decide(view, key_of(trial.record.number), trial.record);
  if (!decision.attrs.empty()) {
    TrialChange change;
    change.system_attrs = decision.attrs;
    trial.note(std::move(change));
  }
  trial.pending.notes.push_back({step, decision.prune(), decision.reason, std::move(seen)});
  return decision;
}

void StudyCore::flush(Trial::Impl& trial) {
  storage->write(trial.record.id, trial.token, trial.pending);
  trial.pending = {};
}

std::string StudyCore::wrong_count(const Outcome& outcome) const {
  const std::size_t count = outcome.values.size(), wanted = options.directions.size();
  if (outcome.kind != Outcome::Kind::complete || count == wanted) return {};
  return fmt::format("{} value{} for {} objective{}", count, count == 1 ? "" : "s", wanted,
                     wanted == 1 ? "" : "s");
}

// What the outcome adds to the trial.
TrialChange StudyCore::ending_of(const Trial::Impl& trial, const Outcome& outcome) {
  TrialChange change;
  const auto give_reason = [&](const char* key, const std::string& reason) {
    change.user_attrs[key] = change.system_attrs[key] = json_quoted(repair_utf8(reason));
  };
  const bool complete = outcome.kind == Outcome::Kind::complete;
  const auto bad = std::find_if(outcome.values.begin(), outcome.values.end(),
                                [](double value) { return std::isnan(value); });
  if (complete && bad == outcome.values.end()) {
    change.final_state = TrialState::complete;
    change.values = outcome.values;
  } else if (outcome.kind == Outcome::Kind::pruned) {
    change.final_state = TrialState::pruned;
    const auto& reports = trial.record.intermediate;
    const bool one = trial.core->options.directions.size() == 1;
    if (one && !reports.empty() && !std::isnan(reports.rbegin()->second))
      change.values = {reports.rbegin()->second};
    give_reason("prune_reason", outcome.reason);
  } else {
    change.final_state = TrialState::fail;
    give_reason("fail_reason", !complete ? outcome.reason
                               : outcome.values.size() == 1
                                   ? std::string("the value of the trial is NaN")
                                   : fmt::format("the value of objective {} is NaN",
                                                 bad - outcome.values.begin()));
  }
  return change;
}

std::shared_ptr<const TrialRecord> StudyCore::tell(Trial& trial, const Outcome& outcome) {
  check(trial.impl_ && trial.impl_->core.get() == this, "tell: the trial is not one of this study");
  return tell(*trial.impl_, outcome);
}

std::shared_ptr<const TrialRecord> StudyCore::tell(Trial::Impl& trial, const Outcome& outcome) {
  check(!trial.ended, "tell: trial {} has been told before", trial.record.number);
  if (const std::string wrong = wrong_count(outcome); !wrong.empty())
    fail(ErrorKind::usage, "tell: trial {}: {}", trial.record.number, wrong);
  try {
    if (outcome.kind == Outcome::Kind::interrupted) {
      give_back(trial, ReleaseReason::interrupted);
      return nullptr;
    }
    TrialChange ending = ending_of(trial, outcome);
    say_unused_values(trial, ending);
    note_plan(trial, ending);
    auto record = finish(trial, std::move(ending));
    end_live(trial);
    log_end(*record);
    for (const auto& done : trial.when_stored) done();
    return record;
  } catch (const FencedError&) {
    trial.ended = true;
    end_live(trial);
    throw;
  }
}

void StudyCore::log_end(const TrialRecord& record) {
  if (!options.log || !options.log_trials) return;
  TrialPtr best;
  {
    const std::lock_guard lock(mutex_);
    best = best_;
  }
  log(trial_line(record, best.get()));
}

void StudyCore::give_back(Trial::Impl& trial, ReleaseReason reason) {
  flush(trial);
  try {
    storage->release(trial.record.id, trial.token, reason);
  } catch (const StoreError&) {  // the storage does it as soon as it can be written again
    trial.ended = true;
    end_live(trial);
    throw;
  }
  trial.ended = true;
  end_live(trial);
}

void StudyCore::give_back_for_fault(Trial& trial) { give_back(*trial.impl_, ReleaseReason::fault); }

void StudyCore::forget(Trial& trial) {
  trial.impl_->ended = true;
  end_live(*trial.impl_);
}

// A value that was enqueued under a name that the objective never asks for has no effect.
void StudyCore::say_unused_values(const Trial::Impl& trial, TrialChange& ending) {
  if (trial.given.empty() || ending.final_state == TrialState::fail) return;
  std::string names, suggested, json;
  const auto append = [](std::string& list, const std::string& word) {
    list += (list.empty() ? "" : ", ") + word;
  };
  for (const auto& [name, value] : trial.given)
    if (trial.record.find(name) == nullptr) {
      append(names, printable(name));
      append(json, json_quoted(name));
    }
  if (names.empty()) return;
  for (const Parameter& parameter : trial.record.params)
    append(suggested, printable(parameter.name));
  ending.user_attrs["unused_values"] = "[" + json + "]";
  log(fmt::format(
      "trial {:>3}  was given values that nothing asked for: {} (its parameters are: {})",
      trial.record.number, names, suggested.empty() ? "none" : suggested));
}

std::shared_ptr<const TrialRecord> StudyCore::finish(Trial::Impl& trial, TrialChange ending) {
  // Storage and history change under one lock: a trial that may start because this one is finished
  // in the storage also finds it in the history.
  const std::lock_guard lock(mutex_);
  TrialChange change = trial.pending;
  change.append(ending);
  storage->write(trial.record.id, trial.token, change);
  trial.ended = true;
  ending.end_time = change.end_time;
  apply(ending, trial.record);
  auto record = std::make_shared<const TrialRecord>(trial.record);
  remember(record);
  return record;
}

void StudyCore::end_live(Trial::Impl& trial) {
  const std::lock_guard lock(mutex_);
  live_.erase(trial.record.number);
  ended_.notify_all();
}

void StudyCore::release(Trial::Impl& trial) noexcept {
  if (trial.ended) return;
  bool ours = true;
  try {
    flush(trial);
  } catch (const FencedError&) {
    ours = false;
  } catch (const std::exception&) {
    // What was not stored is drawn again. The storage must hear of the release all the same.
  }
  try {
    if (ours) storage->release(trial.record.id, trial.token);
  } catch (const std::exception&) {
    // The storage gives the trial back as soon as it can be written again, or others do.
  }
  trial.ended = true;
  end_live(trial);
}

void StudyCore::leave(Trial::Impl& trial) {
  flush(trial);
  storage->leave(trial.record.id, trial.token);
  trial.ended = true;
  end_live(trial);
}

int StudyCore::add_trial(const TrialRecord& trial) {
  const std::lock_guard lock(mutex_);
  loaded_ = false;  // a storage says only what others have written
  return storage->add_trial(info_.key, trial);
}

Trial StudyCore::take(int number) {
  check(!info().key.token.empty(),
        "study {}: Python made it, and hone has not opened it for running trials yet; open it with "
        "Study::open, or `hone create-study --skip-if-exists`, first",
        printable(info_.name));
  for (TrialRecord& record : all_trials()) {
    if (record.number != number) continue;
    check(record.state == TrialState::running,
          "study {}: trial {} is {}, only a RUNNING one can be told", printable(info_.name), number,
          state_name(record.state));
    auto impl = std::make_unique<Trial::Impl>();
    impl->core = shared_from_this();
    impl->study_seed = options.seed;
    impl->token = storage->take(info().key, record.id);
    impl->record = std::move(record);
    Trial trial(std::move(impl));
    const std::lock_guard lock(mutex_);
    live_[number] = {std::this_thread::get_id(), trial.impl_.get()};
    return trial;
  }
  fail(ErrorKind::usage, "study {}: has no trial {}", printable(info_.name), number);
}

std::vector<TrialRecord> StudyCore::all_trials() {
  std::vector<TrialRecord> records = storage->read_trials(info_.key);
  std::stable_sort(records.begin(), records.end(),
                   [](const TrialRecord& a, const TrialRecord& b) { return a.number < b.number; });
  return records;
}

std::optional<int> StudyCore::find_given(const std::vector<std::pair<std::string, Value>>& params) {
  std::map<std::string, std::string> wanted;
  for (const auto& [name, value] : params) wanted[name] = to_json(value);
  for (const TrialRecord& trial : all_trials()) {
    std::map<std::string, std::string> has;
    try {
      if (const auto fixed = trial.system_attrs.find("fixed_params");
          fixed != trial.system_attrs.end())
        for (const auto& [name, value] : read_given(fixed->second)) has[name] = to_json(value);
      else
        for (const Parameter& parameter : trial.params)
          has[parameter.name] = to_json(parameter.value());
    } catch (const Error&) {
      continue;  // nobody can read what it is given
    }
    if (has == wanted) return trial.number;
  }
  return std::nullopt;
}

int StudyCore::finished() {
  const std::lock_guard lock(mutex_);
  refresh_locked();
  return static_cast<int>(history_.size());
}

TrialPtr StudyCore::best() {
  const std::lock_guard lock(mutex_);
  refresh_locked();
  return best_;
}

bool StudyCore::any_success() const {
  const std::lock_guard lock(mutex_);
  return successes_ > 0;
}

StudyInfo StudyCore::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

void StudyCore::set_attr(bool system, const std::string& key, const std::string& json) {
  check_name("the key of an attribute", key);
  check_json(key, json);
  storage->set_study_attr(info_.key, system, key, json);
  const std::lock_guard lock(mutex_);
  (system ? info_.system_attrs : info_.user_attrs)[key] = json;
}

}  // namespace hone::tune
