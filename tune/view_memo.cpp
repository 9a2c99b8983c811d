// The list of what is kept.
#include "tune/view_memo.h"

#include <mutex>
#include <vector>

namespace hone::tune {

struct ViewMemoBase::List {
  std::mutex mutex;
  std::vector<std::pair<HistoryView, std::shared_ptr<const void>>> entries;  // the newest last
};

ViewMemoBase::ViewMemoBase(std::size_t most) : most_(most), list_(std::make_unique<List>()) {}

ViewMemoBase::~ViewMemoBase() = default;

std::shared_ptr<const void> ViewMemoBase::same(const HistoryView& view) const {
  const std::lock_guard lock(list_->mutex);
  for (std::size_t i = list_->entries.size(); i-- > 0;)
    if (list_->entries[i].first.same_as(view)) return list_->entries[i].second;
  return nullptr;
}

ViewMemoBase::Known ViewMemoBase::most_of(const HistoryView& view) const {
  const std::lock_guard lock(list_->mutex);
  Known found;
  for (const auto& [seen, value] : list_->entries)
    if (seen.log() == view.log() && seen.log_count() <= view.log_count() &&
        (!found.value || seen.log_count() >= found.trials))
      found = {value, seen.log_count()};
  return found;
}

void ViewMemoBase::keep(const HistoryView& view, std::shared_ptr<const void> value) {
  const std::lock_guard lock(list_->mutex);
  if (list_->entries.size() >= most_) list_->entries.erase(list_->entries.begin());
  list_->entries.emplace_back(view, std::move(value));
}

}  // namespace hone::tune
