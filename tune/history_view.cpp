// Chunks, and views of them.
#include "tune/history_view.h"

#include <algorithm>

#include "base/error.h"

namespace hone::tune {
namespace {

using List = std::vector<TrialPtr>;

std::shared_ptr<const List> list_or_null(List list) {
  return list.empty() ? nullptr : std::make_shared<const List>(std::move(list));
}

}  // namespace

struct TrialLog::Trees {
  std::mutex mutex;
  std::vector<std::pair<std::size_t, ParameterTree>> kept;  // the newest last
};

TrialLog::TrialLog(std::vector<Direction> directions, std::size_t reported)
    : directions_(std::move(directions)), reported_(reported), trees_(std::make_unique<Trees>()) {}

TrialLog::~TrialLog() = default;

void TrialLog::append(TrialPtr trial) {
  const std::size_t chunk = chunk_of(size_);
  if (size_ == begin_of(chunk))
    chunks_.at(chunk) = std::make_unique<TrialPtr[]>(chunk == 0 ? kFirst : begin_of(chunk));
  chunks_[chunk][size_ - begin_of(chunk)] = std::move(trial);
  ++size_;
}

ParameterTree TrialLog::tree(std::size_t count) const {
  constexpr std::size_t kKept = 8;
  const std::lock_guard lock(trees_->mutex);
  auto& kept = trees_->kept;
  std::pair<std::size_t, ParameterTree> longest{0, {}};
  for (const auto& known : kept)
    if (known.first <= count && known.first >= longest.first) longest = known;
  if (longest.first == count) return longest.second;
  longest.second.extend(longest.first, count,
                        [&](std::size_t i) -> const TrialRecord& { return *(*this)[i]; });
  longest.first = count;
  if (kept.size() >= kKept) kept.erase(kept.begin());
  kept.push_back(longest);
  return longest.second;
}

HistoryView::HistoryView() {
  static const auto kEmpty = std::make_shared<const TrialLog>(std::vector{Direction::minimize});
  log_ = kEmpty;
}

HistoryView::HistoryView(std::vector<Direction> directions, List trials, std::size_t reported) {
  check(reported < directions.size(), "history: objective {} is reported, there are {}", reported,
        directions.size());
  std::stable_sort(trials.begin(), trials.end(),
                   [](const TrialPtr& a, const TrialPtr& b) { return a->number < b->number; });
  auto log = std::make_shared<TrialLog>(std::move(directions), reported);
  List pending;
  for (TrialPtr& trial : trials) {
    if (is_finished(trial->state))
      log->append(std::move(trial));
    else if (trial->state == TrialState::running)
      pending.push_back(std::move(trial));
  }
  count_ = log->size();
  log_ = std::move(log);
  pending_ = list_or_null(std::move(pending));
}

HistoryView::HistoryView(std::shared_ptr<const TrialLog> log, std::size_t count,
                         std::shared_ptr<const List> late, std::shared_ptr<const List> pending)
    : log_(std::move(log)), count_(count), late_(std::move(late)), pending_(std::move(pending)) {}

const List& HistoryView::pending() const {
  static const List kNone;
  return pending_ ? *pending_ : kNone;
}

HistoryView HistoryView::with_pending(List pending) const {
  return {log_, count_, late_, list_or_null(std::move(pending))};
}

ParameterTree HistoryView::tree() const {
  ParameterTree tree = log_->tree(count_);
  if (late_)
    tree.extend(count_, size(), [&](std::size_t i) -> const TrialRecord& { return (*this)[i]; });
  return tree;
}

HistoryView HistoryView::prefix(std::size_t count) const {
  if (count <= count_) return {log_, count, nullptr, nullptr};
  const auto behind = static_cast<std::ptrdiff_t>(std::min(count, size()) - count_);
  return {log_, count_, list_or_null(List(late_->begin(), late_->begin() + behind)), nullptr};
}

bool HistoryView::same_as(const HistoryView& other) const {
  return log_ == other.log_ && count_ == other.count_ && late_ == other.late_ &&
         pending_ == other.pending_;
}

}  // namespace hone::tune
