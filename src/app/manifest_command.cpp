#include "app/manifest_command.h"

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/load_manifest.h"
#include "app/load_plan.h"
#include "base/text.h"
#include "manifest/parse_manifest.h"
#include "report/finding_group.h"

namespace cachewitness::app {

int run_manifest_check(const Ports& ports, const ManifestOptions& options) {
  const auto manifest = load_manifest(ports, options.common);
  if (!manifest) {
    return report_errors(ports, manifest.error());
  }
  const manifest::Manifest& good = **manifest;
  std::size_t edges = 0;
  for (const manifest::Environment& environment : good.environments) {
    for (const manifest::Region& region : environment.regions) {
      edges += region.edges.size();
    }
  }
  using report::counted;
  ports.console.out(fmt::format("{}: good; {}, {}, {}, {}, {}\n", good.path,
                                counted(good.environments.size(), "environment"), counted(edges, "edge"),
                                counted(good.tenants.size(), "tenant"), counted(good.assets.size(), "asset"),
                                counted(good.variants.size(), "variant")));
  return static_cast<int>(base::ExitCode::passed);
}

int run_manifest_schema(const Ports& ports, const ManifestOptions&) {
  ports.console.out(manifest::manifest_json_schema());
  return static_cast<int>(base::ExitCode::passed);
}

int run_manifest_plan(const Ports& ports, const ManifestOptions& options) {
  const auto loaded = load_plan(ports, options.common);
  if (!loaded) {
    return report_errors(ports, loaded.error());
  }
  print_plan(ports, options.common.format, loaded->plan);
  return static_cast<int>(base::ExitCode::passed);
}

}  // namespace cachewitness::app
