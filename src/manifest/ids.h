// The ids of what a manifest names. Each is an index into the Roster (evidence/roster.h).
#pragma once

#include "base/strong_id.h"

namespace cachewitness::manifest {

using EdgeId = base::StrongId<struct EdgeTag>;
using TenantId = base::StrongId<struct TenantTag>;
using AssetId = base::StrongId<struct AssetTag>;
using VariantId = base::StrongId<struct VariantTag>;
using ReplicaId = base::StrongId<struct ReplicaTag>;

}  // namespace cachewitness::manifest
