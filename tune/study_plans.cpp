// What trials plan: the points at which a deterministic study with a lag sees its pending trials.
//
// The planned point of trial n is a pure function of its view and key, whoever computes it and
// whether it still runs. Its view holds the planned points of the trials before it, so a process
// that joins would have to plan all trials from the first one on; hence a finished trial whose
// parameters are not its planned point (it was given values, or asked for others than its
// predecessors) carries the point as the attribute `hone:planned`.
#include "base/json.h"
#include "tune/json_text.h"
#include "tune/study_core.h"

namespace hone::tune {
namespace {

constexpr const char* kPlanned = "hone:planned";

bool same_point(const std::vector<Parameter>& a, const std::vector<Parameter>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].internal != b[i].internal ||
        a[i].distribution != b[i].distribution)
      return false;
  return true;
}

// [{"name": ..., "distribution": "...", "value": ...}, ...]
std::string text_of(const std::vector<Parameter>& point) {
  std::string text;
  for (const Parameter& p : point)
    text += fmt::format("{}{{\"name\":{},\"distribution\":{},\"value\":{}}}",
                        text.empty() ? "" : ",", json_quoted(p.name),
                        json_quoted(to_json(p.distribution)), to_json(Value(p.internal)));
  return "[" + text + "]";
}

std::vector<Parameter> point_of(const std::string& json) {
  std::vector<Parameter> point;
  const JsonDocument document(json, kPlanned, ErrorKind::storage);
  for (const JsonNode& item : document.root().items())
    point.push_back({item.at("name").get<std::string>(),
                     distribution_from_json(item.at("distribution").get<std::string>()),
                     item.at("value").get<double>()});
  return point;
}

}  // namespace

PlanPtr StudyCore::plan_of(int number, const HistoryView& view) {
  const DrawKey key = key_of(number);
  if (!plans_pending_) return options.sampler->plan(view, key);
  {
    const std::lock_guard lock(plans_mutex_);
    if (const auto known = plans_.find(number); known != plans_.end()) return known->second;
  }
  PlanPtr plan = options.sampler->plan(view, key);
  const std::lock_guard lock(plans_mutex_);
  const auto stale = plans_.lower_bound(number - 4 * lag());
  plans_.erase(plans_.begin(), stale);
  points_.erase(points_.begin(), points_.lower_bound(number - 4 * lag()));
  return plans_.emplace(number, std::move(plan)).first->second;
}

// What trial n plans, whether it runs or has ended.
std::vector<Parameter> StudyCore::planned_point_of(int number) {
  {
    const std::lock_guard lock(plans_mutex_);
    if (const auto known = points_.find(number); known != points_.end()) return known->second;
  }
  if (const auto promotion = planned_promotion_of(number)) {
    const std::lock_guard lock(mutex_);
    return history_.find(promotion->from)->params;
  }
  HistoryView view;
  {
    const std::lock_guard lock(mutex_);
    if (const TrialPtr record = history_.find(number)) {
      const auto planned = record->system_attrs.find(kPlanned);
      return planned == record->system_attrs.end() ? record->params : point_of(planned->second);
    }
    view = history_.view(last_seen(number));
  }
  view = view.with_pending(planned_before(number));
  if (options.pruner && !comes_to_an_end_)
    view = options.pruner->sampler_view(view, key_of(number));
  const PlanPtr plan = plan_of(number, view);
  std::vector<Parameter> point = planned_point(*options.sampler, *plan, options.forbidden);
  const std::lock_guard lock(plans_mutex_);
  return points_.emplace(number, std::move(point)).first->second;
}

// Which paused trial was to be continued by trial n, whether it runs or has ended.
std::optional<Promotion> StudyCore::planned_promotion_of(int number) {
  if (!options.pruner || !options.pruner->promotes()) return std::nullopt;
  {
    const std::lock_guard lock(plans_mutex_);
    if (const auto known = promotions_.find(number); known != promotions_.end())
      return known->second;
  }
  HistoryView view;
  {
    const std::lock_guard lock(mutex_);
    if (const TrialPtr record = history_.find(number)) return planned_promotion(*record);
    view = history_.view(last_seen(number));
  }
  view = view.with_pending(planned_before(number));
  const auto promotion = options.pruner->promote(view, key_of(number));
  const std::lock_guard lock(plans_mutex_);
  promotions_.erase(promotions_.begin(), promotions_.lower_bound(number - 4 * lag()));
  return promotions_.emplace(number, promotion).first->second;
}

