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

}  // namespace hone::tune
