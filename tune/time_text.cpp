// The proleptic Gregorian calendar through std::chrono: no locale, no time zone.
#include "tune/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace hone::tune {
namespace {

using namespace std::chrono;
using Microseconds = sys_time<microseconds>;

// Reads `count` decimal digits and what must follow them.
bool read_digits(std::string_view& text, std::size_t count, std::string_view follows, int& number) {
  if (text.size() < count + follows.size()) return false;
  const std::string_view digits = text.substr(0, count);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  std::from_chars(digits.data(), digits.data() + count, number);
  if (text.substr(count, follows.size()) != follows) return false;
  text.remove_prefix(count + follows.size());
  return true;
}

}  // namespace

std::int64_t now_microseconds() {
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::string time_text(std::int64_t count) {
  if (count == 0) return {};
  const Microseconds time{microseconds(count)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<std::int64_t> time_from_text(std::string_view text) {
  if (text.empty()) return 0;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, fraction = 0;
  if (!read_digits(text, 4, "-", y) || !read_digits(text, 2, "-", mo) ||
      !read_digits(text, 2, " ", d) || !read_digits(text, 2, ":", h) ||
      !read_digits(text, 2, ":", mi) || !read_digits(text, 2, "", s))
    return std::nullopt;
  if (!text.empty()) {
    if (text[0] != '.') return std::nullopt;
    std::string digits(text.substr(1, 6));
    digits.resize(6, '0');
    std::string_view rest = digits;
    if (!read_digits(rest, 6, "", fraction)) return std::nullopt;
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (y < 1 || !date.ok() || h > 23 || mi > 59 || s > 59) return std::nullopt;
  const Microseconds time =
      sys_days(date) + hours(h) + minutes(mi) + seconds(s) + microseconds(fraction);
  return time.time_since_epoch().count();
}

}  // namespace hone::tune
