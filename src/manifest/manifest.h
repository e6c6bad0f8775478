// Manifest: docs/manifest.md as a value. Parsed, defaulted and validated (parse_manifest.h); tenants
// that come from a file or a command are read afterwards into `tenants` (tenant_source.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/time.h"
#include "manifest/leaks.h"
#include "manifest/parity_rules.h"
#include "manifest/policy.h"
#include "manifest/reach.h"
#include "manifest/secret_ref.h"
#include "manifest/tenant_table.h"
#include "manifest/url_template.h"
#include "manifest/variant.h"

namespace cachewitness::manifest {

struct TenantSource {
  enum class Kind : std::uint8_t { inline_list, csv, ndjson, command };
  Kind kind = Kind::inline_list;
  std::string path;  // as resolved against the manifest's folder
  std::vector<std::string> argv;
  base::SourceSpan where;
};

// Which HTTP is spoken. `automatic`: what ALPN settles (RFC 7301), HTTP/1.1 without TLS. `http3`: over QUIC, and so
// over TLS alone (RFC 9114 3.1).
enum class HttpChoice : std::uint8_t { automatic, http1, http2, http3 };

struct Edge {
  std::string name;
  std::string host;                // a name or a numeric address
  std::uint16_t port = 0;          // 0 = the URL's
  std::string provider;            // empty = to be detected
  std::uint32_t servers = 1;       // how many hide behind the address, as far as known
  std::optional<HttpChoice> http;  // none: as its environment has it
  Reach reach;
  std::vector<std::pair<std::string, std::string>> attributes;  // any further string: {edge.NAME}
  base::SourceSpan where;
};
struct Region {
  std::string name;
  std::vector<Edge> edges;
};

// What the deploy says an asset must be, instead of asking the origin. `tenant` is a glob.
struct Expectation {
  std::string tenant = "*";
  std::string asset;
  std::string variant = "*";
  std::optional<base::Digest> sha256;
  std::string etag;  // empty = not given
};

struct OriginReplica {
  std::string url;  // as written: scheme://host[:port]
  bool is_tls = true;
  std::string host;
  std::uint16_t port = 443;
  base::SourceSpan where;
};
struct Origin {
  std::vector<OriginReplica> replicas;
  UrlTemplate host;                 // the Host to send; empty = the URL's own
  std::vector<Expectation> expect;  // inline
  std::string expect_from;          // a CSV or NDJSON file of the same columns; empty = none
};

// Which connections serve every name that their certificate covers. `http2`: those that browsers share too, of HTTP/2
// and HTTP/3.
enum class Sharing : std::uint8_t { http2, always, never };

struct Tls {
  std::string ca_file;      // resolved against the manifest's folder; empty = the system's
  UrlTemplate server_name;  // empty = the Host
  Sharing sharing = Sharing::http2;
  bool is_resuming = true;  // earlier sessions, those of earlier runs too
};

// Only what every provider has; the rest of the keys stay as they stand, for the purge adapters.
struct PurgeSettings {
  std::string provider;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::pair<std::string, SecretRef>> secrets;
  std::vector<UrlTemplate> aliases;  // further URLs that the same objects are cached under
  std::vector<Edge> inner;           // caches between the edges and the origin, innermost first
  std::vector<std::string> widen;    // kinds of a purge that may follow where URLs did not help, in this order
  UrlTemplate tag;                   // what all objects of a tenant are tagged with; empty = nothing
};

struct Environment {
  std::string name;
  UrlTemplate url;
  HttpChoice http = HttpChoice::automatic;  // of its edges
  Origin origin;
  std::vector<Region> regions;
  Reach reach;  // of replicas too
  Tls tls;
  std::optional<PurgeSettings> purge;
  base::SourceSpan where;
};

[[nodiscard]] inline HttpChoice http_of_edge(const Environment& environment, const Edge& edge) {
  return edge.http.value_or(environment.http);
}

struct Limits {
  std::uint32_t concurrency = 512;                   // exchanges in flight, all edges together
  double per_edge_rps = 200;                         // requests a second to one edge; 0 = without limit
  double rps = 0;                                    // requests a second to all edges together; 0 = without limit
  std::uint32_t pipeline = 1;                        // requests under way on one HTTP/1.1 connection
  std::uint32_t threads = 0;                         // that send; 0 = one a processor, where there is much to send
  base::Duration timeout = std::chrono::seconds(5);  // one probe, from connect to the last byte
  base::Duration total = std::chrono::seconds(60);   // the whole run
  std::size_t max_header_bytes = std::size_t{64} << 10;
  std::size_t max_body_bytes = std::size_t{8} << 20;  // decoded
};

struct Check {
  std::string name;
  std::vector<std::string> argv;
  enum class Input : std::uint8_t { evidence, report, none };
  Input input = Input::evidence;
  enum class Answer : std::uint8_t { json, exit_code };
  Answer answer = Answer::json;
  base::Duration timeout = std::chrono::seconds(30);
  std::vector<std::string> environment;  // names of the variables that the child may see
  base::SourceSpan where;
};

struct Manifest {
  std::string path;     // as given, for messages
  base::Digest digest;  // SHA-256 of the text; set by the app
  std::string project;
  TenantSource tenant_source;
  TenantTable tenants;
  std::vector<std::string> assets;
  std::vector<Variant> variants;  // one without headers, named "identity", where none is given
  std::vector<Environment> environments;
  Policy policy;
  Gate gate;
  ParityRules parity;
  std::optional<Leaks> leaks;  // none: nothing of the kind is sent
  Limits limits;
  std::vector<Check> checks;
};

}  // namespace cachewitness::manifest
