#include "verdict/edge_profile.h"

#include <algorithm>
#include <chrono>

#include "base/fnv1a.h"

namespace cachewitness::verdict {

namespace {

using std::chrono_literals::operator""s;

// Date and Age count whole seconds (RFC 9110 5.6.7, RFC 9111 1.2.2), which caches round as they like.
constexpr base::Duration slack = 2s;
constexpr base::Duration date_grain = 1s;
constexpr base::Duration age_grain = 1s;
// Ages and dates of peers may be centuries; beyond a year they say no more, and sums of them fit.
constexpr base::Duration far = std::chrono::hours(24 * 365);

base::Duration difference(base::Instant a, base::Instant b) {
  std::int64_t ns = 0;
  if (__builtin_sub_overflow(a.ns, b.ns, &ns)) {
    return a > b ? far : -far;
  }
  return std::clamp(base::Duration{ns}, -far, far);
}

// The `most` least ones that were ever added, whatever the order.
template <typename T>
void keep_least(std::vector<T>& sorted, T value, std::size_t most) {
  const auto at = std::ranges::lower_bound(sorted, value);
  if ((at != sorted.end() && *at == value) || (at == sorted.end() && sorted.size() == most)) {
    return;
  }
  sorted.insert(at, std::move(value));
  if (sorted.size() > most) {
    sorted.pop_back();
  }
}

}  // namespace

std::string_view name(DateMode date_mode) {
  constexpr std::array<std::string_view, 7> names{"unknown",   "absent", "current", "rewritten",
                                                  "preserved", "skewed", "mixed"};
  return names.at(static_cast<std::size_t>(date_mode));
}

std::string_view name(AgeMode age_mode) {
  constexpr std::array<std::string_view, 5> names{"unknown", "never", "always", "on-hits", "sometimes"};
  return names.at(static_cast<std::size_t>(age_mode));
}

void EdgeProfiler::Bounds::narrow(base::Duration from, base::Duration to) {
  least = std::max(least, from);
  greatest = std::min(greatest, to);
}

bool EdgeProfiler::Interval::is_about_zero() const { return from <= slack && to >= -slack; }

void EdgeProfiler::add(const Answer& answer) {
  ++answers_;
  ++by_provider_.at(static_cast<std::size_t>(answer.provider));
  const bool is_aged = answer.age_s >= 0;
  aged_ += is_aged ? 1 : 0;
  const bool is_from_store = http::is_from_store(answer.mark);
  stored_ += is_from_store ? 1 : 0;
  stored_and_aged_ += is_aged && is_from_store ? 1 : 0;
  fetched_ += !is_from_store && answer.mark != http::CacheMark::none ? 1 : 0;
  if (answer.date) {
    ++dated_;
    add_dated(answer);
  }
}

// The moment of Date lies between sending and receiving, on the prober's clock. Held against Date that gives where
// the lead of the edge's clock lies; against Date plus Age, if Date is the origin's.
void EdgeProfiler::add_dated(const Answer& answer) {
  const base::Duration age =
      std::min<base::Duration>(std::chrono::seconds(std::max<std::int64_t>(answer.age_s, 0)), far);
  const Interval now{difference(*answer.date, answer.received_at),
                     difference(*answer.date, answer.sent_at) + date_grain};
  const Interval then{now.from + age, now.to + age + age_grain};
  as_rewritten_.narrow(now.from, now.to);
  as_preserved_.narrow(then.from, then.to);
  const bool is_now = now.is_about_zero();
  if (age == base::Duration{}) {
    behind_ += !is_now && now.to < base::Duration{} ? 1 : 0;
    askew_ += !is_now && now.to >= base::Duration{} ? 1 : 0;
    return;
  }
  const bool is_then = then.is_about_zero();
  rewritten_ += is_now && !is_then ? 1 : 0;
  preserved_ += is_then && !is_now ? 1 : 0;
  askew_ += !is_now && !is_then ? 1 : 0;
}

void EdgeProfiler::add(const http::NodeIdentity& identity) {
  if (!identity.node.empty()) {
    keep_least(nodes_, base::fnv1a(identity.node), EdgeProfile::most_nodes);
  }
  if (!identity.pop.empty()) {
    keep_least(pops_, identity.pop, EdgeProfile::most_pops);
  }
}

DateMode EdgeProfiler::date_mode() const {
  if (dated_ == 0) {
    return answers_ == 0 ? DateMode::unknown : DateMode::absent;
  }
  if (rewritten_ > 0) {
    return preserved_ + behind_ + askew_ > 0 ? DateMode::mixed : DateMode::rewritten;
  }
  if (preserved_ > 0) {
    return askew_ > 0 ? DateMode::mixed : DateMode::preserved;
  }
  return behind_ + askew_ > 0 ? date_mode_by_bounds() : DateMode::current;
}

// No answer is dated by a clock like the prober's. Of a clock that is off by a constant, one of the two ways of dating
// fits all answers; if both do, their ages were too much alike to tell.
DateMode EdgeProfiler::date_mode_by_bounds() const {
  const bool can_be_rewritten = as_rewritten_.is_possible();
  const bool can_be_preserved = as_preserved_.is_possible();
  if (can_be_rewritten && can_be_preserved) {
    return DateMode::skewed;
  }
  if (can_be_rewritten) {
    return DateMode::rewritten;
  }
  // Dates that lie back by this much and by that, with no Age to say how much, are the origin's.
  return can_be_preserved || (askew_ == 0 && aged_ == 0) ? DateMode::preserved : DateMode::mixed;
}

AgeMode EdgeProfiler::age_mode() const {
  if (aged_ == 0) {
    return fetched_ == answers_ ? AgeMode::unknown : AgeMode::never;
  }
  if (aged_ == answers_) {
    return AgeMode::always;
  }
  return stored_ > 0 && stored_and_aged_ == stored_ && aged_ == stored_ ? AgeMode::on_hits : AgeMode::sometimes;
}

http::Provider EdgeProfiler::provider() const {
  const auto most = std::ranges::max_element(by_provider_.begin() + 1, by_provider_.end());
  return *most == 0 ? http::Provider::unknown : static_cast<http::Provider>(most - by_provider_.begin());
}

EdgeProfile EdgeProfiler::profile() const {
  EdgeProfile profile;
  profile.provider = provider();
  profile.date_mode = date_mode();
  profile.age_mode = age_mode();
  const bool is_own_clock = profile.date_mode == DateMode::current || profile.date_mode == DateMode::rewritten;
  const Bounds& bounds = is_own_clock ? as_rewritten_ : as_preserved_;
  if ((is_own_clock || profile.date_mode == DateMode::preserved) && bounds.is_possible()) {
    profile.skew = {bounds.least, bounds.greatest};
  }
  profile.nodes_seen = static_cast<std::uint32_t>(nodes_.size());
  profile.pops = pops_;
  return profile;
}

}  // namespace cachewitness::verdict
