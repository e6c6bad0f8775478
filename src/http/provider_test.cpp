// Heads as real caches sent them: from vendors' documentation, from public captures, and as measured on the packages
// of Debian 12 (docs/interop.md). One row each: who answers, what its cache did, where it stands.
#include "http/provider.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "http/node_identity.h"
#include "http/provider_fields.h"
#include "http/vendor_status.h"

namespace cachewitness::http {
namespace {

struct Row {
  const char* name;
  const char* fields;    // lines with \n
  const char* expected;  // "provider, mark, pop, node"
};

ResponseHead parsed(const Row& row, std::string& raw) {
  raw = "HTTP/1.1 200 OK\n" + std::string(row.fields) + "\n";
  for (std::size_t at = raw.find('\n'); at != std::string::npos; at = raw.find('\n', at + 2)) {
    raw.insert(at, 1, '\r');
  }
  ResponseHead head;
  EXPECT_TRUE(parse_response_head(raw, HeadLimits{}, head).has_value()) << row.name;
  return head;
}

std::string read(const Row& row) {
  std::string raw;
  const ResponseHead head = parsed(row, raw);
  const ProviderFields fields(head);
  const Provider provider = detect_provider(fields.values()).provider;
  const NodeIdentity identity = read_node_identity(fields.values(), provider);
  const VendorStatus status = read_vendor_status(head);
  EXPECT_EQ(status.provider, provider);
  return std::string(slug(provider)) + ", " + std::string(name(status.mark)) + ", " + identity.pop + ", " +
         identity.node;
}

constexpr Row samples[] = {
    {"Cloudflare, hit", "Server: cloudflare\nCF-Cache-Status: HIT\nAge: 1200\nCF-RAY: 931d1eec6a20db5e-LAX\n",
     "cloudflare, hit, LAX, "},
    {"Cloudflare, not eligible", "cf-cache-status: DYNAMIC\nServer: cloudflare\nCF-RAY: 931d1eec6a20db5e-LAX\n",
     "cloudflare, bypass, LAX, "},
    {"Cloudflare, made before the cache", "server: cloudflare\ncf-cache-status: NONE/UNKNOWN\ncf-ray: 8f1d2c3b4a-SIN\n",
     "cloudflare, none, SIN, "},
    {"Cloudflare, soft purge", "server: cloudflare\ncf-cache-status: UPDATING\ncf-ray: 8f1d2c3b4a-FRA\n",
     "cloudflare, updating, FRA, "},
    {"Cloudflare, 304 by the origin", "server: cloudflare\ncf-cache-status: REVALIDATED\ncf-ray: 8f1d2c3b4a-FRA\n",
     "cloudflare, revalidated, FRA, "},
    {"Cloudflare, tiered", "server: cloudflare\ncf-cache-status: EXPIRED\ncf-ray: 8f1d2c3b4a-FRA\n",
     "cloudflare, expired, FRA, "},
    {"Cloudflare without Server", "cf-cache-status: MISS\ncf-ray: 8f1d2c3b4a-FRA\n", "cloudflare, miss, FRA, "},
    {"Fastly, shield missed and edge hit",
     "via: 1.1 varnish, 1.1 varnish\nx-served-by: cache-fra-eddf8230101-FRA, cache-fra-etou8220020-FRA\n"
     "x-cache: MISS, HIT\nx-cache-hits: 0, 3\nx-timer: S1787853842.995915,VS0,VE1\n",
     "fastly, hit, FRA, cache-fra-etou8220020-FRA"},
    {"Fastly, shield hit and edge missed",
     "via: 1.1 varnish\nvia: 1.1 varnish\nage: 44742\nx-served-by: cache-mdw17344-MDW, cache-jfk8146-JFK\n"
     "x-cache: HIT, MISS\nx-cache-hits: 1, 0\nx-timer: S1523896219.500596,VS0,VE1\n",
     "fastly, miss, JFK, cache-jfk8146-JFK"},
    {"Fastly, one node",
     "server: GitHub.com\nx-proxy-cache: MISS\nvia: 1.1 varnish\nage: 20\n"
     "x-served-by: cache-pao-kpao1770026-PAO\nx-cache: HIT\nx-cache-hits: 4\nx-timer: S1787853842.995915,VS0,VE0\n",
     "fastly, hit, PAO, cache-pao-kpao1770026-PAO"},
    {"CloudFront, hit",
     "X-Cache: Hit from cloudfront\nVia: 1.1 7b72973d4641.cloudfront.net (CloudFront)\n"
     "X-Amz-Cf-Pop: ATL58-P2\nX-Amz-Cf-Id: GvFnitOh6n2ZgM3772iteKMTpAV20r98uc8nNu5pHB8NCpiw_BV2Qg==\nAge: 2302\n",
     "cloudfront, hit, ATL58-P2, "},
    {"CloudFront, revalidated", "x-cache: RefreshHit from cloudfront\nx-amz-cf-pop: SEA19-C1\n",
     "cloudfront, revalidated, SEA19-C1, "},
    {"CloudFront, an answer of the edge's code",
     "server: CloudFront\nx-cache: LambdaGeneratedResponse from cloudfront\nx-amz-cf-pop: FRA56-P2\n",
     "cloudfront, bypass, FRA56-P2, "},
    {"CloudFront, error", "server: CloudFront\nx-cache: Error from cloudfront\nx-amz-cf-pop: FRA56-P2\n",
     "cloudfront, error, FRA56-P2, "},
    {"CloudFront, by Server-Timing",
     "X-Cache: Miss from cloudfront\nVia: 1.1 a.cloudfront.net (CloudFront)\n"
     "Server-Timing: cdn-upstream-layer;desc=\"EDGE\",cdn-upstream-dns;dur=0,cdn-cache-miss,cdn-pop;desc=\"PHX50-C2\","
     "cdn-rid;desc=\"yNPsyYn7skvTzwWkq3Wcc8Nj_foxUjQUe9H1ifslzWhb0w7aLbFvGg==\",cdn-downstream-fbl;dur=436\n",
     "cloudfront, miss, PHX50-C2, "},
    {"Akamai, asked for by Pragma",
     "X-Cache: TCP_HIT from a199-117-103-28.deploy.akamaitechnologies.com (AkamaiGHost/9.0.2.1-20488781) (-)\n"
     "X-Cache-Key: /L/1363/535014/1d/origin.example.com/a.gif\n",
     "akamai, hit, , 199.117.103.28"},
    {"Akamai, its parent hit",
     "X-Cache: TCP_MISS from a23-210-215-36.deploy.akamaitechnologies.com (AkamaiGHost/9.8.2-27247474) (-)\n"
     "X-Cache-Remote: TCP_HIT from a23-210-215-166.deploy.akamaitechnologies.com (AkamaiGHost/9.8.0.1) (-)\n",
     "akamai, miss, , 23.210.215.36"},
    {"Akamai, stale on error",
     "X-Cache: TCP_REFRESH_FAIL_HIT from a2-20-133-122.deploy.akamaitechnologies.com (AkamaiGHost/7.2.0) (-)\n",
     "akamai, stale, , 2.20.133.122"},
    {"Akamai, Return Cache Status",
     "Akamai-Cache-Status: RefreshHit from child\nAkamai-GRN: 0.75b105f.1730855303.192c\n", "akamai, revalidated, , "},
    {"Akamai, an error page", "Server: AkamaiGHost\nMime-Version: 1.0\n", "akamai, none, , "},
    {"Google Cloud CDN, as configured", "via: 1.1 google\nx-cache-status: hit\nx-cache-id: FRA-1a2b3c4d\n",
     "google-cloud-cdn, hit, FRA, FRA-1a2b3c4d"},
    {"Google Cloud CDN, as it comes", "Via: 1.1 google\nAge: 7\n", "google-cloud-cdn, none, , "},
    {"Azure Front Door, older reference",
     "x-cache: TCP_HIT\nserver: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0\n"
     "x-azure-ref: "
     "0Z6P5XgAAAAB8oaJAZ38cSLOiBxu2HwfkVFlPMDFFREdFMDQxMQBkMzI4YjRiNi00ODE0LTQ2OTgtOWFlYS1hY2U3YzU4ZTk0NTQ=\n",
     "azure-front-door, hit, , TYO01EDGE0411"},
    {"Azure Front Door, not cached by rule",
     "x-azure-ref: "
     "05mwQZAAAAADma91JbmU0TJqRqS2lyFurTUlMMzBFREdFMDYwOQA3YTk2NzZiMS0xZmRjLTQ0OWYtYmI1My1hNDUxMDVjNGZmYmM=\n"
     "x-cache: CONFIG_NOCACHE\n",
     "azure-front-door, bypass, , MIL30EDGE0609"},
    {"Azure Front Door, newer reference", "x-azure-ref: 20240306T173010Z-1a2b3c4d5e6f\nx-cache: TCP_REMOTE_HIT\n",
     "azure-front-door, hit, , "},
    {"bunny", "server: BunnyCDN-PH1-1245\ncdn-cache: HIT\ncdn-pullzone: 6194262\ncdn-requestpullsuccess: True\n",
     "bunny, hit, PH1, PH1-1245"},
    {"bunny, expired", "Server: BunnyCDN-FR1-1349\nCDN-Cache: EXPIRED\nCDN-CachedAt: 04/17/2025 04:41:13\n",
     "bunny, expired, FR1, FR1-1349"},
    {"KeyCDN", "server: keycdn-engine\nx-cache: HIT\nx-edge-location: nlam\nx-shield: active\nx-sucuri-cache: MISS\n",
     "keycdn, hit, nlam, "},
    {"Gcore", "Server: nginx\nCache: HIT\nX-Cached-Since: 2022-12-09T12:51:43+00:00\nX-ID: m9-up-e245\n",
     "gcore, hit, m9, m9-up-e245"},
    {"Gcore, another name for the node",
     "server: nginx\ncache: HIT\nx-cached-since: 2024-07-03T09:47:49+00:00\nx-node: m9-up-gc99\n",
     "gcore, hit, m9, m9-up-gc99"},
    {"CDN77",
     "server: CDN77-Turbo\nx-77-nzt: AbmYQRYIvKvvFDkBAA==\nx-77-nzt-ray: 0bO89u0QJdU=\nx-cache: MISS\n"
     "x-77-cache: MISS\nx-77-pop: pragueCZ\n",
     "cdn77, miss, pragueCZ, "},
    {"CDN77, older words", "server: CDN77-Turbo\nx-cache: UPDATING\n", "cdn77, updating, , "},
    {"Vercel", "server: Vercel\nx-vercel-cache: HIT\nx-vercel-id: cdg1::pdqbh-1718971524213-4892bf82d7b2\n",
     "vercel, hit, cdg1, "},
    {"Vercel, by a function in another region",
     "server: Vercel\nx-vercel-cache: STALE\nx-vercel-id: fra1::iad1::t598k-1744905474015-0c52177ab740\n",
     "vercel, stale, fra1, "},
    {"Netlify",
     "Server: Netlify\nAge: 767\nCache-Status: \"Netlify Edge\"; hit\nX-NF-Request-ID: 01K6MXQ22NRP92QEQGYW\n",
     "netlify, hit, , "},
    {"Netlify, the durable cache beside it",
     "server: Netlify\ncache-status: \"Netlify Durable\"; fwd=uri-miss; stored=true; ttl=3600\n"
     "cache-status: \"Netlify Edge\"; fwd=miss\n",
     "netlify, miss, , "},
    {"Varnish 7.1, miss", "X-Varnish: 32770\nAge: 0\nVia: 1.1 varnish (Varnish/7.1)\n", "varnish, miss, , "},
    {"Varnish 7.4, hit, with its host's name", "X-Varnish: 65541 3\nAge: 12\nVia: 1.1 cache-a (Varnish/7.4)\n",
     "varnish, hit, , cache-a"},
    {"nginx, as configured", "Server: nginx/1.22.1\nX-Cache-Status: STALE\nX-Cache-Node: edge-1\n",
     "nginx, stale, , edge-1"},
    {"nginx, as it comes", "Server: nginx/1.22.1\n", "nginx, none, , "},
    {"Traffic Server, hit",
     "Via: http/1.1 cache01.cdn.kabletown.net (ApacheTrafficServer/9.2.9 [cHs f ])\nServer: ATS/9.2.9\nAge: 3\n",
     "traffic-server, hit, , cache01.cdn.kabletown.net"},
    {"Traffic Server, expired, all codes",
     "Age: 0\nVia: http/1.1 cache01.cdn.kabletown.net (ApacheTrafficServer/4.2.1 [uScSsSfUpSeN:t cCSi p sS])\n",
     "traffic-server, expired, , cache01.cdn.kabletown.net"},
    {"Traffic Server, two in a row",
     "Via: http/1.1 ctc.ningbo.97 (ApacheTrafficServer/6.2.1 [cMsSf ]), http/1.1 ctc.xiamen.41 "
     "(ApacheTrafficServer/6.2.1 "
     "[cHs f ])\n",
     "traffic-server, hit, , ctc.xiamen.41"},
    {"Squid 5, hit",
     "Age: 2\nX-Cache: HIT from proxy.example.org\nX-Cache-Lookup: HIT from proxy.example.org:8080\n"
     "Via: 1.1 proxy.example.org (squid/5.7)\n",
     "squid, hit, , proxy.example.org"},
    {"Squid 5, expired and replaced", "X-Cache: MISS from p\nX-Cache-Lookup: HIT from p:3128\nVia: 1.1 p (squid/5.7)\n",
     "squid, expired, , p"},
    {"Squid 5, not in store", "X-Cache: MISS from p\nX-Cache-Lookup: MISS from p:3128\nVia: 1.1 p (squid/5.7)\n",
     "squid, miss, , p"},
    {"Squid 6", "Cache-Status: proxy-7;hit;detail=match\nVia: 1.1 proxy-7 (squid/6.6)\n", "squid, hit, , proxy-7"},
    {"Squid 6, stale", "Cache-Status: proxy-7;fwd=stale;detail=match\nVia: 1.1 proxy-7 (squid/6.6)\n",
     "squid, expired, , proxy-7"},
    {"Apache",
     "Server: Apache/2.4.71 (Debian)\nX-Cache: REVALIDATE from web-3\n"
     "X-Cache-Detail: \"conditional cache hit: entity refreshed\" from web-3\n",
     "apache, revalidated, , web-3"},
    {"Souin", "Cache-Status: Souin; fwd=uri-miss; stored; key=GET-http-a; detail=DEFAULT\n", "souin, miss, , "},
    {"Souin in Caddy", "Server: Caddy\nCache-Status: Caddy; hit; ttl=3; key=GET-http-a\n", "souin, hit, , "},
};

TEST(Provider, IsToldFromRealHeads) {
  for (const Row& row : samples) {
    EXPECT_EQ(read(row), row.expected) << row.name;
  }
}

TEST(Provider, HasASampleOfEachThatTellsItself) {
  std::set<Provider> seen;
  for (const Row& row : samples) {
    std::string raw;
    const ResponseHead head = parsed(row, raw);
    seen.insert(read_vendor_status(head).provider);
  }
  for (const ProviderRow& row : provider_rows()) {
    EXPECT_EQ(seen.contains(row.provider), !row.signs.empty()) << row.slug;
  }
}

TEST(Provider, IsTheNearestOfSeveral) {
  const Row rows[] = {
      {"Cloudflare before Vercel",
       "Server: cloudflare\ncf-cache-status: DYNAMIC\nCF-RAY: 931d1eec6a20db5e-LAX\n"
       "x-vercel-id: sfo1::t598k-1744905474015-0c52177ab740\nx-vercel-cache: HIT\n",
       "cloudflare, bypass, LAX, "},
      {"Cloudflare before Fastly",
       "server: cloudflare\ncf-cache-status: HIT\nage: 50852\ncf-ray: 8f1d2c3b4a-EWR\n"
       "x-served-by: cache-mia17647-MIA\nx-cache: MISS\nx-timer: S1598332095.275207,VS0,VE1\nvia: 1.1 varnish\n",
       "cloudflare, hit, EWR, "},
      {"CloudFront before Varnish, by Via",
       "Via: 1.1 varnish (Varnish/7.1), 1.1 a.cloudfront.net (CloudFront)\nX-Varnish: 5 3\n"
       "X-Cache: Miss from cloudfront\nX-Amz-Cf-Pop: FRA56-P2\n",
       "cloudfront, miss, FRA56-P2, "},
      {"Fastly before nginx with a cache",
       "server: nginx\nx-cache-status: HIT\nvia: 1.1 varnish\n"
       "x-served-by: cache-del21736-DEL\nx-cache: MISS\nx-timer: S1707557205.094883,VS0,VE3799\n",
       "fastly, miss, DEL, cache-del21736-DEL"},
      {"Traffic Server before Varnish",
       "X-Cache: MISS\nVia: 1.1 varnish (Varnish/7.1), http/1.1 edge (ApacheTrafficServer/9.2.9 [cHs f ])\n",
       "traffic-server, hit, , edge"},
      {"Varnish before Varnish, hit",
       "X-Varnish: 65548, 65588 32777\nVia: 1.1 varnish (Varnish/7.1), 1.1 varnish (Varnish/7.1)\n",
       "varnish, hit, , "},
      {"Varnish before Varnish, miss",
       "X-Varnish: 65588 32777, 5\nVia: 1.1 varnish (Varnish/7.1), 1.1 varnish (Varnish/7.1)\n", "varnish, miss, , "},
      {"nginx before Varnish: its own status counts, whoever is named",
       "Server: nginx\nX-Cache-Status: HIT\nX-Cache: MISS\nX-Varnish: 5\nVia: 1.1 varnish (Varnish/7.1)\n",
       "varnish, hit, , "},
      {"Fastly before Varnish", "x-varnish: 5 3\nx-served-by: cache-fra-etou8220020-FRA\nx-cache: MISS\n",
       "fastly, miss, FRA, cache-fra-etou8220020-FRA"},
      {"two CDNs and nothing that says which is nearer",
       "x-amz-cf-pop: FRA56-P2\nx-cache: Hit from cloudfront\nx-timer: S1707557205.094883,VS0,VE3799\n",
       "unknown, hit, , "},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read(row), row.expected) << row.name;
  }
}

TEST(Provider, IsUnknownWhereNothingTellsIt) {
  const Row rows[] = {
      {"no field at all", "Content-Type: text/css\n", "unknown, none, , "},
      {"HAProxy with a rule", "x-cache: HIT\nage: 3\n", "unknown, hit, , "},
      {"an application's X-Served-By", "X-Served-By: web-7\n", "unknown, none, , "},
      {"another's X-Cache-Lookup", "Server: NWS_SPMid\nX-Cache-Lookup: Hit From Disktank3\n", "unknown, none, , "},
      {"words of no table", "X-Cache: HIT.175\nX-Cache-Status: maybe\nCDN-Cache: \x80\xff\n", "unknown, none, , "},
      {"empty fields", "X-Cache:\nVia:\nServer:\nCache-Status:\nX-Varnish:\n", "varnish, none, , "},
      {"a name in the wrong field", "X-Powered-By: cloudflare\n", "unknown, none, , "},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read(row), row.expected) << row.name;
  }
}

