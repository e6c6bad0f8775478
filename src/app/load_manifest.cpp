#include "app/load_manifest.h"

#include <utility>

#include <fmt/format.h>

#include "app/http3.h"
#include "app/program_end.h"
#include "base/text.h"
#include "manifest/expectation_source.h"
#include "manifest/parse_manifest.h"
#include "manifest/tenant_source.h"
#include "manifest/yaml_tree.h"
#include "probe/sha256.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view default_manifest = "cachewitness.yaml";
constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
// A list of a million tenants may take its program a while.
constexpr base::Duration tenant_command_timeout = std::chrono::minutes(2);

using LoadResult = base::Result<void, base::Errors>;

std::unexpected<base::Errors> failed(base::Error error, const base::SourceSpan& where) {
  if (!error.where) {
    error.where = where;
  }
  return std::unexpected(base::Errors{std::move(error)});
}

// Tenants and expectations are read alike.
template <typename Reader>
LoadResult read_list(ports::Files& files, const std::string& path, const base::SourceSpan& where, Reader& reader) {
  auto file = files.open(path);
  if (!file) {
    return failed(std::move(file).error(), where);
  }
  while (!reader.has_given_up()) {
    auto chunk = (*file)->read(chunk_bytes);
    if (!chunk) {
      return failed(std::move(chunk).error(), where);
    }
    if (chunk->empty()) {
      break;
    }
    reader.feed(*chunk);
  }
  if (base::Errors errors = reader.finish(); !errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  return {};
}

class TenantSink final : public ports::ByteSink {
 public:
  explicit TenantSink(manifest::TenantReader& reader) : reader_(reader) {}

  base::Result<void> take(std::string_view bytes) override {
    reader_.feed(bytes);
    if (reader_.has_given_up()) {
      return base::fail(base::errors::usage, "too many faults in the list of tenants");
    }
    return {};
  }

 private:
  manifest::TenantReader& reader_;
};

ports::ProcessSpec tenant_command(const Ports& ports, const manifest::Manifest& manifest) {
  ports::ProcessSpec spec;
  spec.argv = manifest.tenant_source.argv;
  spec.timeout = tenant_command_timeout;
  spec.working_directory = folder_of(manifest.path, ports.environment);
  spec.input = "{\"schema\":\"cachewitness.tenants/v1\"}\n";
  for (const char* name : {"PATH", "LANG", "HOME"}) {
    if (auto value = ports.environment.variable(name)) {
      spec.environment.emplace_back(name, *value);
    }
  }
  return spec;
}

LoadResult read_tenants_of_command(const Ports& ports, manifest::Manifest& manifest) {
  const manifest::TenantSource& source = manifest.tenant_source;
  manifest::TenantReader reader(manifest, manifest::ListFormat::ndjson, source.argv.front());
  TenantSink sink(reader);
  const ports::ProcessSpec spec = tenant_command(ports, manifest);
  auto ended = ports.processes.stream(spec, sink);
  if (base::Errors errors = reader.has_given_up() ? reader.finish() : base::Errors{}; !errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  if (!ended) {
    return failed(std::move(ended).error(), source.where);
  }
  if (!has_succeeded(*ended)) {
    return failed({base::errors::usage,
                   fmt::format("the tenants' command {} {}: {}", source.argv.front(), how_it_ended(spec, *ended),
                               base::trim(ended->diagnostics)),
                   source.where},
                  source.where);
  }
  if (base::Errors errors = reader.finish(); !errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  return {};
}

LoadResult read_tenants(const Ports& ports, manifest::Manifest& manifest) {
  const manifest::TenantSource& source = manifest.tenant_source;
  switch (source.kind) {
    case manifest::TenantSource::Kind::inline_list:
      return {};
    case manifest::TenantSource::Kind::command:
      return read_tenants_of_command(ports, manifest);
    case manifest::TenantSource::Kind::csv:
    case manifest::TenantSource::Kind::ndjson:
      break;
  }
  const bool is_csv = source.kind == manifest::TenantSource::Kind::csv;
  manifest::TenantReader reader(manifest, is_csv ? manifest::ListFormat::csv : manifest::ListFormat::ndjson,
                                source.path);
  return read_list(ports.files, source.path, source.where, reader);
}

LoadResult read_expectations(const Ports& ports, manifest::Environment& environment) {
  const std::string& path = environment.origin.expect_from;
  if (path.empty()) {
    return {};
  }
  manifest::ExpectationReader reader(environment.origin.expect,
                                     path.ends_with(".csv") ? manifest::ListFormat::csv : manifest::ListFormat::ndjson,
                                     path);
  return read_list(ports.files, path, environment.where, reader);
}

}  // namespace

std::string manifest_path(const CommonOptions& options, const ports::Environment& environment) {
  if (!options.manifest.empty()) {
    return options.manifest;
  }
  const auto named = environment.variable("CACHEWITNESS_MANIFEST");
  return named && !named->empty() ? *named : std::string(default_manifest);
}

std::string absolute_path(const std::string& path, const ports::Environment& environment) {
  return path.starts_with('/') ? path : environment.working_directory() + "/" + path;
}

std::string folder_of(const std::string& path, const ports::Environment& environment) {
  const std::string whole = absolute_path(path, environment);
  return whole.substr(0, whole.rfind('/') + 1);
}

std::expected<manifest::Manifest, base::Errors> parse_manifest_file(ports::Files& files, const std::string& path) {
  auto text = files.read_all(path, manifest::max_manifest_bytes);
  if (!text) {
    return std::unexpected(base::Errors{std::move(text).error()});
  }
  return manifest::parse_manifest(*text, path, {.has_http3 = has_http3});
}

base::Result<std::unique_ptr<manifest::Manifest>, base::Errors> load_manifest(const Ports& ports,
                                                                              const CommonOptions& options) {
  const std::string path = manifest_path(options, ports.environment);
  auto text = options.manifest_text ? base::Result<std::string>(*options.manifest_text)
                                    : ports.files.read_all(path, manifest::max_manifest_bytes);
  if (!text) {
    return std::unexpected(base::Errors{std::move(text).error()});
  }
  auto parsed = manifest::parse_manifest(*text, path, {.has_http3 = has_http3});
  if (!parsed) {
    return std::unexpected(std::move(parsed).error());
  }
  auto manifest = std::make_unique<manifest::Manifest>(std::move(*parsed));
  probe::Sha256 sum;
  sum.start();
  sum.add(*text);
  manifest->digest = sum.finish();
  if (auto read = read_tenants(ports, *manifest); !read) {
    return std::unexpected(std::move(read).error());
  }
  for (manifest::Environment& environment : manifest->environments) {
    if (auto read = read_expectations(ports, environment); !read) {
      return std::unexpected(std::move(read).error());
    }
  }
  return manifest;
}

}  // namespace cachewitness::app
