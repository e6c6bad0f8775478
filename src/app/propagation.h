// How long an edge may stay old after a purge: the manifest's word, or that of whoever is asked to purge.
#pragma once

#include "manifest/policy.h"
#include "plan/plan.h"

namespace cachewitness::app {

// The manifest's policy. Where it leaves the propagation open, it is that of the planned environments' purge providers,
// the longest of several.
[[nodiscard]] manifest::Policy policy_of(const plan::Plan& plan);

}  // namespace cachewitness::app
