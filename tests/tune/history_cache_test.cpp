// The views of a history: what they hold, and that old ones stay as they were.
#include "tune/history_cache.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace hone;
using namespace hone::tune;

namespace {

std::shared_ptr<const TrialRecord> finished(int number) {
  TrialRecord record;
  record.number = number;
  record.state = TrialState::complete;
  return std::make_shared<const TrialRecord>(record);
}

std::vector<int> numbers(const HistoryView& view) {
  std::vector<int> list;
  for (const auto& trial : view.trials) list.push_back(trial->number);
  return list;
}

}  // namespace

TEST_CASE("a view holds the finished trials up to its end, by number, and never changes") {
  HistoryCache cache({Direction::maximize});
  for (const int number : {0, 1, 4, 2, 7}) cache.add(finished(number));
  const auto all = cache.view(100);
  CHECK(all->direction() == Direction::maximize);
  CHECK(numbers(*all) == std::vector<int>{0, 1, 2, 4, 7});
  CHECK(numbers(*cache.view(1)) == std::vector<int>{0, 1});
  CHECK(numbers(*cache.view(4)) == std::vector<int>{0, 1, 2, 4});
  CHECK(numbers(*cache.view(-1)).empty());
  CHECK(cache.complete_up_to(2));
  CHECK_FALSE(cache.complete_up_to(3));
  cache.add(finished(3));
  cache.add(finished(3));
  CHECK(numbers(*all) == std::vector<int>{0, 1, 2, 4, 7});
  CHECK(numbers(*cache.view(100)) == std::vector<int>{0, 1, 2, 3, 4, 7});
}

TEST_CASE("a list of visible trials is written and read back") {
  HistoryCache cache({Direction::minimize});
  CHECK(cache.numbers(5) == "-");
  CHECK(cache.view_of("-")->trials.empty());
  for (const int number : {0, 1, 2, 5, 6, 9}) cache.add(finished(number));
  CHECK(cache.numbers(100) == "0-2,5-6,9");
  CHECK(cache.numbers(5) == "0-2,5");
  CHECK(cache.numbers(0) == "0");
  CHECK(numbers(*cache.view_of("0-2,5-6,9")) == std::vector<int>{0, 1, 2, 5, 6, 9});
  CHECK(numbers(*cache.view_of("1,3,6-2000000000")) == std::vector<int>{1, 6, 9});
  for (const char* bad : {"x", "3-1", "2,1", "1,,2", "1-", "99999999999"})
    CHECK_THROWS_AS(cache.view_of(bad), Error);
}

TEST_CASE("a view that nobody holds is extended instead of built anew") {
  HistoryCache cache({Direction::minimize});
  const HistoryView* first = nullptr;
  for (int number = 0; number < 100; ++number) {
    const auto view = cache.view(number - 1);
    if (number == 0) first = view.get();
    CHECK(view.get() == first);
    CHECK(view->trials.size() == static_cast<std::size_t>(number));
    cache.add(finished(number));
  }
}
