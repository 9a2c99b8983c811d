// Starting and ending trials, and keeping the history in memory in step with the storage.
#include "tune/study_core.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/utf8.h"
#include "tune/json_text.h"

namespace hone::tune {
namespace {

constexpr int kAll = std::numeric_limits<int>::max();

// The values of an enqueued or interrupted trial.
std::map<std::string, Value> read_given(const std::string& json) {
  std::map<std::string, Value> given;
  if (json.empty()) return given;
  const JsonDocument document(json, "fixed_params", ErrorKind::storage);
  for (const auto& [name, node] : document.root().members()) given[name] = value_of(node);
  return given;
}

}  // namespace

StudyCore::StudyCore(StudyOptions options_in, std::shared_ptr<Storage> storage_in, StudyInfo info,
                     bool run)
    : options(std::move(options_in)),
      storage(std::move(storage_in)),
      may_run(run),
      info_(std::move(info)),
      history_(info_.directions) {}

void StudyCore::refresh() {
  const std::lock_guard lock(mutex_);
  refresh_locked();
}

void StudyCore::refresh_locked() {
  if (!storage->changed() && loaded_) return;
  loaded_ = true;
  for (TrialRecord& record : storage->read_finished(info_.key, cursor_))
    if (!history_.contains(record.number))
      remember(std::make_shared<const TrialRecord>(std::move(record)));
}

void StudyCore::remember(TrialPtr record) {
  for (const Parameter& parameter : record->params)
    distributions_.emplace(parameter.name, parameter.distribution);
  history_.add(std::move(record));
}

void StudyCore::check_compatible(const std::string& name, const Distribution& distribution) {
  const std::lock_guard lock(mutex_);
  const auto [known, added] = distributions_.emplace(name, distribution);
  check(added || compatible(known->second, distribution),
        "parameter {}: this study has used it with another kind, log flag or list of choices ({}), "
        "now asked is "
        "{}; use another name or another study",
        printable(name), to_json(known->second), to_json(distribution));
}

std::optional<Trial> StudyCore::start(int limit, const std::function<bool()>& give_up, bool alone) {
  check(may_run, "study {}: was opened for reading; use Study::open with its sampler to run trials",
        printable(info_.name));
  auto next_rescue = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (!give_up()) {
    StartRequest request{info_.key, options.deterministic ? options.lag : 0, limit, ""};
    HistoryView view;
    {
      const std::lock_guard lock(mutex_);
      refresh_locked();
      if (!options.deterministic) {
        view = history_.view(kAll);
        request.seen = history_.numbers(kAll);
      }
    }
    Started started = storage->start(request);
    if (started.kind == Started::Kind::started) {
      std::optional<Trial> trial = make_trial(std::move(started), std::move(view));
      if (trial) return trial;
      continue;
    }
    const bool rescue = std::chrono::steady_clock::now() >= next_rescue;
    if ((started.kind == Started::Kind::full || rescue) && storage->recover_orphans(info_.key) > 0)
      continue;
    if (started.kind == Started::Kind::full) return std::nullopt;
    if (rescue) next_rescue += std::chrono::seconds(1);
    if (alone) check_not_own_thread(started.blocker);
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::milliseconds(20));
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
        options.lag, blocker);
}

// Nothing when the trial was enqueued with values that cannot be read: then it has failed already.
std::optional<Trial> StudyCore::make_trial(Started started, HistoryView view) {
  auto impl = std::make_unique<Trial::Impl>();
  impl->core = shared_from_this();
  impl->record = std::move(started.trial);
  impl->study_seed = options.seed;
  impl->token = std::move(started.token);
  impl->report_seen = std::move(started.report_seen);
  Trial trial(std::move(impl));  // from here on an exception gives the trial back
  {
    const std::lock_guard lock(mutex_);
    live_[trial.number()] = {std::this_thread::get_id(), trial.impl_.get()};
    refresh_locked();
    trial.impl_->view = view_for(*trial.impl_, started, std::move(view));
  }
  try {
    trial.impl_->given = read_given(started.fixed_params);
  } catch (const Error& error) {
    tell(*trial.impl_, Outcome::failed(error.what()));
    return std::nullopt;
  }
  return trial;
}

// What the trial sees; `view` is what it would see as all is finished now.
HistoryView StudyCore::view_for(Trial::Impl& trial, const Started& started, HistoryView view) {
  const int last = trial.record.number - options.lag;
  if (options.deterministic && started.seen.empty()) {
    view = history_.view(last);
    // A trial of another program is still open: say what was seen, for the case of a second run.
    if (!history_.complete_up_to(last)) trial.pending.seen = history_.numbers(last);
  } else if (started.rerun && !started.seen.empty()) {
    view = history_.view_of(started.seen);
  }
  return view.with_pending(pending_for(trial));
}

