// Truth: what the origin serves for one (environment, tenant, asset, variant), from every replica's last
// answer or from the deploy's own expectation, which wins. Resolved for one cell, because the cell's
// baseline tells a replica that lags from one that is ahead.
#pragma once

#include <span>
#include <vector>

#include "verdict/sighting.h"

namespace cachewitness::verdict {

// What the deploy said the asset must be.
struct Expected {
  TextId digest;
  TextId etag_core;

  [[nodiscard]] bool is_given() const { return !digest.is_none() || !etag_core.is_none(); }
};

struct Truth {
  enum class Source : std::uint8_t {
    none,         // the origin was never asked, or no replica gave an answer to compare with
    origin,       // at least one replica
    expectation,  // the deploy
  };
  Source source = Source::none;
  Expected expected;
  std::vector<const Sighting*> current;  // replicas that serve what an edge must serve
  std::vector<const Sighting*> lagging;  // replicas that still serve what this edge served before
  std::vector<const Sighting*> silent;   // replicas without an answer, 5xx and 429 included
  bool is_divided = false;               // replicas disagree, and nothing tells which is right

  [[nodiscard]] TextId digest() const;
  // An answer to compare status and headers with; null where truth is the expectation's alone.
  [[nodiscard]] const Sighting* example() const { return current.empty() ? nullptr : current.front(); }
};

// The same version, as far as two origin answers can say: status, digest, else ETag, else Last-Modified.
[[nodiscard]] bool is_same_version(const Sighting& a, const Sighting& b);

// An origin's answer counts unless it says that the origin fails (5xx) or refuses us (429).
[[nodiscard]] bool is_truth(const Sighting& origin_answer);

// `replicas`: the last sighting of each. `baseline` may be null.
[[nodiscard]] Truth resolve_truth(const Expected& expected, std::span<const Sighting* const> replicas,
                                  const Sighting* baseline);

}  // namespace cachewitness::verdict
