#include "app/plan_sources.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/load_manifest.h"
#include "base/text.h"
#include "skill/fault_ids.h"

namespace cachewitness::app {

namespace {

// Large programs are digested whole: what runs is what was approved.
constexpr std::size_t max_program_bytes = std::size_t{1} << 30;
constexpr std::size_t max_input_bytes = std::size_t{64} << 20;

std::optional<std::string> on_path(const Ports& ports, const std::string& name) {
  const std::string path = ports.environment.variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
    if (colon > 0 && rest.starts_with('/') && ports.files.exists(candidate)) {
      return candidate;
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return std::nullopt;
}

base::Result<skill::Program> find_program(const Ports& ports, const std::string& folder, const std::string& name) {
  std::optional<std::string> path;
  if (name.find('/') == std::string::npos) {
    path = on_path(ports, name);
    if (!path) {
      return base::fail(skill::faults::no_program,
                        fmt::format("no program \"{}\" on PATH; install it, or write ./{} for one of the skill's own",
                                    base::printable(name, 100), base::printable(name, 100)));
    }
  } else {
    std::string_view inside = name;
    inside.remove_prefix(inside.starts_with("./") ? 2 : 0);
    path = name.starts_with('/') ? name : fmt::format("{}/{}", folder, inside);
    if (!ports.files.exists(*path)) {
      return base::fail(skill::faults::no_program,
                        fmt::format("no program {}; build or install it first", base::printable(*path, 500)));
    }
  }
  const auto bytes = ports.files.read_all(*path, max_program_bytes);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  return skill::Program{*path, adapters::sha256(*bytes)};
}

base::Result<std::vector<std::string>> names_in(const Ports& ports, const std::string& axis, const std::string& path) {
  const auto manifest = parse_manifest_file(ports.files, path);
  if (!manifest) {
    return std::unexpected(manifest.error().front());
  }
  std::vector<std::string> names;
  for (const manifest::Environment& environment : manifest->environments) {
    if (axis == "environment") {
      names.push_back(environment.name);
      continue;
    }
    for (const manifest::Region& region : environment.regions) {
      if (std::ranges::find(names, region.name) == names.end()) {
        names.push_back(region.name);
      }
    }
  }
  return names;
}

}  // namespace

skill::PlanSources plan_sources(const Ports& ports, const skill::SkillFolder& folder) {
  skill::PlanSources sources;
  // A matrix names the same program over and over; it is read and digested once.
  sources.program = [&ports, directory = folder.directory, found = std::map<std::string, skill::Program>()](
                        const std::string& name) mutable -> base::Result<skill::Program> {
    if (const auto known = found.find(name); known != found.end()) {
      return known->second;
    }
    auto program = find_program(ports, directory, name);
    if (program) {
      found.emplace(name, *program);
    }
    return program;
  };
  sources.names = [&ports](const std::string& axis, const std::string& path) { return names_in(ports, axis, path); };
  sources.file = [&ports](const std::string& path) -> std::optional<base::Digest> {
    const auto bytes = ports.files.exists(path) ? ports.files.read_all(path, max_input_bytes)
                                                : base::Result<std::string>(std::unexpected(base::Error{}));
    return bytes ? std::optional(adapters::sha256(*bytes)) : std::nullopt;
  };
  sources.sha256 = adapters::sha256;
  return sources;
}

}  // namespace cachewitness::app
