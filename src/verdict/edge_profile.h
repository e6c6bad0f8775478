// EdgeProfile: how an edge behaves, learned from its answers to the probes of a run. In any order, and in bounded
// memory however many there are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/cache_mark.h"
#include "http/node_identity.h"
#include "http/provider.h"

namespace cachewitness::verdict {

// How an edge dates what it serves (RFC 9110 6.6.1). From the Date of a cache that preserves it, and from no other,
// may be told when the origin made the answer.
enum class DateMode : std::uint8_t {
  unknown,    // nothing was answered
  absent,     // no Date
  current,    // always about now, without an Age that would tell an old answer from one that was just made
  rewritten,  // about now although Age says that it is older
  preserved,  // as old as Age says, or older than now without any Age
  skewed,     // by a clock that is off, so that it could be either
  mixed,      // now this, now that: several servers, or a clock that was set
};
[[nodiscard]] std::string_view name(DateMode date_mode);

// When an edge sends Age (RFC 9111 5.1).
enum class AgeMode : std::uint8_t {
  unknown,  // nothing was answered, or nothing but what was fetched for the request, which needs none
  never,
  always,
  on_hits,  // with every answer that it says came from store, and with no other
  sometimes,
};
[[nodiscard]] std::string_view name(AgeMode age_mode);

struct EdgeProfile {
  http::Provider provider = http::Provider::unknown;  // detected in most of its answers
  DateMode date_mode = DateMode::unknown;
  AgeMode age_mode = AgeMode::unknown;
  // How far the clock that dates the answers is ahead of the prober's: between these two. Nothing where that cannot
  // be told.
  struct Skew {
    base::Duration least{};
    base::Duration greatest{};
  };
  std::optional<Skew> skew = {};
  std::uint32_t nodes_seen = 0;        // machines that named themselves; `most_nodes` stands for that many or more
  std::vector<std::string> pops = {};  // places that were named, sorted; the first `most_pops`

  static constexpr std::size_t most_nodes = 1024;
  static constexpr std::size_t most_pops = 8;
};

class EdgeProfiler {
 public:
  struct Answer {
    base::Instant sent_at;
    base::Instant received_at;
    std::optional<base::Instant> date = {};
    std::int64_t age_s = -1;  // -1 = none
    http::CacheMark mark = http::CacheMark::none;
    http::Provider provider = http::Provider::unknown;
  };

  void add(const Answer& answer);
  // Who answered; not needed for an answer of the same node as the one before.
  void add(const http::NodeIdentity& identity);
  [[nodiscard]] EdgeProfile profile() const;
  // As in the profile, for those who ask for this alone, and often.
  [[nodiscard]] http::Provider provider() const;
  [[nodiscard]] AgeMode age_mode() const;
  // As EdgeProfile::nodes_seen.
  [[nodiscard]] std::size_t nodes_seen() const { return nodes_.size(); }

 private:
  // Where the clock's lead lies if every answer is dated like this: what all answers have in common.
  struct Bounds {
    base::Duration least = base::Duration::min();
    base::Duration greatest = base::Duration::max();

    void narrow(base::Duration from, base::Duration to);
    [[nodiscard]] bool is_possible() const { return least <= greatest; }
  };
  struct Interval {
    base::Duration from{};
    base::Duration to{};

    [[nodiscard]] bool is_about_zero() const;
  };

  void add_dated(const Answer& answer);
  [[nodiscard]] DateMode date_mode() const;
  [[nodiscard]] DateMode date_mode_by_bounds() const;

  std::array<std::uint64_t, http::provider_count> by_provider_{};
  std::uint64_t answers_ = 0;
  std::uint64_t dated_ = 0;
  std::uint64_t rewritten_ = 0;  // of the dated: their Age tells
  std::uint64_t preserved_ = 0;
  std::uint64_t behind_ = 0;  // dated well before now, without Age
  std::uint64_t askew_ = 0;   // neither now nor as old as Age says, or in the future
  std::uint64_t aged_ = 0;
  std::uint64_t fetched_ = 0;  // for the request, by the vendor's words
  std::uint64_t stored_ = 0;   // before it, by the same
  std::uint64_t stored_and_aged_ = 0;
  Bounds as_rewritten_;
  Bounds as_preserved_;
  std::vector<std::uint64_t> nodes_;  // hashes, sorted: the least of them all, so that order does not matter
  std::vector<std::string> pops_;     // sorted, the first of them all
};

}  // namespace cachewitness::verdict
