// The views of a history: what they hold, and that old ones stay as they were.
#include "tune/history_cache.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "tune/view_memo.h"

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
  for (const TrialRecord& trial : view.finished()) list.push_back(trial.number);
  return list;
}

}  // namespace

TEST_CASE("a view holds the finished trials up to its end, by number, and never changes") {
  HistoryCache cache({Direction::maximize});
  for (const int number : {0, 1, 4, 2, 7}) cache.add(finished(number));
  const auto all = cache.view(100);
  CHECK(all.direction() == Direction::maximize);
  CHECK(numbers(all) == std::vector<int>{0, 1, 2, 4, 7});
  CHECK(numbers(cache.view(1)) == std::vector<int>{0, 1});
  CHECK(numbers(cache.view(4)) == std::vector<int>{0, 1, 2, 4});
  CHECK(numbers(cache.view(-1)).empty());
  CHECK(cache.complete_up_to(2));
  CHECK_FALSE(cache.complete_up_to(3));
  cache.add(finished(3));
  cache.add(finished(3));
  CHECK(numbers(all) == std::vector<int>{0, 1, 2, 4, 7});
  CHECK(numbers(cache.view(100)) == std::vector<int>{0, 1, 2, 3, 4, 7});
}

TEST_CASE("a list of visible trials is written and read back") {
  HistoryCache cache({Direction::minimize});
  CHECK(cache.numbers(5) == "-");
  CHECK(cache.view_of("-").size() == 0);
  for (const int number : {0, 1, 2, 5, 6, 9}) cache.add(finished(number));
  CHECK(cache.numbers(100) == "0-2,5-6,9");
  CHECK(cache.numbers(5) == "0-2,5");
  CHECK(cache.numbers(0) == "0");
  CHECK(numbers(cache.view_of("0-2,5-6,9")) == std::vector<int>{0, 1, 2, 5, 6, 9});
  CHECK(numbers(cache.view_of("1,3,6-2000000000")) == std::vector<int>{1, 6, 9});
  for (const char* bad : {"x", "3-1", "2,1", "1,,2", "1-", "99999999999"})
    CHECK_THROWS_AS(cache.view_of(bad), Error);
}

TEST_CASE("views that show the same trials know it, and share them") {
  HistoryCache cache({Direction::minimize});
  std::vector<HistoryView> old;
  for (int number = 0; number < 1000; ++number) {
    old.push_back(cache.view(number - 1));
    CHECK(old.back().same_as(cache.view(number - 1)));
    CHECK(old.back().size() == static_cast<std::size_t>(number));
    cache.add(finished(number));
  }
  for (int number = 0; number < 1000; ++number) {
    const HistoryView& view = old[static_cast<std::size_t>(number)];
    CHECK(view.same_as(cache.view(number - 1)));
    CHECK_FALSE(view.same_as(cache.view(number)));
    REQUIRE(numbers(view).size() == static_cast<std::size_t>(number));
    if (number > 0) CHECK(&view[0] == &old[1][0]);
    if (number > 0) CHECK(view[static_cast<std::size_t>(number) - 1].number == number - 1);
  }
  CHECK(cache.view_of("0-41").same_as(cache.view(41)));
  // Behind a gap: the same list until one more is finished.
  cache.add(finished(1002));
  const HistoryView gap = cache.view(5000);
  CHECK(gap.same_as(cache.view(6000)));
  cache.add(finished(1004));
  CHECK_FALSE(gap.same_as(cache.view(6000)));
  CHECK(gap[1000].number == 1002);
}

TEST_CASE("pending trials stand beside the finished ones") {
  const HistoryView bare;
  CHECK(bare.pending().empty());
  TrialRecord running;
  running.number = 4;
  const HistoryView view({Direction::maximize, Direction::minimize},
                         {finished(7), std::make_shared<const TrialRecord>(running), finished(2)});
  CHECK(numbers(view) == std::vector<int>{2, 7});
  REQUIRE(view.pending().size() == 1);
  CHECK(view.pending()[0]->number == 4);
  CHECK(view.directions().size() == 2);
  CHECK(view.direction() == Direction::maximize);
  const HistoryView none = view.with_pending({});
  CHECK(none.pending().empty());
  CHECK(numbers(none) == numbers(view));
  CHECK_FALSE(none.same_as(view));
  CHECK(none.same_as(view.with_pending({})));
  CHECK_THROWS_AS(HistoryView({}, {}), Error);
}

TEST_CASE("old views are read by other threads while the history grows") {
  HistoryCache cache({Direction::minimize});
  for (int number = 0; number < 60; ++number) cache.add(finished(number));
  const HistoryView view = cache.view(59);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    while (!stop)
      for (const TrialRecord& trial : view.finished())
        if (trial.number >= 60) ++wrong;
  });
  for (int number = 60; number < 5000; ++number) cache.add(finished(number));
  stop = true;
  reader.join();
  CHECK(wrong == 0);
  CHECK(cache.view(4999).size() == 5000);
}

TEST_CASE("a memo keeps one value a view, and the latest views only") {
  ViewMemo<int> memo;
  HistoryCache cache({Direction::minimize});
  int computed = 0;
  const auto ask = [&](const HistoryView& view) {
    return *memo.get(view, [&](const HistoryView& shown) {
      ++computed;
      return static_cast<int>(shown.size());
    });
  };
  for (int number = 0; number < 100; ++number) {
    for (int again = 0; again < 3; ++again) CHECK(ask(cache.view(number - 1)) == number);
    cache.add(finished(number));
  }
  CHECK(computed == 100);
  CHECK(ask(cache.view(0)) == 1);
  CHECK(computed == 101);
}
