// From the command line and the plan to what is purged, and where.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/purge_command.h"
#include "base/result.h"
#include "plan/plan.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::app {

// The one environment of the plan whose purge is meant; errors::usage where it is none or several.
[[nodiscard]] base::Result<std::size_t> environment_to_purge(const plan::Plan& plan);

// --url and its like, or, without any, the URL of every tenant and asset that is planned; each variant by its headers
// where the provider keys them. Secret headers are no part of a cache key here and stay out.
[[nodiscard]] base::Result<purge::Order> make_order(const plan::Plan& plan, std::size_t environment,
                                                    const purge::Provider& provider, const PurgeOptions& options);

// The planned edges of the environment, for a provider that is asked at each.
[[nodiscard]] std::vector<purge::Node> nodes_of(const plan::Plan& plan, std::size_t environment);

}  // namespace cachewitness::app
