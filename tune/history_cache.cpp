// Views share the trials: making one copies no more than the trials behind a gap.
#include "tune/history_cache.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace hone::tune {
namespace {

int read_number(const char*& at, const char* end) {
  int number = -1;
  const auto result = std::from_chars(at, end, number);
  if (result.ec != std::errc() || number < 0)
    fail(ErrorKind::storage, "a trial's list of visible trials is not readable");
  at = result.ptr;
  return number;
}

}  // namespace

void HistoryCache::add(TrialPtr trial) {
  if (contains(trial->number)) return;
  if (trial->number != prefix()) {
    rest_[trial->number] = std::move(trial);
  } else {
    log_->append(std::move(trial));
    while (!rest_.empty() && rest_.begin()->first == prefix()) {
      log_->append(std::move(rest_.begin()->second));
      rest_.erase(rest_.begin());
    }
  }
  all_rest_ = nullptr;
}

bool HistoryCache::contains(int number) const {
  return (number >= 0 && number < prefix()) || rest_.contains(number);
}

TrialPtr HistoryCache::find(int number) const {
  if (number >= 0 && number < prefix()) return (*log_)[static_cast<std::size_t>(number)];
  const auto found = rest_.find(number);
  return found == rest_.end() ? nullptr : found->second;
}

std::shared_ptr<const std::vector<TrialPtr>> HistoryCache::rest_up_to(int last) const {
  std::vector<TrialPtr> list;
  for (auto at = rest_.begin(); at != rest_.end() && at->first <= last; ++at)
    list.push_back(at->second);
  return list.empty() ? nullptr : std::make_shared<const std::vector<TrialPtr>>(std::move(list));
}

HistoryView HistoryCache::view(int last) {
  const auto count = static_cast<std::size_t>(std::min(std::max(last, -1), prefix() - 1) + 1);
  if (rest_.empty()) return {log_, count, nullptr, nullptr};
  if (last < rest_.rbegin()->first) return {log_, count, rest_up_to(last), nullptr};
  if (!all_rest_) all_rest_ = rest_up_to(last);
  return {log_, count, all_rest_, nullptr};
}

std::string HistoryCache::numbers(int last) const {
  std::string text;
  int from = 0, to = std::min(last, prefix() - 1);
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

HistoryView HistoryCache::view_of(const std::string& numbers) const {
  if (numbers == "-") return {log_, 0, nullptr, nullptr};
  std::size_t count = 0;  // the list begins with 0 to count - 1
  std::vector<TrialPtr> others;
  const auto add_trial = [&](int number) {
    if (number < prefix()) {
      if (static_cast<std::size_t>(number) == count && others.empty())
        ++count;
      else
        others.push_back((*log_)[static_cast<std::size_t>(number)]);
    } else if (const auto found = rest_.find(number); found != rest_.end()) {
      others.push_back(found->second);
    }
  };
  const int largest = rest_.empty() ? prefix() - 1 : rest_.rbegin()->first;
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
  return {
      log_, count,
      others.empty() ? nullptr : std::make_shared<const std::vector<TrialPtr>>(std::move(others)),
      nullptr};
}

}  // namespace hone::tune
