// From an order to the calls that carry it: duplicates go once, calls are as full as the provider allows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

// What two items have in common that are one to a provider: the text, and the headers whatever the case of their names.
[[nodiscard]] std::string identity_of(const Item& item);

// Nodes are where a provider that is at the nodes is asked; each gets every item of its errand, inner tiers first.
// `purge_id` makes the keys of the calls: an RFC 9562 UUID each, by `sha256`, so that a call that is sent again is
// known by it. An order without items is refused: to some providers an empty list is everything.
// Requires: all orders are of the ability's kind.
[[nodiscard]] base::Result<std::vector<Call>> make_calls(const Provider& provider, const Ability& ability,
                                                         const std::vector<Errand>& errands, std::string_view purge_id,
                                                         base::Digest (*sha256)(std::string_view));

}  // namespace cachewitness::purge
