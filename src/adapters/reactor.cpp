#include "adapters/reactor.h"

#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

// Few enough that timers are looked at in time even when each event costs a TLS handshake (0.5 ms).
constexpr int max_events_per_turn = 128;
constexpr std::size_t scratch_bytes = std::size_t{256} << 10;

timespec to_timespec(base::Duration wait) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((wait - seconds).count())};
}

int wait_for_events(int epoll, std::span<epoll_event> events, base::Tick limit) {
  const auto capacity = static_cast<int>(events.size());
  if (limit == base::Tick::never()) {
    return ::epoll_wait(epoll, events.data(), capacity, -1);
  }
  const base::Duration wait = std::max(limit - monotonic_now(), base::Duration::zero());
  if (wait == base::Duration::zero()) {
    return ::epoll_wait(epoll, events.data(), capacity, 0);
  }
  const timespec timeout = to_timespec(wait);
  const int count = ::epoll_pwait2(epoll, events.data(), capacity, &timeout, nullptr);
  if (count >= 0 || errno != ENOSYS) {
    return count;
  }
  // Kernels before 5.11 wait in whole milliseconds: round up, or the caller would spin until the timer is due.
  const auto rounded =
      std::chrono::ceil<std::chrono::milliseconds>(std::min<base::Duration>(wait, std::chrono::hours(1)));
  return ::epoll_wait(epoll, events.data(), capacity, static_cast<int>(rounded.count()));
}

}  // namespace

base::Tick monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

Reactor::Reactor(UniqueFd epoll) : epoll_(std::move(epoll)), scratch_(scratch_bytes) {}

Reactor::~Reactor() { CW_ASSERT(is_empty()); }

PollId Reactor::enroll(Pollable& member) {
  std::uint32_t index = 0;
  if (free_members_.empty()) {
    index = static_cast<std::uint32_t>(members_.size());
    members_.emplace_back();
  } else {
    index = free_members_.back();
    free_members_.pop_back();
  }
  members_[index].pollable = &member;
  ++members_count_;
  return PollId{(std::uint64_t{members_[index].generation} << 32) | index};
}

int Reactor::watch(PollId id, int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = static_cast<std::uint64_t>(id);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void Reactor::unwatch(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Reactor::withdraw(PollId id) {
  CW_ASSERT(find(static_cast<std::uint64_t>(id)) != nullptr);
  const auto index = static_cast<std::uint32_t>(id);
  Member& member = members_[index];
  member.pollable = nullptr;
  member.generation = std::max(member.generation + 1, 1U);  // never 0, so that no id equals PollId::none
  free_members_.push_back(index);
  --members_count_;
}

void Reactor::wake(PollId id) { woken_.push_back(id); }

Pollable* Reactor::find(std::uint64_t bits) const {
  const auto index = static_cast<std::uint32_t>(bits);
  const auto generation = static_cast<std::uint32_t>(bits >> 32);
  return index < members_.size() && members_[index].generation == generation ? members_[index].pollable : nullptr;
}

CompletionRing* Reactor::ring() {
  if (!std::exchange(has_asked_for_ring_, true)) {
    ring_ = CompletionRing::make(epoll_.get());
  }
  return ring_.get();
}

void Reactor::submit() {
  if (ring_) {
    ring_->submit();
  }
}

void Reactor::turn(base::Tick limit) {
  CW_ASSERT(!is_turning_);  // a callback must not turn the loop that called it
  is_turning_ = true;
  base::Tick until = woken_.empty() && !are_events_left_ ? limit : base::Tick{0};
  if (ring_) {
    ring_->wait(until);
    until = base::Tick{0};
  }
  tell_woken();
  if (ring_) {
    ring_->deliver();
  }
  // The ring says when there is something; it does not say twice.
  if (ring_ == nullptr || ring_->take_readable() || are_events_left_) {
    tell_events(until);
  }
  is_turning_ = false;
}

void Reactor::tell_woken() {
  told_.clear();
  std::swap(told_, woken_);
  for (const PollId id : told_) {
    if (Pollable* const member = find(static_cast<std::uint64_t>(id)); member != nullptr) {
      member->on_ready(0);
    }
  }
}

void Reactor::tell_events(base::Tick until) {
  std::array<epoll_event, max_events_per_turn> events;
  const int count = wait_for_events(epoll_.get(), events, until);
  are_events_left_ = count == max_events_per_turn;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (Pollable* const member = find(event.data.u64); member != nullptr) {
      member->on_ready(event.events);
    }
  }
}

}  // namespace cachewitness::adapters
