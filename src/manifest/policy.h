// What counts as fresh, and what the gate lets through: the manifest's `policy` and `gate`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace cachewitness::manifest {

// What is made of a body: nothing but its size, its SHA-256, or not even read where the protocol can stop it (HTTP/2).
enum class BodyPolicy : std::uint8_t { none, hash, head };
// As the manifest and evidence write it.
[[nodiscard]] constexpr std::string_view name(BodyPolicy policy) {
  return policy == BodyPolicy::hash ? "hash" : policy == BodyPolicy::head ? "head" : "none";
}
enum class RequiredGrade : std::uint8_t { consistent, proven };

// A cause that is tolerated, for ever or until a moment. Shown as waived, never hidden.
struct AllowedCause {
  std::string cause;  // a slug, as docs/rules/ has them
  std::optional<base::Instant> until;
};

// A part of bodies that differs from answer to answer and means nothing: what the pattern matches, or what stands
// between two texts, these included.
struct BodyMask {
  std::string pattern;  // RE2, over bytes; empty where the texts are given
  std::string begin;
  std::string end;

  friend bool operator==(const BodyMask&, const BodyMask&) = default;
};

struct Policy {
  // Any of: status, and lower-case field names.
  std::vector<std::string> compare{"status", "etag", "last-modified", "cache-control", "content-type", "vary"};
  BodyPolicy body = BodyPolicy::hash;
  std::vector<BodyMask> mask;  // left out of what is hashed, in this order
  base::Duration propagation = std::chrono::seconds(30);
  std::string propagation_from = "default";  // "manifest", or the provider whose deadline it is
  double confidence = 0.95;
  std::vector<AllowedCause> allow;
};

struct Gate {
  std::uint64_t max_stale_cells = 0;
  double min_parity = 1.0;
  double max_inconclusive = 0.01;  // share of cells that are inconclusive or ended in an error
  RequiredGrade require_grade = RequiredGrade::consistent;
};

}  // namespace cachewitness::manifest
