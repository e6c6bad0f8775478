#include "manifest/value_readers.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/socket_address.h"
#include "base/text.h"
#include "http/field_line.h"
#include "manifest/cause_slugs.h"
#include "manifest/fault_ids.h"
#include "manifest/glob.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {

namespace {

const Shape plain_text{};

bool is_scalar(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar; }

bool read_template(Binder& binder, const YamlNode& node, const Shape& shape, TemplateUse use, UrlTemplate& out) {
  std::string text;
  if (!read(binder, node, shape, text)) {
    return false;
  }
  auto parsed = parse_template(text, use);
  if (!parsed) {
    binder.fault(faults::bad_template,
                 fmt::format("bad template \"{}\": {}", base::printable(text, 120), parsed.error()), node);
    return false;
  }
  out = *std::move(parsed);
  return true;
}

bool read_path(Binder& binder, const YamlNode& node, const Shape& shape, std::string& out) {
  std::string path;
  if (!read(binder, node, shape, path)) {
    return false;
  }
  out = binder.resolve(path);
  return true;
}

bool check_glob(Binder& binder, const YamlNode& table, std::string_view key, std::string_view glob) {
  const std::string fault = glob_fault(glob);
  if (fault.empty()) {
    return true;
  }
  const YamlNode* at = table.find(key);
  binder.fault(faults::bad_value, fmt::format("bad glob \"{}\": {}", base::printable(glob, 60), fault),
               at == nullptr ? table : *at);
  return false;
}

}  // namespace

void tell_literal_secret(Binder& binder, const YamlNode& node, std::string_view name) {
  binder.fault(faults::literal_secret,
               fmt::format("literal secret in \"{0}\" (not shown); a manifest only refers to secrets: write \"{0}: "
                           "{{env: NAME}}\", \"{{file: PATH}}\" or \"{{command: [...]}}\", and change the secret if "
                           "this file was shared",
                           base::printable(name, 60)),
               node);
}

