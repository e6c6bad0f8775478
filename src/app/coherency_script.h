// The coherency check of skills/ inside the binary, so that `demo` can run it wherever the binary stands alone.
#pragma once

#include <string_view>

namespace cachewitness::app {

// The script's text; the build takes it from skills/verify-cdn-invalidation/.
extern const std::string_view coherency_script;

// The manifest's `checks:` that runs it from the manifest's own folder.
inline constexpr std::string_view coherency_check_yaml =
    "checks:\n  - {name: coherency, run: [python3, cdn-verify.py], input: evidence, timeout: 30s}\n";

}  // namespace cachewitness::app
