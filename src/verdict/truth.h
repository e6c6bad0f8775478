// Truth: what the origin serves for one (environment, tenant, asset, variant), from every replica's last
// answer or from the deploy's own expectation, which wins. Where replicas disagree, what the environment's
// edges served before the deploy tells those that lag from those that are ahead.
#pragma once

#include <span>
#include <vector>

#include "verdict/sighting.h"

namespace cachewitness::verdict {

// What the deploy said the asset must be.
struct Expected {
  Text digest;
  Text etag_core;

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
  std::vector<const Sighting*> current;     // replicas that serve what an edge must serve
  std::vector<const Sighting*> lagging;     // replicas that still serve what was served before
  std::vector<const Sighting*> silent;      // replicas without an answer to compare with: see is_truth()
  std::vector<const Sighting*> superseded;  // earlier answers of replicas that serve another version by now
  bool is_divided = false;                  // replicas disagree, and nothing tells which is right

  // The bytes are known, and whether these are they.
  [[nodiscard]] bool has_digest() const;
  [[nodiscard]] bool is_digest(Text digest) const;
  // An ETag of the truth's own is known.
  [[nodiscard]] bool has_etag() const;
  // An answer to compare status and headers with; null where truth is the expectation's alone.
  [[nodiscard]] const Sighting* example() const { return current.empty() ? nullptr : current.front(); }
};

// Nothing speaks against one version: by status, a redirect's target, then digest, else ETag, else Last-Modified.
[[nodiscard]] bool may_be_same_version(const Sighting& a, const Sighting& b);
// The same, and one of the three validators says so.
[[nodiscard]] bool is_same_version(const Sighting& a, const Sighting& b);

// Two URLs of one resource: the origin gives the same for both.
[[nodiscard]] bool is_one_resource(const Truth& one, const Truth& other);

// An origin's answer counts unless it says that the origin fails (5xx), refuses the prober (401, 403, 407,
// 408, 425, 429: an origin behind a firewall answers so to all but its edges), or is no whole answer to a
// plain GET (206, 304; RFC 9110 15.3.7, 15.4.5).
[[nodiscard]] bool is_truth(const Sighting& origin_answer);

// An expectation says what a good answer holds, so it implies success.
[[nodiscard]] bool is_whole_success(int status);

// `replicas`: the last sighting of each. `baselines`: of the environment's edges, for the same asset and variant.
[[nodiscard]] Truth resolve_truth(const Expected& expected, std::span<const Sighting* const> replicas,
                                  std::span<const Sighting* const> baselines);

}  // namespace cachewitness::verdict