bool is_secret_name(std::string_view name) {
  std::string lower = base::lower_case(name);
  std::ranges::replace(lower, '-', '_');
  constexpr std::array<std::string_view, 9> parts{"token",   "secret", "password",   "passwd",       "passphrase",
                                                  "api_key", "apikey", "credential", "authorization"};
  constexpr std::array<std::string_view, 7> exact{"key",         "cookie",   "auth",       "access_key",
                                                  "private_key", "auth_key", "account_key"};
  return std::ranges::find(exact, lower) != exact.end() ||
         std::ranges::any_of(parts, [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

std::string_view header_objection(std::string_view name) {
  constexpr std::array<std::string_view, 9> ours{
      "host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "trailer", "keep-alive", "expect"};
  constexpr std::array<std::string_view, 4> changing{"cache-control", "pragma", "range", "if-range"};
  if (std::ranges::find(ours, name) != ours.end()) {
    return "it belongs to the connection and is written by the prober";
  }
  if (name.starts_with("if-") || std::ranges::find(changing, name) != changing.end()) {
    return "it would make the cache answer otherwise than to a visitor";
  }
  return {};
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out) {
  if (node.kind != YamlNode::Kind::mapping) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (node.keys.size() != 1) {
    binder.fault(faults::bad_value,
                 fmt::format("a secret comes from exactly one place; expected {}", expected_phrase(shape)), node);
    return false;
  }
  out.where = binder.where(node);
  binder.bind_table(shape.table(), node, &out);
  return !out.name.empty() || !out.argv.empty();
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, VariantHeader& out) {
  const std::string written = out.name;
  out.name = base::lower_case(written);
  if (!http::is_token(out.name)) {
    binder.fault(faults::bad_value, fmt::format("\"{}\" is not a header name", base::printable(written, 60)), node);
    return false;
  }
  if (const std::string_view objection = header_objection(out.name); !objection.empty()) {
    binder.fault(faults::bad_value, fmt::format("the header \"{}\" cannot be set: {}", written, objection), node);
    return false;
  }
  if (node.kind == YamlNode::Kind::mapping) {
    SecretRef secret;
    const bool is_read = read(binder, node, shape.parts.back(), secret);
    out.value = std::move(secret);
    return is_read;
  }
  if (is_scalar(node) && !node.is_null() && is_secret_name(out.name)) {
    tell_literal_secret(binder, node, out.name);
    return false;
  }
  std::string value;
  const bool is_read = read(binder, node, shape.parts.front(), value);
  out.value = std::move(value);
  return is_read;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, OriginReplica& out) {
  std::string url;
  if (!read(binder, node, shape, url)) {
    return false;
  }
  const auto parts = split_url(url);
  const bool has_path = parts && parts->target != "/";
  if (!parts || has_path) {
    binder.fault(faults::bad_value,
                 fmt::format("bad origin \"{}\": {}; expected scheme://host[:port]", base::printable(url, 120),
                             parts ? "it has a path" : parts.error()),
                 node);
    return false;
  }
  out.url = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  out.is_tls = parts->is_tls;
  out.host = parts->host.starts_with('[') ? parts->host.substr(1, parts->host.size() - 2) : parts->host;
  out.port = parts->port;
  out.where = binder.where(node);
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, AllowedCause& out) {
  const Shape& slug = shape.parts.front();
  if (node.kind != YamlNode::Kind::mapping) {
    return read(binder, node, slug.kind == Shape::Kind::text && is_scalar(node) ? slug : shape, out.cause);
  }
  binder.bind_table(shape.parts.back().table(), node, &out);
  return !out.cause.empty();
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, Expectation& out) {
  if (!check_container(binder, node, shape)) {
    return false;
  }
  binder.bind_table(shape.table(), node, &out);
  if (node.find("sha256") == nullptr && node.find("etag") == nullptr) {
    binder.fault(faults::missing_key, "an expectation needs \"sha256\" or \"etag\"", node);
    return false;
  }
  if (!out.asset.empty() && !asset_fault(out.asset).empty()) {
    binder.fault(faults::bad_value,
                 fmt::format("bad asset \"{}\": {}", base::printable(out.asset, 60), asset_fault(out.asset)), node);
    return false;
  }
  const bool is_tenant_good = check_glob(binder, node, "tenant", out.tenant);
  return check_glob(binder, node, "variant", out.variant) && is_tenant_good;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<PurgeSettings>& out) {
  return read(binder, node, shape, out.emplace());
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<HttpChoice>& out) {
  HttpChoice choice{};
  const bool is_read = read(binder, node, shape, choice);
  out = is_read ? std::optional(choice) : out;
  return is_read;
}

void bind_url(Binder& binder, const YamlNode& node, const Shape& shape, Environment& out) {
  read_template(binder, node, shape, TemplateUse::url, out.url);
}

void bind_origin_host(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out) {
  read_template(binder, node, shape, TemplateUse::host, out.host);
}

void bind_server_name(Binder& binder, const YamlNode& node, const Shape& shape, Tls& out) {
  read_template(binder, node, shape, TemplateUse::host, out.server_name);
}

void bind_ca_file(Binder& binder, const YamlNode& node, const Shape& shape, Tls& out) {
  read_path(binder, node, shape, out.ca_file);
}

void bind_address(Binder& binder, const YamlNode& node, const Shape& shape, Edge& out) {
  std::string address;
  if (!read(binder, node, shape, address)) {
    return;
  }
  const auto split = base::parse_host_port(address);
  const bool is_host = split && (base::parse_ip(split->host, 0) || is_valid_authority(split->host));
  if (!is_host) {
    binder.fault(faults::bad_value,
                 fmt::format("bad address \"{}\"; expected {}", base::printable(address, 80), expected_phrase(shape)),
                 node);
    return;
  }
  out.host = split->host;
  out.port = split->port.value_or(0);
}

void bind_expect(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out) {
  if (node.kind == YamlNode::Kind::mapping) {
    binder.bind_table(shape.parts.back().table(), node, &out);
  } else if (node.kind == YamlNode::Kind::sequence) {
    read(binder, node, shape.parts.front(), out.expect);
  } else {
    binder.wrong_type(node, shape);
  }
}

void bind_expect_from(Binder& binder, const YamlNode& node, const Shape& shape, Origin& out) {
  if (!read_path(binder, node, shape, out.expect_from)) {
    return;
  }
  if (!out.expect_from.ends_with(".csv") && !out.expect_from.ends_with(".ndjson")) {
    binder.fault(faults::bad_value, "the file of expectations must end in .csv or .ndjson", node);
  }
}

void bind_tenants(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out) {
  out.tenant_source.where = binder.where(node);
  if (node.kind == YamlNode::Kind::sequence) {
    bind_inline_tenants(binder, node, shape.parts.front(), out);
    return;
  }
  if (node.kind != YamlNode::Kind::mapping) {
    binder.wrong_type(node, shape);
    return;
  }
  binder.bind_table(shape.parts.back().table(), node, &out);
  const auto given = std::ranges::count_if(node.keys, [](const YamlKey& key) {
    return key.name == "from" || key.name == "inline" || key.name == "command";
  });
  if (given != 1) {
    binder.fault(faults::missing_key, "tenants come from exactly one of \"from\", \"command\" and \"inline\"", node);
  }
}

void bind_tenant_file(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out) {
  TenantSource& source = out.tenant_source;
  if (node.kind == YamlNode::Kind::mapping) {
    source.kind = TenantSource::Kind::command;
    binder.bind_table(shape.parts.back().table(), node, &source);
    return;
  }
  if (!is_scalar(node)) {
    binder.wrong_type(node, shape);
    return;
  }
  if (!read_path(binder, node, shape.parts.front(), source.path)) {
    return;
  }
  const std::string_view path = source.path;
  const std::string_view plain = path.ends_with(".zst") ? path.substr(0, path.size() - 4) : path;
  if (plain.ends_with(".csv")) {
    source.kind = TenantSource::Kind::csv;
  } else if (plain.ends_with(".ndjson") || plain.ends_with(".jsonl")) {
    source.kind = TenantSource::Kind::ndjson;
  } else {
    binder.fault(faults::bad_value,
                 fmt::format("the file of tenants \"{}\" must end in .csv or .ndjson; for a program write "
                             "\"from: {{command: [...]}}\"",
                             base::printable(node.text, 80)),
                 node);
  }
}

void bind_inline_tenants(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out) {
  out.tenant_source.kind = TenantSource::Kind::inline_list;
  if (!check_container(binder, node, shape)) {
    return;
  }
  for (const YamlNode& tenant : node.children) {
    if (check_container(binder, tenant, shape.parts.front())) {
      binder.inline_tenants.push_back(&tenant);
    }
  }
}

void bind_compare(Binder& binder, const YamlNode& node, const Shape& shape, Policy& out) {
  if (!read(binder, node, shape, out.compare)) {
    return;
  }
  for (std::string& name : out.compare) {
    name = base::lower_case(name);
    if (!http::is_token(name)) {
      binder.fault(faults::bad_value,
                   fmt::format("\"{}\" is neither \"status\" nor a header name", base::printable(name, 60)), node);
    }
  }
}

void bind_version(Binder& binder, const YamlNode& node, const Shape& shape, Manifest&) {
  if (!is_yaml_number(node)) {
    binder.wrong_type(node, shape);
  } else if (node.text != "1") {
    binder.fault(faults::out_of_range,
                 fmt::format("version {} of the format is not known to this program; write \"version: 1\"",
                             base::printable(node.text, 20)),
                 node);
  }
}

void bind_purge_aliases(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out) {
  if (!check_container(binder, node, shape)) {
    return;
  }
  for (const YamlNode& child : node.children) {
    if (UrlTemplate alias; read_template(binder, child, shape.parts.front(), TemplateUse::url, alias)) {
      out.aliases.push_back(std::move(alias));
    }
  }
}

void bind_purge_tag(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out) {
  read_template(binder, node, shape, TemplateUse::host, out.tag);
}

void bind_propagation(Binder& binder, const YamlNode& node, const Shape& shape, Policy& out) {
  if (read(binder, node, shape, out.propagation)) {
    out.propagation_from = "manifest";
  }
}

void bind_secret_variable(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out) {
  out.kind = SecretRef::Kind::environment;
  std::string name;
  if (!read(binder, node, shape, name)) {
    return;
  }
  const bool is_variable = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_variable || (name[0] >= '0' && name[0] <= '9')) {
    // Not shown: who mistakes {env: ...} for the place of the value has written a secret here.
    binder.fault(faults::literal_secret, "what stands in {env: ...} is not the name of a variable; write only the name",
                 node);
    return;
  }
  out.name = std::move(name);
}

void bind_secret_file(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out) {
  out.kind = SecretRef::Kind::file;
  read_path(binder, node, shape, out.name);
}

void bind_secret_command(Binder& binder, const YamlNode& node, const Shape& shape, SecretRef& out) {
  out.kind = SecretRef::Kind::command;
  read(binder, node, shape, out.argv);
}

void bind_edge_attribute(Binder& binder, const YamlKey& key, const YamlNode& value, void* edge) {
  check_name(binder, key.name, "the name of an attribute", key.line, key.column);
  std::string text;
  if (read(binder, value, plain_text, text)) {
    static_cast<Edge*>(edge)->attributes.emplace_back(key.name, std::move(text));
  }
}

void bind_purge_option(Binder& binder, const YamlKey& key, const YamlNode& value, void* purge) {
  auto& settings = *static_cast<PurgeSettings*>(purge);
  check_name(binder, key.name, "the name of a purge option", key.line, key.column);
  if (value.kind == YamlNode::Kind::mapping) {
    SecretRef secret;
    if (read(binder, value, secret_shape(), secret)) {
      settings.secrets.emplace_back(key.name, std::move(secret));
    }
  } else if (!is_scalar(value) || value.is_null()) {
    binder.wrong_type(value, purge_option_shape());
  } else if (is_secret_name(key.name)) {
    tell_literal_secret(binder, value, key.name);
  } else {
    settings.options.emplace_back(key.name, value.text);
  }
}

}  // namespace cachewitness::manifest
