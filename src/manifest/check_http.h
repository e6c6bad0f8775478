// Where HTTP/3 cannot be: in a build without it, without TLS, behind a proxy.
#pragma once

#include "manifest/bind.h"
#include "manifest/features.h"
#include "manifest/manifest.h"
#include "manifest/yaml_tree.h"

namespace cachewitness::manifest {

// `written` is the environment as it stands in the manifest. A scheme that tenants bring along is theirs to answer for
// (tenant_intake.h).
void check_http(const Environment& environment, const YamlNode& written, const Features& features, Binder& binder);

// Whether any of its edges is asked over HTTP/3.
[[nodiscard]] bool asks_for_http3(const Environment& environment);

}  // namespace cachewitness::manifest
