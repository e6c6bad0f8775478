#include "purge/campaign.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cachewitness::purge {

namespace {

using Outcome = Answer::Outcome;
using Step = CallState::Step;

constexpr base::Duration shortest_wait = std::chrono::seconds(1);  // "Retry-After: 0" is no wish to be hammered

base::Duration seconds_of(double seconds) {
  return base::Duration(static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e6) * 1e9)));
}

}  // namespace

void Campaign::Bucket::refill(base::Tick now) {
  const double grown = std::chrono::duration<double>(now - at).count() * pace.per_second;
  tokens = std::min(std::max(pace.burst, 1.0), tokens + std::max(grown, 0.0));
  at = now;
}

// A call with more items than the bucket holds goes out when the bucket is full, and leaves a debt.
base::Duration Campaign::Bucket::until(double needed) const {
  const double lacking = std::min(needed, std::max(pace.burst, 1.0)) - tokens;
  // Half of a billionth is rounding, not a token that lacks.
  return pace.per_second <= 0 || lacking < 1e-9 ? base::Duration::zero() : seconds_of(lacking / pace.per_second);
}

Campaign::Campaign(const Provider& provider, const Ability& ability, std::vector<Call> calls, Limits limits,
                   base::Tick now)
    : provider_(provider),
      ability_(ability),
      calls_(std::move(calls)),
      limits_(limits),
      states_(calls_.size()),
      call_bucket_{ability.calls, std::max(ability.calls.burst, 1.0), now},
      item_bucket_{ability.items, std::max(ability.items.burst, 1.0), now},
      quiet_until_(now) {
  for (CallState& state : states_) {
    state.ready_at = now;
  }
}

void Campaign::end(std::size_t call) {
  states_[call].step = Step::ended;
  ++ended_;
  while (first_open_ < states_.size() && states_[first_open_].step == Step::ended) {
    ++first_open_;
  }
}

base::Duration Campaign::until_paced(std::size_t call, base::Tick now) {
  call_bucket_.refill(now);
  item_bucket_.refill(now);
  return std::max(call_bucket_.until(1), item_bucket_.until(static_cast<double>(calls_[call].items.size())));
}

Campaign::Action Campaign::next(base::Tick now) {
  if (ended_ == states_.size() || (is_stopped_ && under_way_ == 0)) {
    return {};
  }
  base::Tick until = base::Tick::never();
  for (std::size_t i = first_open_; i < states_.size() && !is_stopped_ && !is_denied_; ++i) {
    CallState& state = states_[i];
    // What an edge fetched from a tier that still holds the old copy would be old again.
    const bool is_its_turn = calls_[i].stage == calls_[first_open_].stage;
    const bool can_send = state.step == Step::waiting && is_its_turn && under_way_ < ability_.most_under_way;
    if (!can_send && state.step != Step::pending) {
      if (state.step == Step::waiting) {
        break;  // no room: those behind it have none either
      }
      continue;
    }
    const base::Tick ready = std::max(state.ready_at, can_send ? quiet_until_ : state.ready_at);
    const base::Tick paced = can_send ? now + until_paced(i, now) : now;
    if (std::max(ready, paced) > now) {
      until = std::min(until, std::max(ready, paced));
      if (can_send && ready <= now) {
        break;  // the bucket is empty for all
      }
      continue;
    }
    if (!can_send) {
      state.step = Step::asked;
      return {Action::What::ask, i, {}};
    }
    call_bucket_.tokens -= 1;
    item_bucket_.tokens -= static_cast<double>(calls_[i].items.size());
    state.step = Step::sent;
    ++state.attempts;
    ++under_way_;
    return {Action::What::send, i, {}};
  }
  return {Action::What::wait, 0, until};
}

void Campaign::postpone(std::size_t call, base::Tick now, double jitter) {
  CallState& state = states_[call];
  if (state.attempts >= limits_.most_attempts) {
    end(call);  // its last answer stands: postponed or unknown, and a person is told
    return;
  }
  const double doubled = std::pow(2.0, std::min<std::uint32_t>(state.attempts, 20) - 1.0);
  const base::Duration wait =
      std::min(limits_.longest_wait,
               seconds_of(std::chrono::duration<double>(limits_.first_wait).count() * doubled * (0.5 + jitter)));
  state.ready_at = now + state.answer.retry_after.value_or(wait);
  if (state.answer.outcome == Outcome::postponed && state.answer.retry_after) {
    quiet_until_ = std::max(quiet_until_, state.ready_at);
  }
  state.step = Step::waiting;
}

void Campaign::ask_later(std::size_t call, base::Tick now, base::Duration wait) {
  CallState& state = states_[call];
  if (now + wait > state.taken_at + provider_.ask_for) {
    --under_way_;
    end(call);
    return;
  }
  state.step = Step::pending;
  state.ready_at = now + wait;
}

void Campaign::answered(std::size_t call, Answer answer, base::Tick now, double jitter) {
  CallState& state = states_[call];
  const bool was_asked = state.step == Step::asked;
  const std::string id = state.answer.id;
  const auto refused = state.answer.refused;
  // Trouble while asking leaves the call as it was: taken, and to be asked for again.
  const bool is_news = !was_asked || answer.outcome == Outcome::completed || answer.outcome == Outcome::refused ||
                       answer.outcome == Outcome::pending || answer.outcome == Outcome::accepted;
  if (is_news) {
    state.answer = std::move(answer);
    state.answer.id = state.answer.id.empty() || was_asked ? (id.empty() ? state.answer.id : id) : state.answer.id;
    if (was_asked && state.answer.refused.empty()) {
      state.answer.refused = refused;
    }
  }
  if (was_asked && !is_news) {
    is_denied_ = is_denied_ || answer.outcome == Outcome::denied;
    ask_later(call, now, std::max({shortest_wait, provider_.ask_every, answer.retry_after.value_or(shortest_wait)}));
    return;
  }
  if (state.answer.outcome == Outcome::pending && provider_.ask != nullptr && !state.answer.id.empty()) {
    state.taken_at = was_asked ? state.taken_at : now;
    ask_later(call, now,
              state.answer.retry_after ? std::max(shortest_wait, *state.answer.retry_after) : provider_.ask_every);
    return;
  }
  --under_way_;
  switch (state.answer.outcome) {
    case Outcome::denied:
      is_denied_ = true;
      state.step = Step::waiting;
      break;
    case Outcome::postponed:
    case Outcome::unknown:
      // A program of the user's tries as often as it likes by itself; what failed goes out again with another run.
      if (provider_.transport == Transport::program && !state.answer.retry_after) {
        end(call);
      } else {
        postpone(call, now, jitter);
      }
      break;
    default:
      end(call);
  }
}

void Campaign::restore(std::size_t call, Answer answer, std::uint32_t attempts) {
  CallState& state = states_[call];
  state.attempts = attempts;
  state.answer = std::move(answer);
  switch (state.answer.outcome) {
    case Outcome::accepted:
    case Outcome::completed:
    case Outcome::refused:
      end(call);
      break;
    case Outcome::pending:
      if (provider_.ask != nullptr && !state.answer.id.empty()) {
        state.step = Step::pending;
        state.taken_at = state.ready_at;
        ++under_way_;
      } else {
        end(call);
      }
      break;
    default:
      state.attempts = 0;  // a run of its own has attempts of its own
  }
}

void Campaign::stop() {
  is_stopped_ = true;
  for (CallState& state : states_) {
    if (state.step == Step::sent) {
      state.answer.outcome = Outcome::unknown;
    }
  }
}

}  // namespace cachewitness::purge
