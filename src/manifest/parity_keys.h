// The keys of `parity`, and what can only be said of them once the environments are known.
#pragma once

#include "manifest/bind.h"
#include "manifest/key_table.h"
#include "manifest/manifest.h"

namespace cachewitness::manifest {

// Its owner is a ParityRules.
[[nodiscard]] const Table& parity_table();
// Globs that are none, and mappings of environments that the manifest does not have.
void check_parity(const Manifest& manifest, const YamlNode& root, Binder& binder);

bool read(Binder& binder, const YamlNode& node, const Shape& shape, ParityText& out);

}  // namespace cachewitness::manifest