std::vector<TrialPtr> StudyCore::pending_for(const Trial::Impl& trial) const {
  std::vector<TrialPtr> pending;
  const int number = trial.record.number;
  if (options.deterministic) {
    for (int other = std::max(0, number - options.lag + 1); other < number; ++other) {
      TrialRecord record;
      record.number = other;
      pending.push_back(std::make_shared<const TrialRecord>(std::move(record)));
    }
    return pending;
  }
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
  if (is_single(distribution)) {
    if (const auto* d = std::get_if<FloatDistribution>(&distribution)) return d->low;
    if (const auto* d = std::get_if<IntDistribution>(&distribution))
      return static_cast<double>(d->low);
    return 0;
  }
  const DrawKey key{trial.study_seed, trial.record.number};
  if (!trial.joint) trial.joint = options.sampler->sample_jointly(trial.view, key);
  const auto joint = trial.joint->find(name);
  if (joint != trial.joint->end() && contains(distribution, joint->second)) return joint->second;
  const double internal = options.sampler->sample(trial.view, key, name, distribution);
  if (!contains(distribution, internal))
    fail(ErrorKind::internal, "sampler {}: drew {} for parameter {}, which is outside of its range",
         options.sampler->name(), internal, printable(name));
  return internal;
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
      view = history_.view_of(seen);
    } else {
      refresh_locked();
      seen = history_.numbers(kAll);
      view = history_.view(kAll);
    }
  }
  const DrawKey key{trial.study_seed, trial.record.number};
  Decision decision = options.pruner->decide(view, key, trial.record);
  trial.pending.notes.push_back({step, decision.prune(), decision.reason, std::move(seen)});
  return decision;
}

void StudyCore::flush(Trial::Impl& trial) {
  storage->write(trial.record.id, trial.token, trial.pending);
  trial.pending = {};
}

// What the outcome adds to the trial.
TrialChange StudyCore::ending_of(const Trial::Impl& trial, const Outcome& outcome) {
  TrialChange change;
  const auto give_reason = [&](const char* key, const std::string& reason) {
    change.user_attrs[key] = change.system_attrs[key] = json_quoted(repair_utf8(reason));
  };
  if (outcome.kind == Outcome::Kind::complete && !std::isnan(outcome.value)) {
    change.final_state = TrialState::complete;
    change.values = {outcome.value};
  } else if (outcome.kind == Outcome::Kind::pruned) {
    change.final_state = TrialState::pruned;
    const auto& reports = trial.record.intermediate;
    if (!reports.empty() && !std::isnan(reports.rbegin()->second))
      change.values = {reports.rbegin()->second};
    give_reason("prune_reason", outcome.reason);
  } else {
    change.final_state = TrialState::fail;
    give_reason("fail_reason", outcome.kind == Outcome::Kind::failed
                                   ? outcome.reason
                                   : "the value of the trial is NaN");
  }
  return change;
}

std::shared_ptr<const TrialRecord> StudyCore::tell(Trial& trial, const Outcome& outcome) {
  check(trial.impl_ && trial.impl_->core.get() == this, "tell: the trial is not one of this study");
  return tell(*trial.impl_, outcome);
}

std::shared_ptr<const TrialRecord> StudyCore::tell(Trial::Impl& trial, const Outcome& outcome) {
  check(!trial.ended, "tell: trial {} has been told before", trial.record.number);
  try {
    if (outcome.kind == Outcome::Kind::interrupted) {
      flush(trial);
      storage->release(trial.record.id, trial.token);
      end_live(trial);
      trial.ended = true;
      return nullptr;
    }
    auto record = finish(trial, ending_of(trial, outcome));
    end_live(trial);
    return record;
  } catch (const FencedError&) {
    trial.ended = true;
    end_live(trial);
    throw;
  }
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
  try {
    tell(trial, Outcome::interrupted());
  } catch (const std::exception&) {
    // The storage failed or the trial was taken over; a later process finds it as an orphan.
    end_live(trial);
  }
}

std::vector<TrialRecord> StudyCore::all_trials() {
  std::vector<TrialRecord> records = storage->read_trials(info_.key);
  std::stable_sort(records.begin(), records.end(),
                   [](const TrialRecord& a, const TrialRecord& b) { return a.number < b.number; });
  return records;
}

std::optional<TrialRecord> StudyCore::best() {
  const std::lock_guard lock(mutex_);
  refresh_locked();
  const TrialRecord* best = nullptr;
  const HistoryView view = history_.view(kAll);
  for (const TrialRecord& trial : view.finished()) {
    if (trial.state != TrialState::complete || trial.values.empty()) continue;
    const bool better = best == nullptr || (info_.directions.front() == Direction::minimize
                                                ? *trial.value() < *best->value()
                                                : *trial.value() > *best->value());
    if (better) best = &trial;
  }
  return best == nullptr ? std::nullopt : std::optional<TrialRecord>(*best);
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
