// Leak trials: what is tried at which edge to find out whether one visitor gets what belongs to another. Tables and
// counts; sends nothing (app/leak_checks.h) and judges nothing (verdict/leak_book.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace cachewitness::plan {

struct LeakTrial {
  manifest::LeakCheck check = manifest::LeakCheck::cross_tenant;
  evidence::Cell cell;       // of who asks last: a finding is this cell's
  evidence::TenantId other;  // cross_tenant: whose URL primes; none for the other checks
  std::size_t lane = 0;      // of the plan
  std::uint32_t number = 0;  // of the trial: cache-busters differ by it
};

// For every edge: each of the tenants that have opted in, with what the manifest says to try. Empty where it has no
// `leaks`. Cross-tenant trials pair each tenant with the one before it, so they need two.
[[nodiscard]] std::vector<LeakTrial> leak_trials(const Plan& plan);

// Tenants of the plan that carry the tag.
[[nodiscard]] std::vector<evidence::TenantId> opted_in(const Plan& plan);

// Requests that all trials take at one edge, where none ends early.
[[nodiscard]] std::uint64_t leak_requests_per_edge(const Plan& plan);

// What is sent in a header that should not matter: a host, a scheme, a path or a word, by what servers take it for.
[[nodiscard]] std::string poison_value(std::string_view header, std::string_view canary, bool is_tls);

// The request with a cache-buster: in the place of {buster} where there is one, else as a query parameter.
void bust(Request& request, std::string_view parameter, std::string_view buster);

}  // namespace cachewitness::plan
