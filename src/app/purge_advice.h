// What would purge one cell: the command, and what the provider is then asked.
#pragma once

#include <string>
#include <string_view>

#include "manifest/manifest.h"

namespace cachewitness::app {

struct CellToPurge {
  std::string_view environment;
  std::string_view edge;
  std::string_view variant;
  std::string url;  // untrusted: evidence of strangers may be explained too
};

// For a shell to take: "cachewitness purge -m MANIFEST -e ENVIRONMENT OPTION VALUE".
[[nodiscard]] std::string purge_command_line(const manifest::Manifest& manifest, std::string_view environment,
                                             std::string_view option, std::string_view value);

// Lines for a terminal, each indented and with its line feed; empty where the environment is not in the manifest.
[[nodiscard]] std::string purge_advice(const manifest::Manifest& manifest, const CellToPurge& cell);

}  // namespace cachewitness::app
