// Reactor: edge-triggered epoll for one thread, and io_uring for its connected streams where the kernel has it. It
// knows descriptors and whom to tell, no streams and no protocol. Members are known by ids, not by pointers, so that an
// event which the kernel reported for somebody destroyed a moment ago reaches nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "adapters/completion_ring.h"
#include "adapters/unique_fd.h"
#include "base/time.h"

namespace cachewitness::adapters {

class Pollable {
 public:
  // `ready` holds EPOLL* bits; none of them where it was woken by Reactor::wake().
  virtual void on_ready(std::uint32_t ready) = 0;

 protected:
  ~Pollable() = default;
};

enum class PollId : std::uint64_t { none = 0 };

class Reactor {
 public:
  explicit Reactor(UniqueFd epoll);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  // Every member must have withdrawn: streams and listeners do not outlive the network they came from.
  ~Reactor();

  PollId enroll(Pollable& member);
  // Input, output and hang-up of `fd`, edge-triggered, until it is closed. Returns 0 or errno.
  int watch(PollId id, int fd);
  void unwatch(int fd);
  void withdraw(PollId id);
  // Calls the member in the next turn, which then does not wait.
  void wake(PollId id);
  // What connected streams send and receive by; null where they do it themselves. The ring belongs to the thread that
  // asked first, which must be the one that turns.
  [[nodiscard]] CompletionRing* ring();
  // What was sent leaves now, not with the next turn.
  void submit();

  // Waits until `limit` at most and tells a bounded number of members. A signal ends the wait early.
  void turn(base::Tick limit);

  [[nodiscard]] bool is_empty() const { return members_count_ == 0; }
  // Where received bytes land: one buffer for all streams, valid until the next receive.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

 private:
  struct Member {
    Pollable* pollable = nullptr;
    std::uint32_t generation = 1;
  };

  [[nodiscard]] Pollable* find(std::uint64_t bits) const;
  void tell_woken();
  void tell_events(base::Tick until);

  UniqueFd epoll_;
  std::unique_ptr<CompletionRing> ring_;
  bool has_asked_for_ring_ = false;
  std::vector<Member> members_;
  std::vector<std::uint32_t> free_members_;
  std::size_t members_count_ = 0;
  std::vector<PollId> woken_;
  std::vector<PollId> told_;  // the list being told; swapped with woken_ so that neither allocates again
  std::vector<char> scratch_;
  bool are_events_left_ = false;
  bool is_turning_ = false;
};

// CLOCK_MONOTONIC, the clock of every Tick in this process.
[[nodiscard]] base::Tick monotonic_now();

}  // namespace cachewitness::adapters