TEST(Provider, LeavesANodeUnnamedThatIsNone) {
  const Row rows[] = {
      {"no dash", "server: cloudflare\ncf-ray: 931d1eec6a20db5e\n", "cloudflare, none, , "},
      {"nothing after it", "server: cloudflare\ncf-ray: 931d1eec6a20db5e-\n", "cloudflare, none, , "},
      {"not a name", "server: cloudflare\ncf-ray: 1-<script>\n", "cloudflare, none, , "},
      {"too long",
       "server: cloudflare\ncf-ray: "
       "1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
       "cloudflare, none, , "},
      {"an address of three parts", "x-cache: TCP_HIT from a1-2-3.deploy (AkamaiGHost/1)\n", "akamai, hit, , "},
      {"broken base64", "x-azure-ref: 0Z6P5XgAAAA!\n", "azure-front-door, none, , "},
      {"too short", "x-azure-ref: 0Z6P5XgAAAAA=\n", "azure-front-door, none, , "},
      {"no Via", "X-Varnish: 5\n", "varnish, miss, , "},
      {"timing without a place", "x-amz-cf-id: a\nserver-timing: cdn-pop, cdn-pop;dur=3\n", "cloudfront, none, , "},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read(row), row.expected) << row.name;
  }
}

TEST(Provider, IsFoundHoweverAPersonWritesIt) {
  EXPECT_EQ(find_provider("fastly"), Provider::fastly);
  EXPECT_EQ(find_provider("Azure Front Door"), Provider::azure_front_door);
  EXPECT_EQ(find_provider("google_cloud_cdn"), Provider::google_cloud_cdn);
  EXPECT_EQ(find_provider("TrafficServer"), Provider::traffic_server);
  EXPECT_EQ(find_provider("bunny.net"), std::nullopt);
  EXPECT_EQ(find_provider(""), std::nullopt);
  EXPECT_EQ(find_provider("unknown"), std::nullopt);
  for (const ProviderRow& row : provider_rows()) {
    EXPECT_EQ(find_provider(row.slug), row.provider) << row.slug;
    EXPECT_EQ(row_of(row.provider).slug, row.slug);
  }
}

}  // namespace
}  // namespace cachewitness::http
