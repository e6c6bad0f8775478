// From the command line's -m to a manifest whose tenants and expectations are all there.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "manifest/manifest.h"

namespace cachewitness::app {

// -m, then $CACHEWITNESS_MANIFEST, then cachewitness.yaml.
[[nodiscard]] std::string manifest_path(const CommonOptions& options, const ports::Environment& environment);

// Paths of the user's programs and files start where the manifest lies.
[[nodiscard]] std::string absolute_path(const std::string& path, const ports::Environment& environment);
[[nodiscard]] std::string folder_of(const std::string& path, const ports::Environment& environment);

// The text of one file alone: neither tenants nor secrets are read.
[[nodiscard]] std::expected<manifest::Manifest, base::Errors> parse_manifest_file(ports::Files& files,
                                                                                  const std::string& path);

// Every fault of the text at once; where the text is good, every fault of the tenants.
[[nodiscard]] base::Result<std::unique_ptr<manifest::Manifest>, base::Errors> load_manifest(
    const Ports& ports, const CommonOptions& options);

}  // namespace cachewitness::app
