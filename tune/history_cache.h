// The finished trials of a study in memory, and the views of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tune/history_view.h"

namespace hone::tune {

// Not thread-safe; views it gave out are immutable and stay valid.
class HistoryCache {
 public:
  explicit HistoryCache(std::vector<Direction> directions) : directions_(std::move(directions)) {}

  void add(std::shared_ptr<const TrialRecord> record);
  bool contains(int number) const;
  // All finished trials with a number up to `last`. Old views that nobody holds any more are
  // extended, so that a growing history costs O(1) a trial.
  std::shared_ptr<const HistoryView> view(int last);
  // Every number from 0 to `last` is finished.
  bool complete_up_to(int last) const { return last < static_cast<int>(prefix_.size()); }
  // The numbers of view(last) as "0-41,43".
  std::string numbers(int last) const;
  // The view of such a list; numbers that are not finished are left out. Throws Error(storage) on a
  // bad text.
  std::shared_ptr<const HistoryView> view_of(const std::string& numbers) const;

 private:
  struct Snapshot {
    std::shared_ptr<HistoryView> view;
    std::size_t clean = 0;  // so many trials at the front are those of prefix_
  };
  std::vector<Direction> directions_;
  std::vector<std::shared_ptr<const TrialRecord>> prefix_;  // trials 0, 1, 2, ... without a gap
  std::map<int, std::shared_ptr<const TrialRecord>> rest_;  // finished trials behind the first gap
  std::vector<Snapshot> snapshots_;
};

}  // namespace hone::tune
