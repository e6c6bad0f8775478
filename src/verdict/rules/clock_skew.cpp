#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

// What is nearer to none is ordinary drift and slow answers.
constexpr base::Duration least_skew = std::chrono::seconds(5);

// How far the clock is off at least; negative where it is behind.
std::optional<base::Duration> certain_skew(const EdgeProfile& profile) {
  if (!profile.skew) {
    return std::nullopt;
  }
  if (profile.skew->least >= least_skew) {
    return profile.skew->least;
  }
  return profile.skew->greatest <= -least_skew ? std::optional(profile.skew->greatest) : std::nullopt;
}

Ruling judge(const CellView& view) {
  const Look* other = view.first(Version::other);
  if (other == nullptr || view.first(Version::previous) != nullptr || !view.purge().is_known) {
    return does_not_apply();
  }
  if (other->dating.trust != AgeTrust::skewed) {
    return passes("Date and Age of the answer agree.");
  }
  const auto skew = certain_skew(view.notebook->profile_of(view.cell.edge));
  if (!skew) {
    return cannot_tell("Date and Age contradict each other, but not by one and the same difference at this edge.");
  }
  return fires(view, *other->seen, 0.9,
               fmt::format("The content is not the origin's, and its Age cannot be held against the purge: the clock "
                           "that dates the answers of this edge is at least {} {}.",
                           base::human(*skew < base::Duration::zero() ? -*skew : *skew),
                           *skew < base::Duration::zero() ? "behind" : "ahead"));
}

}  // namespace

constinit const Rule clock_skew{
    .id = "clock-skew",
    .state = State::mismatch,
    .cause = Cause::clock_skew,
    .occasion = Occasion::other_answer,
    .failure_mode = "F17",
    .anchor = "RFC 9111 4.2.3",
    .summary = "The content is not the origin's, and a wrong clock hides how old it is.",
    .explanation =
        "A cache reckons Age from Date and its own clock (RFC 9111 4.2.3). Where that clock, or the one that wrote "
        "Date, is off, Age is off by as much, and an object that is older than the purge cannot be told from one that "
        "is not. It shows where all answers of an edge are dated off by one and the same difference. Content that is "
        "the origin's is never blamed for it.",
    .remedy =
        "Set the clocks of {edge} and of the origin by NTP; run arm before the next deploy, so that old content is "
        "known by its bytes and no clock is needed.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
