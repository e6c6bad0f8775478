// Version: which version of an asset an answer holds. By the decoded body first, then by ETag, then by
// Last-Modified; never by what a cache says about itself.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "verdict/sighting.h"
#include "verdict/truth.h"

namespace cachewitness::verdict {

enum class Version : std::uint8_t {
  current,      // the truth's
  previous,     // what this edge held before the deploy, and not the truth's
  other,        // neither
  undecidable,  // nothing to compare by
};

// From the strongest to the weakest.
enum class Witness : std::uint8_t { none, digest, etag, weak_etag, last_modified };

struct VersionReading {
  Version version = Version::undecidable;
  Witness by = Witness::none;

  [[nodiscard]] bool is(Version v) const { return version == v; }
};

[[nodiscard]] std::string_view name(Version version);

// 0.99 for a digest: SHA-256 leaves no doubt, the path between us and the edge leaves some.
// 0.95 for an ETag: reuse across versions happens (F21). 0.85 where the origin itself calls it weak
// (RFC 9110 8.8.1). 0.8 for Last-Modified: one second wide, and some deploys keep it (RFC 9110 8.8.2.2).
[[nodiscard]] double confidence_of(Witness witness);
// "the bytes", "the ETag", "the weak ETag", "Last-Modified".
[[nodiscard]] std::string_view describe(Witness witness);

// What an answer is read against.
struct Reference {
  const Truth& truth;
  std::span<const Text> truth_cores;  // Varnish gives identity clients the gzip variant's tag (surprise 13)
  const Sighting* baseline = nullptr;
};

// Requires: `answer.is_answer()`.
[[nodiscard]] VersionReading read_version(const Sighting& answer, const Reference& reference);

}  // namespace cachewitness::verdict
