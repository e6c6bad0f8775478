#include "http/provider_table.h"

#include <array>
#include <cstddef>

#include "base/assert.h"
#include "http/provider_field.h"

namespace cachewitness::http {

namespace {

using enum CacheMark;
using Cut = IdentityField::Cut;
using Match = ProviderSign::Match;
using Strength = ProviderSign::Strength;
using Syntax = StatusField::Syntax;
using What = IdentityField::What;

// nginx's words ($upstream_cache_status), which most CDNs that are built on it have kept.
constexpr StatusWord nginx_words[] = {{"HIT", hit},      {"MISS", miss},         {"EXPIRED", expired},
                                      {"STALE", stale},  {"UPDATING", updating}, {"REVALIDATED", revalidated},
                                      {"BYPASS", bypass}};
constexpr StatusWord hit_or_miss[] = {{"HIT", hit}, {"MISS", miss}};

// developers.cloudflare.com/cache/concepts/cache-responses. NONE/UNKNOWN: made before the cache was asked.
constexpr StatusWord cloudflare_words[] = {{"HIT", hit},       {"MISS", miss},         {"EXPIRED", expired},
                                           {"STALE", stale},   {"UPDATING", updating}, {"REVALIDATED", revalidated},
                                           {"BYPASS", bypass}, {"DYNAMIC", bypass},    {"NONE/UNKNOWN", none},
                                           {"NONE", none},     {"UNKNOWN", none}};
constexpr ProviderSign cloudflare_signs[] = {{Strength::server, field("server"), Match::prefix, "cloudflare"},
                                             {Strength::of_cdn, field("cf-ray")},
                                             {Strength::of_cdn, field("cf-cache-status")}};
constexpr StatusField cloudflare_status[] = {{field("cf-cache-status"), Syntax::words, cloudflare_words}};
constexpr IdentityField cloudflare_identity[] = {{What::pop, field("cf-ray"), Cut::after_last_dash}};
constexpr std::string_view cloudflare_targeted[] = {"cloudflare-cdn-cache-control", "cdn-cache-control",
                                                    "surrogate-control"};

// fastly.com/documentation/reference/http/http-headers: X-Cache names the shield first and the edge last, HIT stands
// for stale hits too, and a pass shows as MISS.
constexpr ProviderSign fastly_signs[] = {{Strength::of_cdn, field("x-timer"), Match::part, ",VS"},
                                         {Strength::of_cdn, field("x-served-by"), Match::prefix, "cache-"},
                                         {Strength::of_cdn, field("fastly-debug-path")}};
constexpr StatusField fastly_status[] = {{field("x-cache"), Syntax::words, hit_or_miss}};
constexpr IdentityField fastly_identity[] = {{What::pop, field("x-served-by"), Cut::after_last_dash, "cache-"},
                                             {What::node, field("x-served-by"), Cut::last_member, "cache-"}};
constexpr std::string_view fastly_targeted[] = {"surrogate-control"};

// The words are those of the access log; AWS lists the fields nowhere.
constexpr StatusWord cloudfront_words[] = {{"Hit", hit},
                                           {"RefreshHit", revalidated},
                                           {"OriginShieldHit", hit},
                                           {"Miss", miss},
                                           {"Error", error},
                                           {"Redirect", bypass},
                                           {"LimitExceeded", error},
                                           {"CapacityExceeded", error},
                                           {"FunctionGeneratedResponse", bypass},
                                           {"LambdaGeneratedResponse", bypass}};
constexpr ProviderSign cloudfront_signs[] = {{Strength::last_via, field("via"), Match::part, "(CloudFront)"},
                                             {Strength::server, field("server"), Match::prefix, "CloudFront"},
                                             {Strength::of_cdn, field("x-amz-cf-pop")},
                                             {Strength::of_cdn, field("x-amz-cf-id")}};
constexpr StatusField cloudfront_status[] = {{field("x-cache"), Syntax::words, cloudfront_words}};
constexpr IdentityField cloudfront_identity[] = {{What::pop, field("x-amz-cf-pop")},
                                                 {What::pop, field("server-timing"), Cut::timing_pop}};

// techdocs.akamai.com/edge-diagnostics, and the property behaviour "Return Cache Status". X-Cache comes only where
// the request asked for it and the property lets it.
constexpr StatusWord akamai_codes[] = {{"TCP_HIT", hit},
                                       {"TCP_MEM_HIT", hit},
                                       {"TCP_IMS_HIT", hit},
                                       {"TCP_MISS", miss},
                                       {"TCP_NEGATIVE_HIT", negative_hit},
                                       {"TCP_REFRESH_HIT", revalidated},
                                       {"TCP_REFRESH_MISS", expired},
                                       {"TCP_REFRESH_FAIL_HIT", stale},
                                       {"TCP_EXPIRED_HIT", stale},
                                       {"TCP_DENIED", error}};
constexpr StatusWord akamai_words[] = {{"Hit", hit},        {"Miss", miss},          {"RefreshHit", revalidated},
                                       {"HitStale", stale}, {"Constructed", bypass}, {"Redirect", bypass},
                                       {"Error", error}};
constexpr ProviderSign akamai_signs[] = {{Strength::server, field("server"), Match::prefix, "AkamaiGHost"},
                                         {Strength::server, field("server"), Match::prefix, "AkamaiNetStorage"},
                                         {Strength::of_cdn, field("x-cache"), Match::part, "(AkamaiGHost"},
                                         {Strength::of_cdn, field("akamai-cache-status")},
                                         {Strength::of_cdn, field("akamai-grn")},
                                         {Strength::of_cdn, field("x-akamai-request-id")}};
constexpr StatusField akamai_status[] = {{field("akamai-cache-status"), Syntax::words, akamai_words},
                                         {field("x-cache"), Syntax::words, akamai_codes}};
constexpr IdentityField akamai_identity[] = {{What::node, field("x-cache"), Cut::address_after_from}};
constexpr std::string_view akamai_targeted[] = {"akamai-cache-control", "cdn-cache-control"};

// cloud.google.com/load-balancing/docs/https/custom-headers: both fields are of the customer's making,
// {cdn_cache_status} and {cdn_cache_id}.
constexpr StatusWord google_words[] = {{"hit", hit},     {"miss", miss},          {"revalidated", revalidated},
                                       {"stale", stale}, {"uncacheable", bypass}, {"disabled", bypass}};
constexpr ProviderSign google_signs[] = {{Strength::last_via, field("via"), Match::part, "1.1 google"}};
constexpr StatusField google_status[] = {{field("x-cache-status"), Syntax::words, google_words}};
constexpr IdentityField google_identity[] = {{What::pop, field("x-cache-id"), Cut::before_first_dash},
                                             {What::node, field("x-cache-id")}};

// learn.microsoft.com/azure/frontdoor/front-door-http-headers-protocol.
constexpr StatusWord azure_words[] = {{"TCP_HIT", hit},           {"TCP_REMOTE_HIT", hit},
                                      {"TCP_MISS", miss},         {"PRIVATE_NOSTORE", bypass},
                                      {"CONFIG_NOCACHE", bypass}, {"N/A", none}};
constexpr ProviderSign azure_signs[] = {{Strength::of_cdn, field("x-azure-ref")}};
constexpr StatusField azure_status[] = {{field("x-cache"), Syntax::words, azure_words}};
constexpr IdentityField azure_identity[] = {{What::node, field("x-azure-ref"), Cut::machine_in_azure_ref}};

// support.bunny.net, and captures.
constexpr ProviderSign bunny_signs[] = {{Strength::server, field("server"), Match::prefix, "BunnyCDN-"},
                                        {Strength::of_cdn, field("cdn-pullzone")}};
constexpr StatusField bunny_status[] = {{field("cdn-cache"), Syntax::words, nginx_words}};
constexpr IdentityField bunny_identity[] = {{What::pop, field("server"), Cut::between_dashes, "BunnyCDN-"},
                                            {What::node, field("server"), Cut::after_first_dash, "BunnyCDN-"}};

constexpr ProviderSign keycdn_signs[] = {{Strength::server, field("server"), Match::prefix, "keycdn-engine"}};
constexpr StatusField keycdn_status[] = {{field("x-cache"), Syntax::words, nginx_words}};
constexpr IdentityField keycdn_identity[] = {{What::pop, field("x-edge-location")}};

constexpr ProviderSign gcore_signs[] = {{Strength::of_cdn, field("x-cached-since")}};
constexpr StatusField gcore_status[] = {{field("cache"), Syntax::words, nginx_words}};
constexpr IdentityField gcore_identity[] = {{What::pop, field("x-id"), Cut::before_first_dash},
                                            {What::node, field("x-id")},
                                            {What::pop, field("x-node"), Cut::before_first_dash},
                                            {What::node, field("x-node")}};

// client.cdn77.com/support/knowledgebase: headers added by CDN77.
constexpr ProviderSign cdn77_signs[] = {{Strength::server, field("server"), Match::prefix, "CDN77"},
                                        {Strength::of_cdn, field("x-77-pop")},
                                        {Strength::of_cdn, field("x-77-nzt")}};
constexpr StatusField cdn77_status[] = {{field("x-77-cache"), Syntax::words, nginx_words},
                                        {field("x-cache"), Syntax::words, nginx_words}};
constexpr IdentityField cdn77_identity[] = {{What::pop, field("x-77-pop")}};

// vercel.com/docs/caching/cache-status. PRERENDER is served from store, REVALIDATED was regenerated in the foreground.
constexpr StatusWord vercel_words[] = {{"HIT", hit},     {"PRERENDER", hit},           {"MISS", miss},
                                       {"STALE", stale}, {"REVALIDATED", revalidated}, {"BYPASS", bypass}};
constexpr ProviderSign vercel_signs[] = {{Strength::server, field("server"), Match::prefix, "Vercel"},
                                         {Strength::of_cdn, field("x-vercel-id")},
                                         {Strength::of_cdn, field("x-vercel-cache")}};
constexpr StatusField vercel_status[] = {{field("x-vercel-cache"), Syntax::words, vercel_words}};
constexpr IdentityField vercel_identity[] = {{What::pop, field("x-vercel-id"), Cut::before_two_colons}};
constexpr std::string_view vercel_targeted[] = {"vercel-cdn-cache-control", "cdn-cache-control"};

constexpr ProviderSign netlify_signs[] = {{Strength::server, field("server"), Match::prefix, "Netlify"},
                                          {Strength::of_cdn, field("x-nf-request-id")},
                                          {Strength::of_cdn, field("cache-status"), Match::part, "\"Netlify Edge\""}};
constexpr StatusField netlify_status[] = {{field("cache-status"), Syntax::cache_status, {}}};
constexpr std::string_view netlify_targeted[] = {"netlify-cdn-cache-control", "cdn-cache-control"};

// X-Cache is of the VCL's making. Up to 7.1 the name in Via is "varnish" on every machine.
constexpr StatusWord varnish_words[] = {{"HIT", hit}, {"MISS", miss}, {"PASS", bypass}, {"SYNTH", error}};
constexpr ProviderSign varnish_signs[] = {{Strength::last_via, field("via"), Match::part, "(Varnish/"},
                                          {Strength::of_software, field("x-varnish")}};
constexpr StatusField varnish_status[] = {{field("x-varnish"), Syntax::transactions, {}},
                                          {field("x-cache"), Syntax::words, varnish_words}};
constexpr IdentityField varnish_identity[] = {{What::node, field("via"), Cut::via_host}};

// Both fields are of the configuration's making.
constexpr ProviderSign nginx_signs[] = {{Strength::weak, field("server"), Match::prefix, "nginx"},
                                        {Strength::weak, field("server"), Match::prefix, "openresty"}};
constexpr StatusField nginx_status[] = {{field("x-cache-status"), Syntax::words, nginx_words},
                                        {field("x-proxy-cache"), Syntax::words, nginx_words}};
constexpr IdentityField nginx_identity[] = {{What::node, field("x-cache-node")}};

// docs.trafficserver.apache.org: appendix on Via codes, and the xdebug plugin. There "hit-stale" is what the lookup
// found and not what was served.
constexpr StatusWord traffic_server_words[] = {{"hit-fresh", hit},  {"hit-stale", expired}, {"miss", miss},
                                               {"skipped", bypass}, {"hit-wait", hit},      {"none", none}};
constexpr ProviderSign traffic_server_signs[] = {
    {Strength::last_via, field("via"), Match::part, "(ApacheTrafficServer"},
    {Strength::server, field("server"), Match::prefix, "ATS"}};
constexpr StatusField traffic_server_status[] = {{field("via"), Syntax::via_code, {}},
                                                 {field("x-cache"), Syntax::words, traffic_server_words}};
constexpr IdentityField traffic_server_identity[] = {{What::node, field("via"), Cut::via_host}};

// To 5: X-Cache and X-Cache-Lookup; from 6: Cache-Status, with the machine's name.
constexpr StatusWord squid_words[] = {{"HIT", hit},
                                      {"MISS", miss},
                                      {"NONE", none},
                                      {"TCP_REFRESH_UNMODIFIED", revalidated},
                                      {"TCP_REFRESH_MODIFIED", expired},
                                      {"TCP_REFRESH_FAIL_OLD", stale}};
constexpr ProviderSign squid_signs[] = {{Strength::last_via, field("via"), Match::part, "(squid/"},
                                        {Strength::of_software, field("x-squid-error")}};
constexpr StatusField squid_status[] = {{field("cache-status"), Syntax::cache_status, {}},
                                        {field("x-cache"), Syntax::words, squid_words, field("x-cache-lookup")}};
constexpr IdentityField squid_identity[] = {{What::node, field("cache-status"), Cut::last_cache},
                                            {What::node, field("x-cache"), Cut::after_from},
                                            {What::node, field("via"), Cut::via_host}};

// It writes no field of its own accord, so nothing recognises it; X-Cache is of a rule's making.
constexpr StatusField haproxy_status[] = {{field("x-cache"), Syntax::words, hit_or_miss},
                                          {field("x-cache-status"), Syntax::words, hit_or_miss}};

constexpr StatusWord apache_words[] = {{"HIT", hit}, {"MISS", miss}, {"REVALIDATE", revalidated}};
constexpr ProviderSign apache_signs[] = {{Strength::of_software, field("x-cache-detail")},
                                         {Strength::weak, field("server"), Match::prefix, "Apache"}};
constexpr StatusField apache_status[] = {{field("x-cache"), Syntax::words, apache_words}};
constexpr IdentityField apache_identity[] = {{What::node, field("x-cache"), Cut::after_from}};

constexpr ProviderSign souin_signs[] = {{Strength::of_software, field("cache-status"), Match::part, "Souin;"},
                                        {Strength::of_software, field("cache-status"), Match::part, "Caddy;"},
                                        {Strength::weak, field("server"), Match::prefix, "Caddy"}};
constexpr StatusField souin_status[] = {{field("cache-status"), Syntax::cache_status, {}}};
constexpr std::string_view souin_targeted[] = {"souin-cache-control", "surrogate-control", "cdn-cache-control"};

constexpr std::array<ProviderRow, provider_count - 1> rows{{
    {Provider::cloudflare, "cloudflare", true, cloudflare_signs, cloudflare_status, cloudflare_identity,
     cloudflare_targeted, field("cf-ray")},
    {Provider::fastly, "fastly", true, fastly_signs, fastly_status, fastly_identity, fastly_targeted},
    {Provider::cloudfront,
     "cloudfront",
     true,
     cloudfront_signs,
     cloudfront_status,
     cloudfront_identity,
     {},
     field("x-amz-cf-id")},
    {Provider::akamai, "akamai", true, akamai_signs, akamai_status, akamai_identity, akamai_targeted},
    {Provider::google_cloud_cdn, "google-cloud-cdn", true, google_signs, google_status, google_identity, {}},
    {Provider::azure_front_door,
     "azure-front-door",
     true,
     azure_signs,
     azure_status,
     azure_identity,
     {},
     field("x-azure-ref")},
    {Provider::bunny, "bunny", true, bunny_signs, bunny_status, bunny_identity, {}},
    {Provider::keycdn, "keycdn", true, keycdn_signs, keycdn_status, keycdn_identity, {}},
    {Provider::gcore, "gcore", true, gcore_signs, gcore_status, gcore_identity, {}},
    {Provider::cdn77, "cdn77", true, cdn77_signs, cdn77_status, cdn77_identity, {}},
    {Provider::vercel, "vercel", true, vercel_signs, vercel_status, vercel_identity, vercel_targeted,
     field("x-vercel-id")},
    {Provider::netlify, "netlify", true, netlify_signs, netlify_status, {}, netlify_targeted, field("x-nf-request-id")},
    {Provider::varnish, "varnish", false, varnish_signs, varnish_status, varnish_identity, {}},
    {Provider::nginx, "nginx", false, nginx_signs, nginx_status, nginx_identity, {}},
    {Provider::traffic_server,
     "traffic-server",
     false,
     traffic_server_signs,
     traffic_server_status,
     traffic_server_identity,
     {}},
    {Provider::squid, "squid", false, squid_signs, squid_status, squid_identity, {}},
    {Provider::haproxy, "haproxy", false, {}, haproxy_status, {}, {}},
    {Provider::apache, "apache", false, apache_signs, apache_status, apache_identity, {}},
    {Provider::souin, "souin", false, souin_signs, souin_status, {}, souin_targeted},
}};

constexpr std::array<FieldNumber, 12> status_order{
    field("cf-cache-status"), field("x-cache-status"), field("cache-status"),
    field("x-vercel-cache"),  field("cdn-cache"),      field("akamai-cache-status"),
    field("x-77-cache"),      field("x-proxy-cache"),  field("via"),
    field("x-cache"),         field("cache"),          field("x-varnish")};

}  // namespace

std::span<const std::string_view> provider_fields() { return provider_field_names; }

std::span<const ProviderRow> provider_rows() { return rows; }

std::span<const FieldNumber> status_fields() { return status_order; }

const ProviderRow& row_of(Provider provider) {
  CW_ASSERT(provider != Provider::unknown);
  return rows.at(static_cast<std::size_t>(provider) - 1);
}

}  // namespace cachewitness::http
