// Waivers: which declared exception covers a difference, if any. Globs of environments, regions and edges are
// matched once an edge, so that a million cells cost table look-ups.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "evidence/roster.h"
#include "manifest/parity_rules.h"

namespace cachewitness::parity {

class Waivers {
 public:
  // `now` is the start of the run: a waiver whose `until` has come covers nothing. All outlive it.
  Waivers(const manifest::ParityRules& rules, const evidence::Roster& roster, base::Instant now);

  // One difference between two environments for one tenant, asset and variant.
  struct Difference {
    std::string_view what;
    std::string_view tenant;
    std::string_view asset;
    std::span<const evidence::EdgeId> one;    // edges that show what the other side does not
    std::span<const evidence::EdgeId> other;  // the same, of the other side
  };
  // The number of the rule that covers it, for name(). `ignore` covers everywhere; a waiver covers where all
  // deviating edges of one side lie within its globs.
  [[nodiscard]] std::optional<std::uint32_t> covering(const Difference& difference) const;
  // "ignore x-debug-*", "allow vary", "allow vary until 2026-12-01T00:00:00Z".
  [[nodiscard]] std::string name(std::uint32_t rule) const;

 private:
  [[nodiscard]] bool covers_all(std::size_t waiver, std::span<const evidence::EdgeId> edges) const;

  const manifest::ParityRules& rules_;
  base::Instant now_;
  std::vector<std::string> ignore_;             // lower case
  std::vector<std::string> what_;               // by waiver, lower case
  std::vector<std::vector<bool>> is_in_reach_;  // by waiver and edge
};

}  // namespace cachewitness::parity
