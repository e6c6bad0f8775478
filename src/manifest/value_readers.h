// Readers of the values that have more than one form or a form of their own: secrets, templates, addresses,
// tenants, expectations. The tables in manifest_keys.cpp name them.
#pragma once

#include <optional>
#include <string_view>

#include "manifest/bind.h"
#include "manifest/manifest.h"

namespace cachewitness::manifest {

// A key or header whose value is a credential ("token", "x-api-key"), so that it must be a reference.
[[nodiscard]] bool is_secret_name(std::string_view name);
// `node` is a secret written out as the value of `name`. It is not repeated.
void tell_literal_secret(Binder& binder, const YamlNode& node, std::string_view name);
// Request headers that would change what a probe measures, or that the prober itself writes: why not; empty = allowed.
[[nodiscard]] std::string_view header_objection(std::string_view lower_case_name);

// {env: NAME}, {file: PATH} or {command: [...]}; and what may stand behind a further key of `purge`.
[[nodiscard]] const Shape& secret_shape();
[[nodiscard]] const Shape& purge_option_shape();

bool read(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, VariantHeader& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, OriginReplica& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, AllowedCause& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, Expectation& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<PurgeSettings>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<HttpChoice>& out);

void bind_url(Binder& binder, const YamlNode& node, const Shape& shape, Environment& out);
void bind_origin_host(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out);
void bind_server_name(Binder& binder, const YamlNode& node, const Shape& shape, Tls& out);
void bind_ca_file(Binder& binder, const YamlNode& node, const Shape& shape, Tls& out);
void bind_address(Binder& binder, const YamlNode& node, const Shape& shape, Edge& out);
void bind_expect(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out);
void bind_expect_from(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out);
void bind_tenants(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out);
void bind_tenant_file(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out);
void bind_inline_tenants(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out);
void bind_compare(Binder& binder, const YamlNode& node, const Shape& shape, Policy& out);
void bind_propagation(Binder& binder, const YamlNode& node, const Shape& shape, Policy& out);
void bind_purge_aliases(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out);
void bind_purge_tag(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out);
void bind_version(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out);
void bind_secret_variable(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out);
void bind_secret_file(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out);
void bind_secret_command(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out);
void bind_edge_attribute(Binder& binder, const YamlKey& key, const YamlNode& value, void* edge);
void bind_purge_option(Binder& binder, const YamlKey& key, const YamlNode& value, void* purge);

}  // namespace cachewitness::manifest
