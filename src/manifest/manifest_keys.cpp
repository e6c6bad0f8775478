// Every key of a manifest, once, as tables. Innermost table first.
#include <limits>
#include <utility>

#include "manifest/bind.h"
#include "manifest/cause_slugs.h"
#include "manifest/inline_tenant.h"
#include "manifest/leak_keys.h"
#include "manifest/manifest.h"
#include "manifest/mask_keys.h"
#include "manifest/parity_keys.h"
#include "manifest/purge_providers.h"
#include "manifest/reach_keys.h"
#include "manifest/value_readers.h"

namespace cachewitness::manifest {

namespace {

using Kind = Shape::Kind;

Shape text(std::string_view expected = {}, std::string_view pattern = {}) {
  return {.kind = Kind::text, .pattern = pattern, .expected = expected};
}
Shape words(std::vector<std::string_view> allowed) { return {.kind = Kind::text, .allowed = std::move(allowed)}; }
Shape count(double least, double most) { return {.kind = Kind::count, .least = least, .most = most}; }
Shape number(double least, double most) { return {.kind = Kind::number, .least = least, .most = most}; }
Shape bytes(double least, double most) { return {.kind = Kind::size, .least = least, .most = most}; }
Shape seconds(double least, double most) { return {.kind = Kind::duration, .least = least, .most = most}; }
Shape list_of(Shape item, double least = 0) { return {.kind = Kind::list, .least = least, .parts = {std::move(item)}}; }
Shape map_of(Shape value, double least = 0) { return {.kind = Kind::map, .least = least, .parts = {std::move(value)}}; }
Shape table_of(const Table& (*table)()) { return {.kind = Kind::table, .table = table}; }
Shape any_of(std::vector<Shape> parts, std::string_view expected = {}) {
  return {.kind = Kind::any_of, .parts = std::move(parts), .expected = expected};
}

constexpr std::string_view asset_pattern = "^/[^ #]*$";
constexpr std::string_view digest_pattern = "^(sha256:)?[0-9a-fA-F]{64}$";
constexpr std::string_view origin_pattern = "^https?://[^/?#]+/?$";
constexpr std::string_view url_pattern = "^(https?://|\\{tenant\\.)";
constexpr std::string_view variable_pattern = "^[A-Za-z_][A-Za-z0-9_]*$";

Shape purge_provider() {
  std::vector<std::string_view> names;
  for (const PurgeProvider& provider : purge_providers()) {
    names.push_back(provider.name);
  }
  return words(std::move(names));
}
Shape http_choice() { return words({"auto", "http/1.1", "h2", "h3"}); }
Shape asset() { return text("a path such as /app.css?v=2", asset_pattern); }
Shape argument_list() { return list_of(text(), 1); }

Shape cause() {
  Shape shape = words({cause_slugs.begin(), cause_slugs.end()});
  shape.expected = "a cause slug such as stale-while-revalidate";
  return shape;
}

const Table& secret_table() {
  static const Table table{
      "a secret",
      {
          key_with<SecretRef, bind_secret_variable>("env", text("the name of a variable", variable_pattern), "",
                                                    "Environment variable that holds the secret."),
          key_with<SecretRef, bind_secret_file>("file", text("a path"), "",
                                                "File that holds the secret; a final line feed is dropped."),
          key_with<SecretRef, bind_secret_command>("command", argument_list(), "",
                                                   "Program and arguments that print the secret."),
      }};
  return table;
}

const Table& expectation_table() {
  static const Table table{
      "an expectation",
      {
          key<&Expectation::tenant>("tenant", text("a glob of tenant ids"), R"("*")", "Glob of tenant ids."),
          required(key<&Expectation::asset>("asset", asset(), "", "The asset that was deployed.")),
          key<&Expectation::variant>("variant", text("a glob of variant names"), R"("*")", "Glob of variant names."),
          key<&Expectation::sha256>("sha256", text("64 hexadecimal digits", digest_pattern), "",
                                    "SHA-256 of the decoded body."),
          key<&Expectation::etag>("etag", text("an entity tag in its quotes, such as '\"v2\"'"), "",
                                  "Entity tag with its double quotes."),
      }};
  return table;
}

const Table& expectation_file_table() {
  static const Table table{"\"expect\"",
                           {required(key_with<Origin, bind_expect_from>(
                               "from", text("a path that ends in .csv or .ndjson", "\\.(csv|ndjson)$"), "",
                               "CSV or NDJSON file with tenant, asset, variant, sha256 and etag."))}};
  return table;
}

const Table& origin_table() {
  static const Table table{
      "\"origin\"",
      {
          key<&Origin::replicas>("replicas", list_of(text("scheme://host[:port]", origin_pattern), 1), "",
                                 "Every origin server; all are asked, and must agree, before an edge is judged."),
          key_with<Origin, bind_origin_host>(
              "host", text("a host template"), "",
              "Host that replicas are asked for; by default the URL's, or the replica's own where the URL's host "
              "names a region or an edge."),
          key_with<Origin, bind_expect>(
              "expect",
              any_of({list_of(table_of(expectation_table), 1), table_of(expectation_file_table)},
                     "a list of expectations or {from: FILE}"),
              "", "What the deploy says assets must be, instead of asking the origin."),
      }};
  return table;
}

const Table& edge_table() {
  static const Table table{
      "an edge",
      with_reach<Edge>(
          secret_shape(),
          {
              required(key<&Edge::name>("name", text(), "", "Name of the edge, unique in its environment.")),
              required(key_with<Edge, bind_address>("address", text("a host, host:port or [v6]:port"), "",
                                                    "Where to connect; without a port, the URL's.")),
              key<&Edge::provider>("provider", text(), "", "CDN or cache software; detected where it is left out."),
              key<&Edge::servers>("servers", count(1, 10'000), "1", "How many servers hide behind the address."),
              key<&Edge::http>("http", http_choice(), "", "Which HTTP it is asked in; by default its environment's."),
          }),
      bind_edge_attribute, text(), "Any further text, for templates: {edge.NAME}."};
  return table;
}

const Table& region_table() {
  static const Table table{"a region",
                           {required(key<&Region::edges>("edges", list_of(table_of(edge_table), 1), "",
                                                         "The cache endpoints of the region."))}};
  return table;
}

const Table& tls_table() {
  static const Table table{
      "\"tls\"",
      {
          key_with<Tls, bind_ca_file>("ca", text("a path"), "",
                                      "PEM file of the authorities to trust; by default the system's."),
          key_with<Tls, bind_server_name>("server_name", text("a host template"), "",
                                          "Name to ask for and to verify; by default the Host."),
          key<&Tls::sharing>(
              "share", words({"h2", "always", "never"}), R"("h2")",
              "Which connections serve every tenant that the edge's certificate covers: those of HTTP/2 and HTTP/3, "
              "as browsers do, all, or none. An edge that answers 421 gets one for each."),
          key<&Tls::is_resuming>("resume", {.kind = Kind::boolean}, "true",
                                 "Resume TLS sessions, also those of earlier runs."),
      }};
  return table;
}

const Table& inner_table() {
  static const Table table{
      "an inner cache",
      {
          required(key<&Edge::name>("name", text(), "", "Name of the cache, in the journal.")),
          required(key_with<Edge, bind_address>("address", text("a host, host:port or [v6]:port"), "",
                                                "Where it takes purges; without a port, as the edges.")),
      }};
  return table;
}

const Table& purge_table() {
  static const Table table{
      "\"purge\"",
      {
          required(key<&PurgeSettings::provider>("provider", purge_provider(), "", "Who is asked to invalidate.")),
          key_with<PurgeSettings, bind_purge_headers>(
              "headers", map_of(any_of({text(), secret_shape()}, "text or a secret such as {env: NAME}")), "",
              "Further request headers, for caches of one's own and http."),
          key_with<PurgeSettings, bind_purge_list>("run", argument_list(), "",
                                                   "driver: program and arguments; never a shell line."),
          key_with<PurgeSettings, bind_purge_list>("env", list_of(text("the name of a variable", variable_pattern)), "",
                                                   "driver: variables that it may see; all others are removed."),
          key_with<PurgeSettings, bind_purge_aliases>(
              "aliases", list_of(text("a URL template", url_pattern)), "[]",
              "Further URLs that the same objects are cached under, such as https://www.{tenant.host}{asset}. One "
              "that names an attribute which a tenant lacks is left out for it."),
          key<&PurgeSettings::inner>("inner", list_of(table_of(inner_table)), "[]",
                                     "Caches of one's own between edges and origin, innermost first: each is purged "
                                     "before what fetches from it."),
          key<&PurgeSettings::widen>("widen", list_of(words({"prefix", "host", "tag", "everything"})), "[]",
                                     "Kinds that a repeated purge may go over to, in this order, where its URLs alone "
                                     "did not help."),
          key_with<PurgeSettings, bind_purge_tag>("tag", text("a template without {asset}"), "",
                                                  "What all objects of a tenant are tagged with, such as "
                                                  "tenant-{tenant.id}; for widen: [tag]."),
      },
      bind_purge_option,
      purge_option_shape(),
      "An option of the provider; credentials only as {env}, {file} or {command}."};
  return table;
}

const Table& environment_table() {
  static const Table table{
      "an environment",
      with_reach<Environment>(
          secret_shape(),
          {
              required(key_with<Environment, bind_url>("url", text("a URL template", url_pattern), "",
                                                       "URL of an asset, such as https://{tenant.host}{asset}.")),
              key<&Environment::http>(
                  "http", http_choice(), R"("auto")",
                  "Which HTTP edges are asked in. auto: h2 where an edge offers it over TLS, else "
                  "http/1.1. h2 on an http:// URL is spoken without asking first. h3 is for a build "
                  "with HTTP/3, for https:// URLs and for edges without a proxy; origins are asked "
                  "as by auto."),
              required(key<&Environment::origin>("origin", table_of(origin_table), "", "Where the truth comes from.")),
              required(key<&Environment::regions>("regions", map_of(table_of(region_table), 1), "",
                                                  "Regions by name, each with its edges.")),
              key<&Environment::tls>("tls", table_of(tls_table), "", "How TLS connections are verified."),
              key<&Environment::purge>("purge", table_of(purge_table), "", "How invalidation is asked for."),
          })};
  return table;
}

const Table& variant_table() {
  static const Table table{
      "a variant",
      {key<&Variant::headers>("headers",
                              map_of(any_of({text(), secret_shape()}, "text or a secret such as {env: NAME}")), "",
                              "Request headers of the variant.")}};
  return table;
}

const Table& tenant_command_table() {
  static const Table table{
      "a tenant source",
      {required(key<&TenantSource::argv>("command", argument_list(), "", "Program that prints tenants as NDJSON."))}};
  return table;
}

void bind_tenant_command(Binder& binder, const YamlNode& node, const Shape& shape, Manifest& out) {
  out.tenant_source.kind = TenantSource::Kind::command;
  read(binder, node, shape, out.tenant_source.argv);
}

Shape inline_tenants() { return list_of(table_of(inline_tenant_table), 1); }

const Table& tenants_table() {
  static const Table table{
      "\"tenants\"",
      {
          key_with<Manifest, bind_tenant_file>(
              "from",
              any_of({text("a path that ends in .csv or .ndjson", "\\.(csv|ndjson|jsonl)(\\.zst)?$"),
                      table_of(tenant_command_table)},
                     "a file or {command: [...]}"),
              "", "CSV file with a header row, NDJSON file, or {command: [...]}."),
          key_with<Manifest, bind_tenant_command>("command", argument_list(), "",
                                                  "Program that prints tenants as NDJSON."),
          key_with<Manifest, bind_inline_tenants>("inline", inline_tenants(), "", "Tenants written here."),
      }};
  return table;
}

const Table& allow_table() {
  static const Table table{
      "a tolerated cause",
      {
          required(key<&AllowedCause::cause>("cause", cause(), "", "The cause to tolerate.")),
          key<&AllowedCause::until>("until", {.kind = Kind::instant}, "", "When the tolerance ends."),
      }};
  return table;
}

const Table& policy_table() {
  static const Table table{
      "\"policy\"",
      {
          key_with<Policy, bind_compare>(
              "compare", list_of(text("\"status\" or a header name")),
              R"(["status", "etag", "last-modified", "cache-control", "content-type", "vary"])",
              "What of an answer must equal the origin's."),
          key<&Policy::body>(
              "body", words({"none", "hash", "head"}), R"("hash")",
              "hash: SHA-256 of the decoded body, the strongest witness. none: its size alone. head: HTTP/2 "
              "streams are reset once their head is there; elsewhere as none."),
          key<&Policy::mask>("mask", list_of(table_of(mask_table)), "[]",
                             "Parts of bodies that differ from answer to answer; left out before hashing."),
          key_with<Policy, bind_propagation>("propagation", seconds(0, 86'400), R"("30s")",
                                             "How long after the purge an edge may still be stale; by default as long "
                                             "as the environment's purge provider takes, 30s without one."),
          key<&Policy::confidence>("confidence", number(0.5, 0.999999), "0.95", "Confidence of a whole run."),
          key<&Policy::allow>("allow", list_of(any_of({cause(), table_of(allow_table)})), "[]",
                              "Causes to tolerate, for ever or until a moment; shown as waived."),
      }};
  return table;
}

const Table& gate_table() {
  static const Table table{
      "\"gate\"",
      {
          key<&Gate::max_stale_cells>("max_stale_cells", count(0, 1e12), "0", "Stale cells that still pass."),
          key<&Gate::min_parity>("min_parity", number(0, 1), "1.0",
                                 "Least share of fresh cells; of `parity`, of cells that agree. 0 to 1."),
          key<&Gate::max_inconclusive>("max_inconclusive", number(0, 1), "0.01",
                                       "Largest share of cells without a verdict, 0 to 1."),
          key<&Gate::require_grade>("require_grade", words({"consistent", "proven"}), R"("consistent")",
                                    "proven: the old content must have been seen before, by arm."),
      }};
  return table;
}

const Table& limits_table() {
  static const Table table{"\"limits\"",
                           {
                               key<&Limits::concurrency>("concurrency", count(1, 1'000'000), "512",
                                                         "Requests in flight, all edges together."),
                               key<&Limits::per_edge_rps>("per_edge_rps", number(0, 1'000'000), "200",
                                                          "Requests a second to one edge; 0 is without limit."),
                               key<&Limits::rps>("rps", number(0, 10'000'000), "0",
                                                 "Requests a second to all edges together; 0 is without limit."),
                               key<&Limits::pipeline>("pipeline", count(1, 64), "1",
                                                      "Requests under way on one HTTP/1.1 connection. More than 1 is a "
                                                      "bulk mode: faster, but a slow answer delays those behind it."),
                               key<&Limits::threads>("threads", count(0, 256), "0",
                                                     "Threads that send requests, each to edges of its own; 0 is one "
                                                     "for each processor, where there is much to send."),
                               key<&Limits::timeout>("timeout", seconds(0.001, 3'600), R"("5s")",
                                                     "One probe, from connecting to the last byte."),
                               key<&Limits::total>("total", seconds(0.001, 604'800), R"("60s")", "The whole run."),
                               key<&Limits::max_header_bytes>("max_header_bytes", bytes(1'024, 16'777'216),
                                                              R"("64KiB")", "Largest head of an answer."),
                               key<&Limits::max_body_bytes>("max_body_bytes", bytes(1, 4'294'967'296), R"("8MiB")",
                                                            "Largest body of an answer, decoded."),
                           }};
  return table;
}

const Table& check_table() {
  static const Table table{
      "a check",
      {
          required(key<&Check::name>("name", text(), "", "Name of the check in reports.")),
          required(key<&Check::argv>("run", argument_list(), "", "Program and arguments; never a shell line.")),
          key<&Check::input>("input", words({"evidence", "report", "none"}), R"("evidence")", "What the check reads."),
          key<&Check::answer>("result", words({"json", "exit-code"}), R"("json")",
                              "json: one object on stdout; exit-code: 0 is pass, anything else fail."),
          key<&Check::timeout>("timeout", seconds(0.001, 86'400), R"("30s")", "After this the check has failed."),
          key<&Check::environment>("env", list_of(text("the name of a variable", variable_pattern)), "[]",
                                   "Variables that the check may see; all others are removed."),
      }};
  return table;
}

void bind_inline_attribute(Binder& binder, const YamlKey& name, const YamlNode& value, void* tenant) {
  check_name(binder, name.name, "the name of an attribute", name.line, name.column);
  std::string attribute;
  if (read(binder, value, text(), attribute)) {
    static_cast<InlineTenant*>(tenant)->attributes.emplace_back(name.name, std::move(attribute));
  }
}

}  // namespace

const Shape& secret_shape() {
  static const Shape shape = [] {
    Shape table = table_of(secret_table);
    table.expected = "{env: NAME}, {file: PATH} or {command: [...]}";
    return table;
  }();
  return shape;
}

const Shape& purge_option_shape() {
  static const Shape shape = any_of({text(),
                                     {.kind = Kind::boolean},
                                     number(std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()),
                                     secret_shape()},
                                    "text, a number, true, false or a secret such as {env: NAME}");
  return shape;
}

const Table& inline_tenant_table() {
  static const Table table{
      "a tenant",
      {
          required(key<&InlineTenant::id>("id", text(), "", "Unique id of the tenant.")),
          key<&InlineTenant::host>("host", text("a host name"), "", "Host name, for {tenant.host}."),
          key<&InlineTenant::tags>("tags", list_of(text()), "[]", "Words to select tenants by."),
          key<&InlineTenant::assets>("assets", list_of(asset()), "[]", "Assets of this tenant beyond the common ones."),
      },
      bind_inline_attribute,
      text(),
      "Any further text, for templates: {tenant.NAME}."};
  return table;
}

const Table& manifest_table() {
  static const Table table{
      "the manifest",
      {
          required(key_with<Manifest, bind_version>("version", count(1, 1), "", "Version of the format: 1.")),
          key<&Manifest::project>("project", text(), "", "Name of the project in reports."),
          required(key_with<Manifest, bind_tenants>(
              "tenants", any_of({inline_tenants(), table_of(tenants_table)}, "a list of tenants or {from: FILE}"), "",
              "The customers whose content is verified.")),
          required(key<&Manifest::assets>("assets", list_of(asset()), "", "Paths that every tenant serves.")),
          key<&Manifest::variants>("variants", map_of(table_of(variant_table), 1), R"({"identity": {}})",
                                   "Sets of request headers that select other representations."),
          required(key<&Manifest::environments>("environments", map_of(table_of(environment_table), 1), "",
                                                "Environments by name.")),
          key<&Manifest::policy>("policy", table_of(policy_table), "", "What counts as fresh."),
          key<&Manifest::gate>("gate", table_of(gate_table), "", "What lets a deployment pass."),
          key<&Manifest::parity>("parity", table_of(parity_table), "", "What may differ between environments."),
          key<&Manifest::leaks>("leaks", table_of(leaks_table), "",
                                "What may leak between tenants and visitors; nothing is tried without this key."),
          key<&Manifest::limits>("limits", table_of(limits_table), "", "What a run may cost."),
          key<&Manifest::checks>("checks", list_of(table_of(check_table)), "[]",
                                 "The user's own programs to run as checks."),
      }};
  return table;
}

}  // namespace cachewitness::manifest
