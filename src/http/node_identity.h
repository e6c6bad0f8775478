// NodeIdentity: which place and which machine of a provider answered, as its response says it (the provider table has
// where). A provider that names neither says nothing about how many machines there are.
#pragma once

#include <string>

#include "http/provider_table.h"

namespace cachewitness::http {

struct NodeIdentity {
  std::string pop;   // a place, such as "FRA"; empty where it is not named
  std::string node;  // a machine; empty where it is not named

  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

// Names of letters, digits and -._:/ of at most 80 bytes; anything else of a peer's counts as unnamed.
[[nodiscard]] NodeIdentity read_node_identity(ProviderValues values, Provider provider);

}  // namespace cachewitness::http
