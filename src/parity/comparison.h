// Comparison: what the environments of a run do differently, each difference told once, and what the gate
// makes of it. A pure function of evidence, in any order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachewitness::parity {

// Cells of one environment. A cell is an edge, a tenant, an asset and a variant.
struct EnvironmentCounts {
  std::string name;
  std::uint64_t edges = 0;
  std::uint64_t cells = 0;       // that were asked
  std::uint64_t unanswered = 0;  // subset of cells: nothing but network failures
};

// Cells of both sides; cells = same + waived + different.
struct PairScore {
  std::string one;
  std::string other;
  std::uint64_t cells = 0;      // answered, and the other side answered for the same tenant, asset and variant
  std::uint64_t same = 0;       // everything about them is seen on the other side too
  std::uint64_t waived = 0;     // different, and all of it is declared in the manifest
  std::uint64_t different = 0;  // what counts against the score
  std::uint64_t unsure = 0;     // unanswered, or without a counterpart; not in `cells`
  double score = 1;             // (same + waived) / cells; 1 where there is none
};

// What one environment was seen to do; several values where its edges disagree. Peer bytes.
struct Side {
  std::string environment;
  std::vector<std::string> values;  // sorted
  bool is_absent_too = false;       // some answers lack it
  bool is_unseen = false;           // the environment did not answer for these
};

struct PairState {
  std::string one;
  std::string other;
  std::string waived_by;  // "ignore x-debug-*", "allow vary until ...", "map cdn"; empty = it counts

  friend bool operator==(const PairState&, const PairState&) = default;
};

// One difference with all its places.
struct Finding {
  std::string id;  // 16 hexadecimal digits, the same in every run that sees this difference
  std::string what;
  std::vector<Side> sides;             // by environment, in the run's order
  std::vector<PairState> pairs;        // that differ
  std::vector<std::string> deviating;  // environments that do not do what most do; of as many, the last one is right
  bool is_waived = false;              // every pair is
  std::uint64_t cells = 0;             // of the sides that deviate from the most common one
  std::vector<std::string> edges;      // "environment/region/edge", sorted
  std::vector<std::string> tenants;    // sorted
  std::vector<std::string> assets;     // sorted
  std::vector<std::string> variants;   // sorted
  std::string example;                 // the first place: edge, tenant, asset, variant
};

struct Gate {
  bool passed = false;
  base::ExitCode exit_code = base::ExitCode::inconclusive;
  std::vector<std::string> reasons;
};

struct Comparison {
  std::vector<EnvironmentCounts> environments;
  std::vector<PairScore> pairs;
  std::vector<Finding> findings;  // what counts first, more cells first
  std::uint64_t probes = 0;
  Gate gate;
};

// How a finding is called in one line: "vary: production sends accept-encoding, staging does not". Escaped.
[[nodiscard]] std::string title(const Finding& finding);

// Against an earlier report, by the findings' ids. Waived ones do not take part.
struct Drift {
  struct Gone {
    std::string id;
    std::string title;
  };
  std::string against;                 // the run id of the earlier report
  std::vector<std::string> appeared;   // ids
  std::vector<std::string> unchanged;  // ids
  std::vector<Gone> gone;
};
// A report that was written before: what drift() needs of it.
struct EarlierReport {
  std::string run_id;
  std::vector<Drift::Gone> findings;  // that were not waived
};
[[nodiscard]] Drift drift(const Comparison& now, const EarlierReport& before);

}  // namespace cachewitness::parity
