// What a sampler or pruner has computed from a view, kept for its next calls.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tune/history_view.h"

namespace hone::tune {

// Thread-safe. Nothing is computed under its lock: two threads that ask for the same view at the
// same moment may both compute it. Keeps the values of the views used last, one for each worker
// that a machine is likely to have.
template <class T>
class ViewMemo {
 public:
  // The value of a view: a kept one, or what `compute` returns. The value may hold pointers into
  // the view: both are kept together.
  template <class Compute>
  std::shared_ptr<const T> get(const HistoryView& view, Compute compute) {
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = entries_.size(); i-- > 0;)
        if (entries_[i].first.same_as(view)) return entries_[i].second;
    }
    std::shared_ptr<const T> value = std::make_shared<const T>(compute(view));
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kKept) entries_.erase(entries_.begin());
    entries_.emplace_back(view, value);
    return value;
  }

 private:
  static constexpr std::size_t kKept = 16;
  std::mutex mutex_;
  std::vector<std::pair<HistoryView, std::shared_ptr<const T>>> entries_;  // the newest last
};

// What is known of the first trials of a log, to go on from when more have ended. Thread-safe.
// Nothing is computed under its lock. Keeps the values made last.
template <class T>
class LogMemo {
 public:
  struct Known {
    std::shared_ptr<const T> value;  // null: nothing is known yet
    std::size_t trials = 0;          // so many of the log's first
  };
  // What knows most of the trials of the log that the view shows; of equals the newest.
  Known find(const HistoryView& view) const {
    const std::lock_guard lock(mutex_);
    Known found;
    for (const auto& [seen, value] : entries_)
      if (seen.log() == view.log() && seen.log_count() <= view.log_count() &&
          (!found.value || seen.log_count() >= found.trials))
        found = {value, seen.log_count()};
    return found;
  }
  // `first` shows trials of the log and no others.
  void keep(const HistoryView& first, std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kKept) entries_.erase(entries_.begin());
    entries_.emplace_back(first, std::move(value));
  }

 private:
  static constexpr std::size_t kKept = 8;
  mutable std::mutex mutex_;
  std::vector<std::pair<HistoryView, std::shared_ptr<const T>>> entries_;  // the newest last
};

}  // namespace hone::tune
