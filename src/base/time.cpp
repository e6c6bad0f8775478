#include "base/time.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace cachewitness::base {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

// The last `digits` decimal digits of `number`, which is not negative.
void put_digits(std::string& text, std::size_t at, std::size_t digits, std::int64_t number) {
  for (std::size_t i = at + digits; i > at; number /= 10) {
    text[--i] = static_cast<char>('0' + number % 10);
  }
}

// Reads exactly `digits` decimal digits at `at` and moves past them.
std::optional<int> take_digits(std::string_view text, std::size_t& at, std::size_t digits) {
  if (text.size() < at + digits) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool take(std::string_view text, std::size_t& at, std::string_view one_of) {
  if (at >= text.size() || one_of.find(text[at]) == std::string_view::npos) {
    return false;
  }
  ++at;
  return true;
}

// The digits after a decimal point as nanoseconds; more than nine are cut.
std::optional<std::int64_t> take_fraction(std::string_view text, std::size_t& at) {
  std::int64_t value = 0;
  std::int64_t unit = ns_per_second;
  const std::size_t start = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    unit /= 10;
    value += (text[at] - '0') * unit;
  }
  return at == start ? std::nullopt : std::optional(value);
}

// "Z" or "+hh:mm": seconds east of UTC.
std::optional<int> take_offset(std::string_view text, std::size_t& at) {
  if (take(text, at, "Zz")) {
    return 0;
  }
  const bool is_east = at < text.size() && text[at] == '+';
  if (!take(text, at, "+-")) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, at, 2);
  if (!hours || !take(text, at, ":")) {
    return std::nullopt;
  }
  const auto minutes = take_digits(text, at, 2);
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const int seconds = *hours * 3600 + *minutes * 60;
  return is_east ? seconds : -seconds;
}

