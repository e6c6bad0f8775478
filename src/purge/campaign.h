// Campaign: which call goes out next and when, and what became of each. A state machine without a clock: the time is
// passed in. Every call ends as accepted, completed, refused or unknown; none is forgotten.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

struct CallState {
  enum class Step : std::uint8_t { waiting, sent, pending, asked, ended };
  Step step = Step::waiting;
  std::uint32_t attempts = 0;
  base::Tick ready_at{};
  base::Tick taken_at{};  // pending: when it was first said to be
  Answer answer;          // the last one
};

class Campaign {
 public:
  struct Limits {
    std::uint32_t most_attempts = 8;
    // Of a call whose answer said neither yes nor no; a purge may be repeated without harm.
    base::Duration first_wait = std::chrono::milliseconds(500);
    base::Duration longest_wait = std::chrono::seconds(60);
  };

  Campaign(const Provider& provider, const Ability& ability, std::vector<Call> calls, Limits limits, base::Tick now);

  struct Action {
    enum class What : std::uint8_t { send, ask, wait, finish };
    What what = What::finish;
    std::size_t call = 0;  // its index
    base::Tick until{};    // wait: until then, or until something is answered
  };
  // What to do now. `send` and `ask` count as done; their answer must be told.
  [[nodiscard]] Action next(base::Tick now);
  // Of the last send or ask of that call. `jitter` is 0..1, so that many callers do not come back as one.
  void answered(std::size_t call, Answer answer, base::Tick now, double jitter);
  // From an earlier run: the call needs no sending any more, or (pending) only asking.
  void restore(std::size_t call, Answer answer, std::uint32_t attempts);
  // Nothing more goes out. What is under way becomes unknown, what never went out stays waiting.
  void stop();
  // Credentials were found bad: nothing else is sent until told otherwise.
  [[nodiscard]] bool is_denied() const { return is_denied_; }
  void renew_credentials() { is_denied_ = false; }

  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }
  [[nodiscard]] const CallState& state(std::size_t call) const { return states_[call]; }
  [[nodiscard]] std::size_t ended() const { return ended_; }

 private:
  // Tokens that grow with time.
  struct Bucket {
    Pace pace;
    double tokens = 0;
    base::Tick at{};
    void refill(base::Tick now);
    [[nodiscard]] base::Duration until(double needed) const;
  };
  void end(std::size_t call);
  void postpone(std::size_t call, base::Tick now, double jitter);
  void ask_later(std::size_t call, base::Tick now, base::Duration wait);
  [[nodiscard]] base::Duration until_paced(std::size_t call, base::Tick now);

  const Provider& provider_;
  Ability ability_;
  std::vector<Call> calls_;
  Limits limits_;
  std::vector<CallState> states_;
  Bucket call_bucket_;
  Bucket item_bucket_;
  base::Tick quiet_until_{};  // the provider asked to be left alone
  std::size_t first_open_ = 0;
  std::size_t under_way_ = 0;
  std::size_t ended_ = 0;
  bool is_denied_ = false;
  bool is_stopped_ = false;
};

}  // namespace cachewitness::purge