// The values of the paused trial become those of this one. A trial that was enqueued keeps its own:
// then the attribute only says what was planned.
void StudyCore::continue_paused(Trial::Impl& trial) {
  const auto promotion = planned_promotion_of(trial.record.number);
  if (!promotion) return;
  TrialChange change;
  change.system_attrs[kPromotion] = to_json(*promotion);
  trial.note(std::move(change));
  if (!promotion_of(trial.record)) return;
  const std::lock_guard lock(mutex_);
  for (const Parameter& parameter : history_.find(promotion->from)->params)
    trial.given[parameter.name] = parameter.value();
}

// The last trial that trial n waits for in a deterministic study. Where a sampler comes to an end
// the first one is run alone: it shows the space, and it may have been given its values.
int StudyCore::last_seen(int number) const {
  const int last = number - lag();
  return comes_to_an_end_ && number > 0 ? std::max(last, 0) : last;
}

// The trials that trial n does not wait for, with what they plan.
std::vector<TrialPtr> StudyCore::planned_before(int number) {
  std::vector<TrialPtr> pending;
  for (int other = std::max(0, last_seen(number) + 1); other < number; ++other) {
    TrialRecord record;
    record.number = other;
    if (const auto promotion = planned_promotion_of(other))
      record.system_attrs[kPromotion] = to_json(*promotion);
    if (plans_pending_) record.params = planned_point_of(other);
    pending.push_back(std::make_shared<const TrialRecord>(std::move(record)));
  }
  return pending;
}

bool StudyCore::others_run() {
  {
    const std::lock_guard lock(mutex_);
    if (!live_.empty() || starting_ > 0) return true;
  }
  return !storage->holders(info().key).empty();
}

bool StudyCore::anything_waits() {
  for (const TrialRecord& trial : all_trials())
    if (trial.state == TrialState::waiting) return true;
  return false;
}

// In a deterministic study the answer depends on what came before trial `number` alone, so that a
// study ends at the same trial for any number of jobs.
StudyCore::Left StudyCore::left_for(int number) {
  const int last = std::max(last_seen(number), 0);
  const auto is_complete = [&] {
    const std::lock_guard lock(mutex_);
    refresh_locked();
    return !options.deterministic || history_.complete_up_to(last);
  };
  if (!is_complete()) {
    if (others_run()) return Left::unknown;
    // Who has ended since is seen now; what is missing still is run by nobody, or not by hone.
    if (is_complete()) return left_for(number);
  }
  HistoryView view;
  {
    const std::lock_guard lock(mutex_);
    view = options.deterministic ? history_.view(last)
                                 : history_.view(kAll).with_pending(live_others(number));
  }
  if (planned_promotion_of(number)) return Left::something;
  if (options.deterministic) view = view.with_pending(planned_before(number));
  if (!options.sampler->is_exhausted(view, key_of(number))) return Left::something;
  // Pending trials may do otherwise than planned, or not end at all.
  if (others_run()) return Left::unknown;
  {
    const std::lock_guard lock(mutex_);
    refresh_locked();
    view = history_.view(kAll);
  }
  if (!options.sampler->is_exhausted(view, key_of(number)) || anything_waits())
    return Left::something;
  if (!stop_requested.exchange(true))
    log(
        fmt::format("study {}: every combination has been tried: sampler {} has nothing new, so it "
                    "ends after {} trials",
                    printable(info().name), options.sampler->name(), view.size()));
  return Left::nothing;
}

void StudyCore::note_plan(Trial::Impl& trial, TrialChange& ending) {
  if (!plans_pending_) return;
  if (planned_promotion(trial.record)) {
    const std::vector<Parameter> point = planned_point_of(trial.record.number);
    if (!same_point(point, trial.record.params)) ending.system_attrs[kPlanned] = text_of(point);
    return;
  }
  const PlanPtr plan = trial.plan ? trial.plan : plan_of(trial.record.number, trial.sampler_view);
  const std::vector<Parameter> point = planned_point(*options.sampler, *plan, options.forbidden);
  if (!same_point(point, trial.record.params)) ending.system_attrs[kPlanned] = text_of(point);
}

}  // namespace hone::tune
