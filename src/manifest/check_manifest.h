// What no single key can tell: names that meet twice, templates that ask for what an edge does not have,
// an origin without truth. Runs on a bound manifest and tells every fault with its place.
#pragma once

#include "manifest/bind.h"
#include "manifest/features.h"
#include "manifest/manifest.h"
#include "manifest/yaml_tree.h"

namespace cachewitness::manifest {

void check_manifest(const Manifest& manifest, const YamlNode& root, const Features& features, Binder& binder);

}  // namespace cachewitness::manifest
