// The part of a study that a sampler or a pruner may see when it decides about one trial.
//
// Samplers and pruners never touch the live study: two runs that show them equal views and keys get
// equal answers.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tune/parameter_tree.h"
#include "tune/trial_record.h"

namespace hone::tune {

using TrialPtr = std::shared_ptr<const TrialRecord>;

// Where a decision stands: all randomness of a sampler or a pruner is a pure function of these and
// of names, so that a trial can be decided again, in any process, with the same result.
struct DrawKey {
  std::uint64_t study_seed = 0;
  int trial_number = 0;
  std::string study = {};  // its name; Optuna's Hyperband derives the brackets of trials from it
};

// Finished trials in chunks that are filled once and never moved. One writer appends; whoever knows
// a length may read what lies before it, without a lock, while the writer goes on.
class TrialLog {
 public:
  explicit TrialLog(std::vector<Direction> directions, std::size_t reported = 0);
  TrialLog(const TrialLog&) = delete;
  TrialLog& operator=(const TrialLog&) = delete;
  ~TrialLog();
  const std::vector<Direction>& directions() const { return directions_; }
  std::size_t reported() const { return reported_; }
  // The writer's own.
  std::size_t size() const { return size_; }
  void append(TrialPtr trial);
  const TrialPtr& operator[](std::size_t i) const {
    const std::size_t chunk = chunk_of(i);
    return chunks_[chunk][i - begin_of(chunk)];
  }
  // What the first `count` trials teach, kept for the counts asked for last. Any thread.
  ParameterTree tree(std::size_t count) const;

 private:
  // Chunks of 64, 64, 128, 256, ...: the list of them has a fixed size and never moves.
  static constexpr std::size_t kFirst = 64;
  static std::size_t chunk_of(std::size_t i) {
    return static_cast<std::size_t>(std::bit_width(i / kFirst));
  }
  static std::size_t begin_of(std::size_t chunk) { return chunk == 0 ? 0 : kFirst << (chunk - 1); }

  std::vector<Direction> directions_;
  std::size_t reported_ = 0;
  std::size_t size_ = 0;
  std::array<std::unique_ptr<TrialPtr[]>, 27> chunks_;
  struct Trees;
  const std::unique_ptr<Trees> trees_;
};

// Finished trials by number, and beside them the pending ones. A value of a few pointers: copies
// share everything, nothing that it shows ever changes, any thread may read it.
class HistoryView {
 public:
  // Shows nothing; one objective, to be minimised.
  HistoryView();
  // A view of these, in any order: COMPLETE, PRUNED and FAIL ones are finished, RUNNING ones
  // pending, others are left out. `directions`: one an objective, at least one; `reported`: the
  // one of them that trials report.
  HistoryView(std::vector<Direction> directions, std::vector<TrialPtr> trials,
              std::size_t reported = 0);
  // The first `count` trials of the log, then `late`; both parts by number, each of `late` behind
  // the log's. Lists may be null.
  HistoryView(std::shared_ptr<const TrialLog> log, std::size_t count,
              std::shared_ptr<const std::vector<TrialPtr>> late,
              std::shared_ptr<const std::vector<TrialPtr>> pending);

  const std::vector<Direction>& directions() const { return log_->directions(); }
  bool several() const { return directions().size() > 1; }  // objectives
  // The objective that trials report, and its direction: what a pruner sees of several objectives.
  std::size_t reported() const { return log_->reported(); }
  Direction direction() const { return directions()[reported()]; }

  // COMPLETE, PRUNED and FAIL trials by number. The trial that is decided about is never among
  // them.
  std::size_t size() const { return count_ + (late_ ? late_->size() : 0); }
  const TrialRecord& operator[](std::size_t i) const {
    return i < count_ ? *(*log_)[i] : *(*late_)[i - count_];
  }
  // The same, to be kept beyond the view.
  const TrialPtr& trial(std::size_t i) const {
    return i < count_ ? (*log_)[i] : (*late_)[i - count_];
  }
  class Iterator;
  class Finished;
  Finished finished() const;  // for (const TrialRecord& trial : view.finished())

  // The tree of parameters that the finished trials teach: computed once for all who show them.
  ParameterTree tree() const;

  // Trials by number that are under way and may end before the one that is decided about. In a
  // deterministic study those between its finished ones and itself, with their *planned* points
  // (Sampler::plan followed down the tree), not with what they have suggested by now, which would
  // depend on timing. In others those of this process, with the parameters suggested before this
  // trial began. They never hold reports or values.
  const std::vector<TrialPtr>& pending() const;
  HistoryView with_pending(std::vector<TrialPtr> pending) const;

  // The first trials of this view come from one log, whose identity and length these are: a view
  // of the same log that is longer has the same ones first.
  const TrialLog* log() const { return log_.get(); }
  std::size_t log_count() const { return count_; }
  // The first `count` finished trials and nothing else.
  HistoryView prefix(std::size_t count) const;

  // Both show the very same trials, known without looking at them. What was computed from one holds
  // for the other; false says nothing.
  bool same_as(const HistoryView& other) const;

 private:
  std::shared_ptr<const TrialLog> log_;
  std::size_t count_ = 0;  // so many trials of the log are shown
  std::shared_ptr<const std::vector<TrialPtr>> late_, pending_;  // null: none
};

class HistoryView::Iterator {
 public:
  Iterator(const HistoryView& view, std::size_t at) : view_(&view), at_(at) {}
  const TrialRecord& operator*() const { return (*view_)[at_]; }
  Iterator& operator++() {
    ++at_;
    return *this;
  }
  bool operator==(const Iterator& other) const { return at_ == other.at_; }

 private:
  const HistoryView* view_;
  std::size_t at_;
};

// Refers to its view, which must outlive it.
class HistoryView::Finished {
 public:
  explicit Finished(const HistoryView& view) : view_(view) {}
  Iterator begin() const { return {view_, 0}; }
  Iterator end() const { return {view_, view_.size()}; }

 private:
  const HistoryView& view_;
};

inline HistoryView::Finished HistoryView::finished() const { return Finished(*this); }

}  // namespace hone::tune
