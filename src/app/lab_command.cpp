#include "app/lab_command.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/text.h"
#include "lab/lab_manifest.h"

namespace cachewitness::app {

namespace {

constexpr base::Duration longest_turn = std::chrono::milliseconds(100);
constexpr std::size_t max_known_manifest_bytes = std::size_t{1} << 20;

std::string in_directory(const LabOptions& options, std::string_view name) {
  return options.directory == "." ? std::string(name) : fmt::format("{}/{}", options.directory, name);
}

// A lab may replace what a lab wrote, and nothing else: people keep real manifests under this name.
base::Result<void> refuse_to_overwrite(const LabOptions& options, ports::Files& files) {
  const std::string manifest = in_directory(options, "cachewitness.yaml");
  if (files.exists(manifest)) {
    const auto present = files.read_all(manifest, max_known_manifest_bytes);
    if (present && present->starts_with(lab::manifest_mark)) {
      return {};
    }
    return base::fail(
        base::errors::usage,
        fmt::format("{} was not written by a lab and stays as it is; give another --directory", manifest));
  }
  const std::string tenants = in_directory(options, "tenants.csv");
  if (files.exists(tenants)) {
    return base::fail(base::errors::usage,
                      fmt::format("{} is in the way and stays as it is; give another --directory", tenants));
  }
  return {};
}

base::Result<void> write(ports::Files& files, const std::string& path, std::string_view text) {
  auto file = files.replace(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  if (auto written = (*file)->write(text); !written) {
    return written;
  }
  return (*file)->close();
}

base::Result<void> write_files(const lab::Directory& directory, const LabOptions& options,
                               const LabSurroundings& surroundings) {
  lab::LabManifestSettings settings;
  if (surroundings.certificate != nullptr) {
    settings.ca_file = "lab-ca.pem";
    const std::string path = in_directory(options, settings.ca_file);
    if (auto written = write(surroundings.files, path, surroundings.certificate->authority_pem); !written) {
      return written;
    }
  }
  const std::string tenants = in_directory(options, settings.tenants_file);
  if (auto written = write(surroundings.files, tenants, lab::tenants_csv(directory)); !written) {
    return written;
  }
  return write(surroundings.files, in_directory(options, "cachewitness.yaml"), lab::manifest_yaml(directory, settings));
}

base::Result<lab::LabSettings> settings_of(const LabOptions& options, const LabSurroundings& surroundings) {
  auto faults = lab::parse_fault_orders(options.faults);
  if (!faults) {
    return std::unexpected(std::move(faults).error());
  }
  lab::LabSettings settings;
  settings.regions = lab::region_names(options.regions);
  settings.edges_per_region = options.edges_per_region;
  settings.tenants = lab::tenant_names(options.tenants);
  settings.assets = options.assets;
  settings.replicas = options.replicas;
  settings.first_port = options.port_base;
  settings.seed = options.seed;
  settings.faults = std::move(*faults);
  settings.anchor = base::ClockAnchor{surroundings.clock.wall(), surroundings.network.now()};
  settings.tls = surroundings.certificate == nullptr ? nullptr : &surroundings.certificate->server;
  return settings;
}

void append_faults(std::string& text, const std::vector<lab::PlantedFault>& planted) {
  for (const lab::PlantedFault& fault : planted) {
    fmt::format_to(std::back_inserter(text), "  {:<24} {}{}: {}\n", lab::entry(fault.kind).slug, fault.server,
                   fault.tenant == "*" ? "" : ", " + fault.tenant, lab::entry(fault.kind).sentence);
  }
}

}  // namespace

std::string lab_greeting(const lab::Lab& lab, const LabOptions& options) {
  const lab::Directory& directory = lab.directory();
  const lab::Directory::Edge& edge = directory.edges.front();
  const std::string page = "/" + directory.tenants.front() + directory.assets.front();
  const std::string manifest = in_directory(options, "cachewitness.yaml");
  const std::string control = directory.control.text();
  // The address is pinned, so that the name needs no DNS.
  const std::string url =
      directory.is_tls
          ? fmt::format("--cacert {0} --connect-to ::{1} https://{2}{3}", in_directory(options, "lab-ca.pem"),
                        edge.address.text(), lab::host_of(edge.region), page)
          : fmt::format("-H 'Host: {}' http://{}{}", lab::host_of(edge.region), edge.address.text(), page);
  std::string text = fmt::format("The lab runs: {} edges in {} regions, {} origin replicas, {} tenants, on loopback.\n",
                                 directory.edges.size(), directory.regions.size(), directory.replicas.size(),
                                 base::grouped(directory.tenants.size()));
  if (!lab.planted().empty()) {
    text.append("\nPlanted:\n");
    append_faults(text, lab.planted());
  }
  fmt::format_to(std::back_inserter(text),
                 "\nIn another terminal, warm the caches and record what they hold:\n"
                 "  cachewitness arm -m {0} --evidence baseline.jsonl\n"
                 "Deploy release 2, then purge one page at one edge, and look at it:\n"
                 "  curl -X POST 'http://{1}/deploy?release=2'\n"
                 "  curl -X PURGE {2}\n"
                 "  curl -si --output - {2}\n"
                 "Have it proven: the page is new at {4} and old at every other edge:\n"
                 "  cachewitness verify -m {0} --baseline baseline.jsonl --tenants {5} --purged-at \"$(date +%s)\"\n"
                 "Break something (one of: {3}):\n"
                 "  curl -X POST 'http://{1}/fault?kind=node-not-purged&edge={4}&tenant={5}'\n"
                 "See the state, and put everything right:\n"
                 "  curl http://{1}/\n"
                 "  curl -X POST http://{1}/reset\n"
                 "\nCtrl-C ends the lab.\n",
                 manifest, control, url, fmt::join(lab::fault_slugs(), ", "), edge.name, directory.tenants.front());
  return text;
}

base::Result<void> run_lab(const LabOptions& options, const LabSurroundings& surroundings) {
  auto settings = settings_of(options, surroundings);
  if (!settings) {
    return std::unexpected(std::move(settings).error());
  }
  if (auto refused = refuse_to_overwrite(options, surroundings.files); !refused) {
    return refused;
  }
  auto lab = lab::Lab::start(surroundings.network, std::move(*settings));
  if (!lab) {
    return std::unexpected(std::move(lab).error());
  }
  if (auto written = write_files((*lab)->directory(), options, surroundings); !written) {
    return written;
  }
  surroundings.print(lab_greeting(**lab, options));
  while (!surroundings.is_over()) {
    surroundings.network.turn(surroundings.network.now() + longest_turn);
  }
  return {};
}

}  // namespace cachewitness::app
