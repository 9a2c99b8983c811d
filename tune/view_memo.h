// What a sampler or pruner has computed from a view, kept for its next calls.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "tune/history_view.h"

namespace hone::tune {

// Values of any type with the views they belong to; those kept last. Thread-safe. Apart from the
// templates below, so that whoever includes those compiles it once.
class ViewMemoBase {
 public:
  explicit ViewMemoBase(std::size_t most);
  ViewMemoBase(const ViewMemoBase&) = delete;
  ViewMemoBase& operator=(const ViewMemoBase&) = delete;
  ~ViewMemoBase();

  // Of the same view; null: nothing is known.
  std::shared_ptr<const void> same(const HistoryView& view) const;
  struct Known {
    std::shared_ptr<const void> value;  // null: nothing is known
    std::size_t trials = 0;             // so many of the log's first
  };
  // What knows most of the trials of the log that the view shows; of equals the newest.
  Known most_of(const HistoryView& view) const;
  void keep(const HistoryView& view, std::shared_ptr<const void> value);

 private:
  const std::size_t most_;
  struct List;
  const std::unique_ptr<List> list_;
};

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
    if (const auto known = memo_.same(view)) return std::static_pointer_cast<const T>(known);
    std::shared_ptr<const T> value = std::make_shared<const T>(compute(view));
    memo_.keep(view, value);
    return value;
  }

 private:
  ViewMemoBase memo_{16};
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
    const ViewMemoBase::Known known = memo_.most_of(view);
    return {std::static_pointer_cast<const T>(known.value), known.trials};
  }
  // `first` shows trials of the log and no others.
  void keep(const HistoryView& first, std::shared_ptr<const T> value) {
    memo_.keep(first, std::move(value));
  }

 private:
  ViewMemoBase memo_{8};
};

}  // namespace hone::tune
