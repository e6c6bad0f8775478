// `manifest check | schema | plan`: what the manifest says, before anything is sent.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Each returns the exit code.
int run_manifest_check(const Ports& ports, const ManifestOptions& options);
int run_manifest_schema(const Ports& ports, const ManifestOptions& options);
int run_manifest_plan(const Ports& ports, const ManifestOptions& options);

}  // namespace cachewitness::app
