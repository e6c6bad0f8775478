// Fault: what can be made to go wrong in the lab, one row a kind, each with what an honest verifier has to
// say of it. What was planted is kept, so that a test can hold the verdicts against it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cachewitness::lab {

enum class FaultKind : std::uint8_t {
  node_not_purged,
  variant_not_purged,
  refill_from_old_replica,
  negative_cache,
  redirect_cached,
  stale_while_revalidate,
  header_drift,
  no_age,
  silent,
  clock_skew,
  gzip_broken,
  slow,
  drip,
  hang_mid_head,
  reset_mid_body,
  status_5xx,
  down,
  shared_key,
  header_stored,
  account_stored,
};

// Whom a fault can strike. One tenant's pages at an edge, a whole edge (which a tenant may narrow), or a
// server as such, origin replicas included.
enum class FaultReach : std::uint8_t { tenant, edge, server };

struct FaultEntry {
  FaultKind kind;
  std::string_view slug;
  FaultReach reach;
  std::string_view state;  // the verdict that tells the truth, in the contract's words
  std::string_view cause;  // empty for a trap: it looks wrong, and everything is right
  std::string_view sentence;
};

// Every kind once, in the order of the enumeration.
[[nodiscard]] const std::array<FaultEntry, 20>& fault_table();
[[nodiscard]] const FaultEntry& entry(FaultKind kind);
[[nodiscard]] std::vector<std::string_view> fault_slugs();
[[nodiscard]] std::optional<FaultKind> find_fault(std::string_view slug);

// Several kinds at once, one bit each.
class FaultSet {
 public:
  [[nodiscard]] bool has(FaultKind kind) const { return (bits_ & bit(kind)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  void add(FaultKind kind) { bits_ |= bit(kind); }
  friend FaultSet operator|(FaultSet a, FaultSet b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  static constexpr std::uint32_t bit(FaultKind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }

  std::uint32_t bits_ = 0;
};

// What a person asks for: "down@apac-2", "node-not-purged@us-west-1/tenant-xyz". What is left out, the seed chooses.
struct FaultOrder {
  FaultKind kind = FaultKind::node_not_purged;
  std::string server;  // an edge, or "origin-N" for those that reach servers; empty = any edge
  std::string tenant;  // empty = any one for those of reach `tenant`, all for the others; "*" = all
};

// Comma-separated orders. An unknown kind is an Error that names the nearest known one.
[[nodiscard]] base::Result<std::vector<FaultOrder>> parse_fault_orders(std::string_view text);

// What was done. `tenant` is "*" where all of the server's tenants are struck.
struct PlantedFault {
  FaultKind kind = FaultKind::node_not_purged;
  std::string server;
  std::string tenant;
  std::string_view expected_state;
  std::string_view expected_cause;  // empty where the expected state is fresh

  friend bool operator==(const PlantedFault&, const PlantedFault&) = default;
};

}  // namespace cachewitness::lab
