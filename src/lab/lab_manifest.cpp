#include "lab/lab_manifest.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"

namespace cachewitness::lab {

std::string manifest_yaml(const Directory& directory, const LabManifestSettings& settings) {
  std::string yaml(manifest_mark);
  const auto out = std::back_inserter(yaml);
  yaml.append(
      ": describes the lab as it runs now, ports included.\n"
      "version: 1\n"
      "project: lab\n");
  fmt::format_to(out, "tenants:\n  from: {}\n", settings.tenants_file);
  yaml.append("assets:\n");
  for (const std::string& asset : directory.assets) {
    yaml.append("  - ");
    base::append_json_string(yaml, asset);  // a JSON string is a YAML one
    yaml.push_back('\n');
  }
  yaml.append("variants:\n");
  for (const Coding coding : settings.variants) {
    yaml.append(coding == Coding::gzip ? "  gzip: {headers: {accept-encoding: gzip}}\n" : "  identity: {}\n");
  }
  yaml.append(
      "environments:\n"
      "  lab:\n");
  fmt::format_to(out, "    url: \"{}://cdn-{{region}}.example.com/{{tenant.id}}{{asset}}\"\n",
                 directory.is_tls ? "https" : "http");
  yaml.append("    origin:\n      replicas:\n");
  for (const Directory::Replica& replica : directory.replicas) {
    fmt::format_to(out, "        - \"http://{}\"\n", replica.address.text());
  }
  if (!settings.ca_file.empty()) {
    yaml.append("    tls: {ca: ");
    base::append_json_string(yaml, settings.ca_file);
    yaml.append("}\n");
  }
  yaml.append("    regions:\n");
  for (const std::string& region : directory.regions) {
    fmt::format_to(out, "      {}:\n        edges:\n", region);
    for (const Directory::Edge& edge : directory.edges) {
      if (edge.region == region) {
        fmt::format_to(out, "          - {{name: {}, address: \"{}\"}}\n", edge.name, edge.address.text());
      }
    }
  }
  yaml.append(
      "policy:\n"
      "  body: hash\n"
      "  propagation: 0s  # the lab's purges take effect before they are acknowledged\n"
      "limits:\n"
      "  per_edge_rps: 0  # without limit: it is our own machine\n"
      "  timeout: 2s\n");
  return yaml;
}

std::string tenants_csv(const Directory& directory) {
  std::string csv = "id\n";
  for (const std::string& tenant : directory.tenants) {
    csv.append(tenant).push_back('\n');
  }
  return csv;
}

}  // namespace cachewitness::lab
