// Text to Manifest: every fault at once, each with its place, what was found and what was expected.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "manifest/features.h"
#include "manifest/manifest.h"
#include "manifest/yaml_tree.h"

namespace cachewitness::manifest {

// `path` is for messages, and its folder is what relative paths in the manifest start from. The tenants
// of a file or command are not read yet (tenant_source.h).
[[nodiscard]] std::expected<Manifest, base::Errors> parse_manifest(std::string_view text, const std::string& path,
                                                                   const Features& features = {});

// The JSON Schema (draft-07) of a manifest, from the table that the parser itself uses.
[[nodiscard]] std::string manifest_json_schema();

}  // namespace cachewitness::manifest
