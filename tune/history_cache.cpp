// Views share trials, and a view that was dropped is extended instead of built anew.
#include "tune/history_cache.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace hone::tune {
namespace {

constexpr std::size_t kMaxSnapshots = 64;

int read_number(const char*& at, const char* end) {
  int number = -1;
  const auto result = std::from_chars(at, end, number);
  if (result.ec != std::errc() || number < 0)
    fail(ErrorKind::storage, "a trial's list of visible trials is not readable");
  at = result.ptr;
  return number;
}

}  // namespace

void HistoryCache::add(std::shared_ptr<const TrialRecord> record) {
  if (contains(record->number)) return;
  rest_[record->number] = std::move(record);
  while (!rest_.empty() && rest_.begin()->first == static_cast<int>(prefix_.size())) {
    prefix_.push_back(rest_.begin()->second);
    rest_.erase(rest_.begin());
  }
}

bool HistoryCache::contains(int number) const {
  return (number >= 0 && number < static_cast<int>(prefix_.size())) || rest_.contains(number);
}

std::shared_ptr<const HistoryView> HistoryCache::view(int last) {
  const int end = std::min(std::max(last, -1), static_cast<int>(prefix_.size()) - 1) + 1;
  const auto count = static_cast<std::size_t>(end);
  Snapshot* best = nullptr;
  for (Snapshot& snapshot : snapshots_)
    if (snapshot.view.use_count() == 1 && snapshot.clean <= count &&
        (best == nullptr || snapshot.clean > best->clean))
      best = &snapshot;
  if (best == nullptr) {
    if (snapshots_.size() >= kMaxSnapshots) snapshots_.erase(snapshots_.begin());
    best = &snapshots_.emplace_back();
    best->view = std::make_shared<HistoryView>();
    best->view->directions = directions_;
  }
  auto& trials = best->view->trials;
  trials.resize(best->clean);
  const auto from = prefix_.begin() + static_cast<std::ptrdiff_t>(best->clean);
  trials.insert(trials.end(), from, prefix_.begin() + static_cast<std::ptrdiff_t>(count));
  best->clean = count;
  for (const auto& [number, record] : rest_)
    if (number <= last) trials.push_back(record);
  return best->view;
}

std::string HistoryCache::numbers(int last) const {
  std::string text;
  int from = 0, to = std::min(last, static_cast<int>(prefix_.size()) - 1);
  const auto add_range = [&] {
    if (to < from) return;
    text += (text.empty() ? "" : ",") +
            (from == to ? fmt::format("{}", from) : fmt::format("{}-{}", from, to));
  };
  for (const auto& [number, record] : rest_) {
    if (number > last) break;
    if (number != to + 1) {
      add_range();
      from = number;
    }
    to = number;
  }
  add_range();
  return text.empty() ? "-" : text;  // "-": nothing; an empty text means that nothing was recorded
}

std::shared_ptr<const HistoryView> HistoryCache::view_of(const std::string& numbers) const {
  auto view = std::make_shared<HistoryView>();
  view->directions = directions_;
  const auto add_trial = [&](int number) {
    if (number < static_cast<int>(prefix_.size())) {
      view->trials.push_back(prefix_[static_cast<std::size_t>(number)]);
    } else if (const auto found = rest_.find(number); found != rest_.end()) {
      view->trials.push_back(found->second);
    }
  };
  if (numbers == "-") return view;
  const int largest = rest_.empty() ? static_cast<int>(prefix_.size()) - 1 : rest_.rbegin()->first;
  const char* at = numbers.data();
  const char* const end = at + numbers.size();
  for (int previous = -1; at != end;) {
    const int from = read_number(at, end);
    int to = from;
    if (at != end && *at == '-') to = read_number(++at, end);
    if (from <= previous || to < from || (at != end && *at++ != ','))
      fail(ErrorKind::storage, "a trial's list of visible trials is not readable");
    for (int number = from; number <= std::min(to, largest); ++number) add_trial(number);
    previous = to;
  }
  return view;
}

}  // namespace hone::tune
