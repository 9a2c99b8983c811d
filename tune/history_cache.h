// The finished trials of a study in memory, and the views of them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tune/history_view.h"

namespace hone::tune {

// Not thread-safe; the views it gives out are, and stay valid.
class HistoryCache {
 public:
  explicit HistoryCache(const std::vector<Direction>& directions, std::size_t reported = 0)
      : log_(std::make_shared<TrialLog>(directions, reported)) {}

  // A trial that is known already changes nothing.
  void add(TrialPtr trial);
  bool contains(int number) const;
  TrialPtr find(int number) const;  // null: not finished
  std::size_t size() const { return log_->size() + rest_.size(); }
  // All finished trials with a number up to `last`, nothing pending.
  HistoryView view(int last);
  // Every number from 0 to `last` is finished.
  bool complete_up_to(int last) const { return last < prefix(); }
  // The numbers of view(last) as "0-41,43".
  std::string numbers(int last) const;
  // The view of such a list; numbers that are not finished are left out. Throws Error(storage) on a
  // bad text.
  HistoryView view_of(const std::string& numbers) const;

 private:
  int prefix() const { return static_cast<int>(log_->size()); }
  std::shared_ptr<const std::vector<TrialPtr>> rest_up_to(int last) const;

  std::shared_ptr<TrialLog> log_;                          // trials 0, 1, 2, ... without a gap
  std::map<int, TrialPtr> rest_;                           // finished trials behind the first gap
  std::shared_ptr<const std::vector<TrialPtr>> all_rest_;  // the same as a list, once asked for
};

}  // namespace hone::tune
