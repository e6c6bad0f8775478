#include "manifest/leak_keys.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "http/field_line.h"
#include "manifest/fault_ids.h"
#include "manifest/url_parts.h"
#include "manifest/value_readers.h"

namespace cachewitness::manifest {

namespace {

using Kind = Shape::Kind;

constexpr std::string_view id_reference = "{tenant.id}";
constexpr std::string_view buster_reference = "{buster}";

Shape text(std::string_view expected = {}, std::string_view pattern = {}) {
  return {.kind = Kind::text, .pattern = pattern, .expected = expected};
}
Shape texts(std::string_view expected, double least = 0, std::string_view pattern = {}) {
  return {.kind = Kind::list, .least = least, .parts = {text(expected, pattern)}};
}
Shape table_of(const Table& (*table)()) { return {.kind = Kind::table, .table = table}; }
Shape assets() { return texts("a path such as /canary.txt", 1, "^/[^ #]*$"); }

// The text on both sides of {tenant.id}. Nothing where a fault was told.
std::optional<Surroundings> read_surroundings(Binder& binder, const YamlNode& node, const Shape& shape) {
  std::string written;
  if (!read(binder, node, shape, written)) {
    return std::nullopt;
  }
  const std::size_t at = written.find(id_reference);
  const std::string_view rest = std::string_view(written).substr(std::min(at, written.size()));
  if (at == std::string::npos || rest.substr(id_reference.size()).contains('{')) {
    binder.fault(faults::bad_template,
                 fmt::format("{}expected a text with {{tenant.id}} in it once, found \"{}\"", binder.prefix(),
                             base::printable(written, 60)),
                 node);
    return std::nullopt;
  }
  return Surroundings{written.substr(0, at), written.substr(at + id_reference.size())};
}

void bind_marker_header(Binder& binder, const YamlNode& node, const Shape& shape, TenantMarker& out) {
  std::string written;
  if (!read(binder, node, shape, written)) {
    return;
  }
  if (!http::is_token(written)) {
    binder.fault(faults::bad_value, fmt::format("\"{}\" is not a header name", base::printable(written, 60)), node);
    return;
  }
  out.header = base::lower_case(written);
}

void bind_marker_value(Binder& binder, const YamlNode& node, const Shape& shape, TenantMarker& out) {
  out.value = read_surroundings(binder, node, shape).value_or(Surroundings{});
}

void bind_marker_body(Binder& binder, const YamlNode& node, const Shape& shape, TenantMarker& out) {
  out.body = read_surroundings(binder, node, shape);
  if (out.body && out.body->before.size() < 2) {
    binder.fault(faults::bad_template,
                 fmt::format("{}too little text before {{tenant.id}} to find it by", binder.prefix()), node);
  }
}

const Table& marker_table() {
  static const Table table{
      "a marker",
      {
          key_with<TenantMarker, bind_marker_header>("header", text("a header name"), "",
                                                     "Response header that names the tenant."),
          key_with<TenantMarker, bind_marker_value>("value", text("a text with {tenant.id} in it"), "",
                                                    "What the header says; by default the id alone."),
          key_with<TenantMarker, bind_marker_body>("body", text("a text with {tenant.id} in it"), "",
                                                   "Text of the body that names the tenant."),
      }};
  return table;
}

const Table& cross_tenant_table() {
  static const Table table{
      "\"cross_tenant\"",
      {
          required(
              key<&CrossTenant::marker>("marker", table_of(marker_table), "", "Where every answer says whose it is.")),
          key<&CrossTenant::assets>("assets", assets(), "", "What is asked for; by default the manifest's assets."),
      }};
  return table;
}

const Table& poisoning_table() {
  static const Table table{
      "\"poisoning\"",
      {
          key<&Poisoning::headers>("headers", texts("a request header's name", 1),
                                   R"(["x-forwarded-host", "x-host", "x-forwarded-server", "x-forwarded-scheme", )"
                                   R"("x-original-url", "x-forwarded-proto"])",
                                   "Request headers that must not change what others get."),
          key<&Poisoning::assets>("assets", assets(), "", "What is asked for; by default the manifest's assets."),
      }};
  return table;
}

const Table& deception_table() {
  static const Table table{
      "\"deception\"",
      {
          required(key<&Deception::paths>("paths", texts("a path such as /account/{buster}.css", 1, "^/[^ #]*$"), "",
                                          "Names of files that are none, below pages of an account; {buster} becomes "
                                          "a word that nobody asks for.")),
          required(key<&Deception::headers>("headers",
                                            {.kind = Kind::map,
                                             .least = 1,
                                             .parts = {{.kind = Kind::any_of,
                                                        .parts = {text(), secret_shape()},
                                                        .expected = "text or a secret such as {env: NAME}"}}},
                                            "", "Request headers that sign a test account in.")),
          key<&Deception::private_text>("private", text(), "", "Text that stands in the account's pages alone."),
      }};
  return table;
}

void check_asset_list(const std::vector<std::string>& list, const YamlNode& place, Binder& binder) {
  for (const std::string& asset : list) {
    if (const std::string fault = asset_fault(asset); !fault.empty()) {
      binder.fault(faults::bad_value, fmt::format("bad asset \"{}\": {}", base::printable(asset, 80), fault), place);
    }
  }
}

void check_poisoning(const Poisoning& poisoning, const YamlNode& place, Binder& binder) {
  check_asset_list(poisoning.assets, place, binder);
  for (const std::string& header : poisoning.headers) {
    const std::string_view objection = header_objection(base::lower_case(header));
    if (!http::is_token(header) || !objection.empty()) {
      binder.fault(faults::bad_value,
                   fmt::format("\"{}\" cannot be tried: {}", base::printable(header, 60),
                               objection.empty() ? "it is not a header name" : objection),
                   place);
    }
  }
}

void check_deception(const Deception& deception, const YamlNode& place, Binder& binder) {
  check_asset_list(deception.paths, place, binder);
  for (const std::string& path : deception.paths) {
    const std::size_t at = path.find(buster_reference);
    if (at == std::string::npos || at > path.find('?') || path.find('{', at + 1) != std::string::npos) {
      binder.fault(faults::bad_template,
                   fmt::format("the path \"{}\" needs {{buster}} once, before any query: without it a page that "
                               "visitors ask for would be tried",
                               base::printable(path, 80)),
                   place);
    }
  }
}

}  // namespace

const Table& leaks_table() {
  static const Table table{
      "\"leaks\"",
      {
          key<&Leaks::tag>("tag", text("a tag of tenants"), R"("leak-checks")", "Tenants that carry it have opted in."),
          key<&Leaks::cache_buster>("cache_buster", text("the name of a query parameter", "^[A-Za-z0-9_.-]+$"),
                                    R"("cachewitness")",
                                    "Query parameter that keeps such requests off what visitors get."),
          key<&Leaks::per_edge_rps>("per_edge_rps", {.kind = Kind::number, .least = 0.01, .most = 100}, "2",
                                    "Such requests a second to one edge."),
          key<&Leaks::cross_tenant>("cross_tenant", table_of(cross_tenant_table), "",
                                    "Whether one tenant gets another's answer."),
          key<&Leaks::poisoning>("poisoning", table_of(poisoning_table), "",
                                 "Whether a request header that is not in the cache key changes what others get."),
          key<&Leaks::deception>("deception", table_of(deception_table), "",
                                 "Whether an account's page is stored for everyone under the name of a file."),
      }};
  return table;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Leaks>& out) {
  return read(binder, node, shape, out.emplace());
}
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<CrossTenant>& out) {
  return read(binder, node, shape, out.emplace());
}
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Poisoning>& out) {
  return read(binder, node, shape, out.emplace());
}
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Deception>& out) {
  return read(binder, node, shape, out.emplace());
}

