// A manifest and what is planned of it: what every command that probes begins with.
#pragma once

#include <memory>

#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "manifest/manifest.h"
#include "plan/plan.h"

namespace cachewitness::app {

struct LoadedPlan {
  std::unique_ptr<manifest::Manifest> manifest;  // outlives the plan, which borrows it
  plan::Plan plan;
};

// All faults of the manifest, or the one of the narrowing.
[[nodiscard]] base::Result<LoadedPlan, base::Errors> load_plan(const Ports& ports, const CommonOptions& options);

// What --dry-run shows.
void print_plan(const Ports& ports, Format format, const plan::Plan& plan);

}  // namespace cachewitness::app
