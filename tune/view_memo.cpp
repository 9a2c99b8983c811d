// The list of what is kept.
#include "tune/view_memo.h"

namespace hone::tune {

std::shared_ptr<const void> ViewMemoBase::same(const HistoryView& view) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = entries_.size(); i-- > 0;)
    if (entries_[i].first.same_as(view)) return entries_[i].second;
  return nullptr;
}

ViewMemoBase::Known ViewMemoBase::most_of(const HistoryView& view) const {
  const std::lock_guard lock(mutex_);
  Known found;
  for (const auto& [seen, value] : entries_)
    if (seen.log() == view.log() && seen.log_count() <= view.log_count() &&
        (!found.value || seen.log_count() >= found.trials))
      found = {value, seen.log_count()};
  return found;
}

void ViewMemoBase::keep(const HistoryView& view, std::shared_ptr<const void> value) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= most_) entries_.erase(entries_.begin());
  entries_.emplace_back(view, std::move(value));
}

}  // namespace hone::tune
