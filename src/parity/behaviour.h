// Behaviour: what is compared of one answer, as named traits. What differs by nature is left out; what names
// the tenant, the asset, the host or a mapped text is written as a reference, so that answers which mean the
// same are equal and differences of the same kind fall into one group. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.h"
#include "manifest/parity_rules.h"

namespace cachewitness::parity {

struct Trait {
  std::string what;   // a lower-case header name, or a word of docs/parity.md: status, cache-policy, tls, ...
  std::string value;  // peer bytes: escape before showing
  std::string raw;  // as it came but for tenant and asset; differs from `value` where a host or a mapping was replaced
};

struct BehaviourContext {
  const manifest::ParityRules& rules;
  std::string_view environment;
  std::string_view tenant;
  std::string_view asset;
};

// Traits sorted by name, each name once; an absent header has no trait. Requires: evidence.response().
[[nodiscard]] std::vector<Trait> behaviour_of(const evidence::Evidence& evidence, const BehaviourContext& context);

}  // namespace cachewitness::parity