// The form that rfc3339() writes with nine decimals: each line of an evidence file has three of them. Nothing where it
// is not that form to the letter; the general one then says what it is.
std::optional<Instant> parse_own_form(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000000000Z";
  if (text.size() != form.size()) {
    return std::nullopt;
  }
  bool is_of_form = true;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    is_of_form = is_of_form && (form[i] == '0' ? is_digit : text[i] == form[i]);
  }
  if (!is_of_form) {
    return std::nullopt;
  }
  const auto number = [text](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  // Years that nanoseconds in 64 bits reach, without looking closer.
  constexpr std::chrono::year first{1700};
  constexpr std::chrono::year last{2250};
  if (!date.ok() || date.year() < first || date.year() > last || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return Instant{(days * 86400 + hour * 3600 + minute * 60 + second) * ns_per_second + number(20, 9)};
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = take_digits(text, at, 4);
  const bool has_month = year && take(text, at, "-");
  const auto month = has_month ? take_digits(text, at, 2) : std::nullopt;
  const bool has_day = month && take(text, at, "-");
  const auto day = has_day ? take_digits(text, at, 2) : std::nullopt;
  const bool has_time = day && take(text, at, "Tt ");
  const auto hour = has_time ? take_digits(text, at, 2) : std::nullopt;
  const bool has_minute = hour && take(text, at, ":");
  const auto minute = has_minute ? take_digits(text, at, 2) : std::nullopt;
  const bool has_second = minute && take(text, at, ":");
  const auto second = has_second ? take_digits(text, at, 2) : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  std::int64_t fraction = 0;
  if (take(text, at, ".")) {
    const auto digits = take_fraction(text, at);
    if (!digits) {
      return std::nullopt;
    }
    fraction = *digits;
  }
  const auto offset = take_offset(text, at);
  if (!offset || at != text.size()) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + *hour * 3600 + *minute * 60 + *second - *offset;
  // Nanoseconds in 64 bits reach from the year 1677 to 2262.
  constexpr std::int64_t farthest = INT64_MAX / ns_per_second - 1;
  if (seconds < -farthest || seconds > farthest) {
    return std::nullopt;
  }
  return Instant{seconds * ns_per_second + fraction};
}

std::optional<Instant> parse_unix(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // Nanoseconds in 64 bits end in the year 2262.
  if (error != std::errc{} || seconds < 0 || seconds > 9'000'000'000) {
    return std::nullopt;
  }
  auto at = static_cast<std::size_t>(end - text.data());
  std::int64_t fraction = 0;
  if (take(text, at, ".")) {
    const auto digits = take_fraction(text, at);
    if (!digits) {
      return std::nullopt;
    }
    fraction = *digits;
  }
  return at == text.size() ? std::optional(Instant{seconds * ns_per_second + fraction}) : std::nullopt;
}

std::optional<std::int64_t> take_unit(std::string_view text, std::size_t& at) {
  struct Unit {
    std::string_view name;
    std::int64_t ns;
  };
  // Longest first: "ms" before "m".
  constexpr Unit units[] = {{"ms", 1'000'000},
                            {"us", 1'000},
                            {"ns", 1},
                            {"s", ns_per_second},
                            {"m", 60 * ns_per_second},
                            {"h", 3600 * ns_per_second},
                            {"d", 86400 * ns_per_second}};
  for (const Unit& unit : units) {
    if (text.substr(at).starts_with(unit.name)) {
      at += unit.name.size();
      return unit.ns;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string rfc3339(Instant when, int decimals) {
  std::int64_t seconds = when.ns / ns_per_second;
  std::int64_t fraction = when.ns % ns_per_second;
  if (fraction < 0) {
    fraction += ns_per_second;
    --seconds;
  }
  const std::chrono::sys_seconds point{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{point - day};
  // By hand: each line of an evidence file has three of them. Instants are of the years 1677 to 2262.
  std::string text = "0000-00-00T00:00:00";
  put_digits(text, 0, 4, static_cast<int>(date.year()));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, time.hours().count());
  put_digits(text, 14, 2, time.minutes().count());
  put_digits(text, 17, 2, time.seconds().count());
  if (decimals > 0) {
    text += ".000000000";
    put_digits(text, 20, 9, fraction);
    text.resize(20 + static_cast<std::size_t>(decimals));
  }
  return text += 'Z';
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (auto instant = parse_own_form(text)) {
    return instant;
  }
  if (auto instant = parse_rfc3339(text)) {
    return instant;
  }
  return parse_unix(text);
}

std::optional<Duration> parse_duration(std::string_view text) {
  // A year is longer than anything that a run waits for, and keeps the sum from overflowing.
  constexpr double longest = 366.0 * 86400 * ns_per_second;
  double total = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    double amount = 0;
    const char* first = text.data() + at;
    if (*first < '0' || *first > '9') {
      return std::nullopt;
    }
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), amount, std::chars_format::fixed);
    if (error != std::errc{}) {
      return std::nullopt;
    }
    at += static_cast<std::size_t>(end - first);
    const auto unit = take_unit(text, at);
    if (!unit) {
      return std::nullopt;
    }
    total += amount * static_cast<double>(*unit);
    if (total > longest) {
      return std::nullopt;
    }
  }
  return text.empty() ? std::nullopt : std::optional(Duration{std::llround(total)});
}

std::string human(Duration d) {
  const double seconds = std::chrono::duration<double>(d).count();
  if (seconds < 0) {
    return "-" + human(-d);
  }
  if (d.count() > 0 && seconds < 0.00001) {
    return "0.01 ms";
  }
  if (seconds < 0.001) {
    return fmt::format("{:.2g} ms", seconds * 1000);
  }
  if (seconds < 0.0995) {
    return fmt::format("{:.3g} ms", seconds * 1000);
  }
  if (seconds < 0.9995) {
    return fmt::format("{:.0f} ms", seconds * 1000);
  }
  if (seconds < 59.995) {
    return fmt::format("{:.2f} s", seconds);
  }
  const auto whole = std::llround(seconds);
  if (whole < 3600) {
    return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {:02} m", whole / 3600, whole % 3600 / 60);
}

}  // namespace cachewitness::base
