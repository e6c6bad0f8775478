// Three kinds of time that do not convert silently: Instant (wall clock), Tick (monotonic clock) and
// Duration. Reading a clock is a port (ports/clock.h); "now" is passed along, never stored.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::base {

using Duration = std::chrono::nanoseconds;

// Wall-clock time, nanoseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t ns = 0;

  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant a, Duration d) { return {a.ns + d.count()}; }
  friend Instant operator-(Instant a, Duration d) { return {a.ns - d.count()}; }
  friend Duration operator-(Instant a, Instant b) { return Duration{a.ns - b.ns}; }
};

// Monotonic time, nanoseconds since an unknown start.
struct Tick {
  std::int64_t ns = 0;

  friend auto operator<=>(const Tick&, const Tick&) = default;
  friend Tick operator+(Tick a, Duration d) { return {a.ns + d.count()}; }
  friend Tick operator-(Tick a, Duration d) { return {a.ns - d.count()}; }
  friend Duration operator-(Tick a, Tick b) { return Duration{a.ns - b.ns}; }
  static constexpr Tick never() { return {INT64_MAX}; }
};

// One reading of both clocks: turns any Tick into the Instant that the prober's own clock would have
// shown, so that all times of a run lie on one line even when the wall clock is stepped meanwhile.
struct ClockAnchor {
  Instant wall;
  Tick tick;

  [[nodiscard]] Instant at(Tick t) const { return wall + (t - tick); }
};

// RFC 3339 in UTC: "2026-11-23T03:00:42.123456Z" with `decimals` digits of a second (0 to 9).
[[nodiscard]] std::string rfc3339(Instant when, int decimals = 3);

// RFC 3339 with any offset, or Unix seconds (with decimals). Nothing where the text is neither.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);

// "90s", "1m30s", "5m", "250ms", "2h", "1.5s". A bare number is not a duration.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// "4.69 s", "340 ms", "2 m 05 s": for people.
[[nodiscard]] std::string human(Duration d);

}  // namespace cachewitness::base
