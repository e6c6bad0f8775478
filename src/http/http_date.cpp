#include "http/http_date.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

#include "base/text.h"

namespace cachewitness::http {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads from the front; `ok` turns false at the first thing that is not as asked and stays so.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  void literal(std::string_view text) {
    if (!rest_.starts_with(text)) {
      ok_ = false;
      return;
    }
    rest_.remove_prefix(text.size());
  }
  bool skip(char c) {
    if (!rest_.starts_with(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void letters() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && ((rest_[0] >= 'a' && rest_[0] <= 'z') || (rest_[0] >= 'A' && rest_[0] <= 'Z'))) {
      rest_.remove_prefix(1);
    }
    ok_ = ok_ && rest_.size() != before;
  }
  // 1 to 12.
  int month() {
    const std::string_view given = rest_.substr(0, 3);
    for (std::size_t i = 0; i < months.size(); ++i) {
      if (base::equals_ignoring_case(given, months[i])) {
        rest_.remove_prefix(3);
        return static_cast<int>(i) + 1;
      }
    }
    ok_ = false;
    return 0;
  }
  [[nodiscard]] bool is_done() const { return ok_ && rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void take_time(Cursor& cursor, Parts& parts) {
  parts.hour = cursor.number(2);
  cursor.literal(":");
  parts.minute = cursor.number(2);
  cursor.literal(":");
  parts.second = cursor.number(2);
}

std::optional<base::Instant> instant_of(const Parts& parts) {
  // RFC 9110 5.6.7: 60 is a leap second.
  if (parts.hour > 23 || parts.minute > 59 || parts.second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{parts.year},
                                         std::chrono::month{static_cast<unsigned>(parts.month)},
                                         std::chrono::day{static_cast<unsigned>(parts.day)}};
  // Nanoseconds in 64 bits hold the years 1678 to 2262.
  if (!date.ok() || parts.year < 1700 || parts.year > 2250) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + parts.hour * 3600 + parts.minute * 60 + parts.second;
  return base::Instant{seconds * 1'000'000'000};
}

base::Instant fifty_years_after(base::Instant reference) {
  // An Instant ends in 2262. What would lie after that is after every date that there is.
  constexpr base::Instant last_but_fifty{std::int64_t{7'600'000'000} * 1'000'000'000};  // in 2210
  constexpr base::Instant first{std::int64_t{-9'000'000'000} * 1'000'000'000};          // in 1684
  if (reference > last_but_fifty) {
    return {std::numeric_limits<std::int64_t>::max()};
  }
  const auto point =
      std::chrono::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{std::max(reference, first).ns}};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  std::chrono::year_month_day date{day};
  date += std::chrono::years{50};
  if (!date.ok()) {  // 29 February of a year that 50 years later has none
    date = date.year() / date.month() / std::chrono::last;
  }
  const std::chrono::nanoseconds time_of_day = point - day;
  return {std::chrono::nanoseconds{std::chrono::sys_days{date}.time_since_epoch()}.count() + time_of_day.count()};
}

// RFC 9110 5.6.7: the latest year with these two digits whose timestamp is no more than 50 years ahead of the
// reference. In 1999, "01" is 2001 and not 1901.
std::optional<base::Instant> instant_of_two_digit_year(Parts parts, base::Instant reference) {
  const base::Instant latest = fifty_years_after(reference);
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(std::chrono::nanoseconds{reference.ns})};
  const int century = static_cast<int>(std::chrono::year_month_day{day}.year()) / 100 * 100;
  const int two_digits = parts.year;
  for (const int years : {100, 0, -100}) {
    parts.year = century + years + two_digits;
    // 29 February is in some of the centuries only.
    if (const auto when = instant_of(parts); when && *when <= latest) {
      return when;
    }
  }
  return std::nullopt;
}

// "Sunday, 06-Nov-94 08:49:37 GMT" after the comma.
bool take_rfc850(Cursor& cursor, Parts& parts) {
  parts.day = cursor.number(2);
  cursor.literal("-");
  parts.month = cursor.month();
  cursor.literal("-");
  parts.year = cursor.number(2);
  cursor.literal(" ");
  take_time(cursor, parts);
  cursor.literal(" GMT");
  return cursor.is_done();
}

// "Sun, 06 Nov 1994 08:49:37 GMT" after the comma.
bool take_fixdate(Cursor& cursor, Parts& parts) {
  parts.day = cursor.number(2);
  cursor.literal(" ");
  parts.month = cursor.month();
  cursor.literal(" ");
  parts.year = cursor.number(4);
  cursor.literal(" ");
  take_time(cursor, parts);
  cursor.literal(" GMT");
  return cursor.is_done();
}

// "Sun Nov  6 08:49:37 1994" after the day's name.
bool take_asctime(Cursor& cursor, Parts& parts) {
  parts.month = cursor.month();
  cursor.literal(" ");
  const bool is_padded = cursor.skip(' ');
  parts.day = cursor.number(is_padded ? 1 : 2);
  cursor.literal(" ");
  take_time(cursor, parts);
  cursor.literal(" ");
  parts.year = cursor.number(4);
  return cursor.is_done();
}

// "Sun, 06 Nov 1994 08:49:37 GMT", which is what servers send, read at its fixed places. False for any other
// form, and for one that only the tolerant way of reading accepts.
bool read_fixdate(std::string_view text, Parts& parts) {
  constexpr std::string_view shape = "aaa, dd aaa dddd dd:dd:dd GMT";
  if (text.size() != shape.size()) {
    return false;
  }
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == 'd' ? c >= '0' && c <= '9' : shape[i] == 'a' ? is_letter(c) : c == shape[i];
    if (!fits) {
      return false;
    }
  }
  const auto number = [text](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const auto* const month = std::ranges::find(months, text.substr(8, 3));
  parts = {.year = number(12) * 100 + number(14),
           .month = static_cast<int>(month - months.begin()) + 1,
           .day = number(5),
           .hour = number(17),
           .minute = number(20),
           .second = number(23)};
  return month != months.end();
}

}  // namespace

std::optional<base::Instant> parse_http_date(std::string_view text, base::Instant reference) {
  Parts parts;
  if (read_fixdate(text, parts)) {
    return instant_of(parts);
  }
  Cursor cursor(base::trim(text));
  cursor.letters();
  if (!cursor.skip(',')) {
    cursor.literal(" ");
    return take_asctime(cursor, parts) ? instant_of(parts) : std::nullopt;
  }
  cursor.literal(" ");
  if (cursor.rest().size() > 2 && cursor.rest()[2] == '-') {
    return take_rfc850(cursor, parts) ? instant_of_two_digit_year(parts, reference) : std::nullopt;
  }
  return take_fixdate(cursor, parts) ? instant_of(parts) : std::nullopt;
}

}  // namespace cachewitness::http