void check_leaks(const Manifest& manifest, const YamlNode& root, Binder& binder) {
  const YamlNode* place = root.find("leaks");
  if (!manifest.leaks || place == nullptr) {
    return;
  }
  const Leaks& leaks = *manifest.leaks;
  const bool is_told = !binder.faults().empty();  // what is missing may be what was misspelt
  if (!is_told && !leaks.cross_tenant && !leaks.poisoning && !leaks.deception) {
    binder.fault(faults::missing_key, "\"leaks\" needs \"cross_tenant\", \"poisoning\" or \"deception\": what to try",
                 *place);
  }
  if (!http::is_token(leaks.cache_buster)) {
    binder.fault(faults::bad_value, "\"cache_buster\" may hold letters, digits, '.', '_' and '-'", *place);
  }
  if (leaks.cross_tenant) {
    check_asset_list(leaks.cross_tenant->assets, *place, binder);
    if (!is_told && leaks.cross_tenant->marker.header.empty() && !leaks.cross_tenant->marker.body) {
      binder.fault(faults::missing_key, "the marker needs a \"header\" or a \"body\" that names the tenant", *place);
    }
    if (leaks.cross_tenant->marker.body && manifest.policy.body != BodyPolicy::hash) {
      binder.fault(faults::bad_value, "a marker in the body needs \"body: hash\" in \"policy\": bodies are not read",
                   *place);
    }
  }
  if (leaks.poisoning) {
    check_poisoning(*leaks.poisoning, *place, binder);
  }
  if (leaks.deception) {
    check_deception(*leaks.deception, *place, binder);
  }
}

}  // namespace cachewitness::manifest
