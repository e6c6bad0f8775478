// What may leak from one visitor to another, and what a run may do to find out: the manifest's `leaks`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/variant.h"

namespace cachewitness::manifest {

enum class LeakCheck : std::uint8_t { cross_tenant, poisoning, deception };
// As the manifest writes it.
[[nodiscard]] constexpr std::string_view name(LeakCheck check) {
  return check == LeakCheck::cross_tenant ? "cross_tenant" : check == LeakCheck::poisoning ? "poisoning" : "deception";
}

// Text around something that is looked for. Where nothing follows it, a word does: letters, digits, '.', '_', '-'.
struct Surroundings {
  std::string before;
  std::string after;

  friend bool operator==(const Surroundings&, const Surroundings&) = default;
};

// Where every answer says whose it is: by the tenant's id in a header, in the body, or in both.
struct TenantMarker {
  std::string header;  // lower case; empty = none
  Surroundings value;  // of the id in the header; both empty = the value is the id
  std::optional<Surroundings> body;

  friend bool operator==(const TenantMarker&, const TenantMarker&) = default;
};

struct CrossTenant {
  TenantMarker marker;
  std::vector<std::string> assets;  // empty = the manifest's
};

struct Poisoning {
  std::vector<std::string> headers{"x-forwarded-host",   "x-host",         "x-forwarded-server",
                                   "x-forwarded-scheme", "x-original-url", "x-forwarded-proto"};
  std::vector<std::string> assets;  // empty = the manifest's
};

struct Deception {
  std::vector<std::string> paths;      // with {buster} for the part of the name that nobody asks for
  std::vector<VariantHeader> headers;  // what signs the test account in
  std::string private_text;            // stands in the account's pages alone; empty = not known
};

struct Leaks {
  std::string tag = "leak-checks";            // tenants that carry it have opted in
  std::string cache_buster = "cachewitness";  // name of the query parameter that keeps probes off live copies
  double per_edge_rps = 2;                    // requests a second to one edge
  std::optional<CrossTenant> cross_tenant;
  std::optional<Poisoning> poisoning;
  std::optional<Deception> deception;
};

}  // namespace cachewitness::manifest
