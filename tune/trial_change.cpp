// One way to change a trial, for storages and for live trials.
#include "tune/trial_change.h"

#include <iterator>

namespace hone::tune {
namespace {

template <class T>
void move_to_end(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void set_all(Attributes& to, const Attributes& from) {
  for (const auto& [key, json] : from) to[key] = json;
}

}  // namespace

void TrialChange::append(TrialChange later) {
  move_to_end(params, later.params);
  move_to_end(reports, later.reports);
  move_to_end(notes, later.notes);
  set_all(user_attrs, later.user_attrs);
  set_all(system_attrs, later.system_attrs);
  if (later.seen) seen = std::move(later.seen);
  if (!later.final_state) return;
  final_state = later.final_state;
  values = std::move(later.values);
  end_time = later.end_time;
}

void apply(const TrialChange& change, TrialRecord& record) {
  record.params.insert(record.params.end(), change.params.begin(), change.params.end());
  record.intermediate.insert(change.reports.begin(), change.reports.end());
  set_all(record.user_attrs, change.user_attrs);
  set_all(record.system_attrs, change.system_attrs);
  if (!change.final_state) return;
  record.state = *change.final_state;
  record.values = change.values;
  record.end_time = change.end_time;
}

}  // namespace hone::tune
