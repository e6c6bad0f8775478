// Golden requests of each provider and kind, held against the vendors' references, and what their answers mean.
#include "purge/provider.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "manifest/purge_providers.h"
#include "purge/driver.h"

namespace cachewitness::purge {
namespace {

using Outcome = Answer::Outcome;
using manifest::PurgeSettings;

PurgeSettings settings_of(std::string provider, std::vector<std::pair<std::string, std::string>> options) {
  PurgeSettings settings;
  settings.provider = std::move(provider);
  settings.options = std::move(options);
  return settings;
}

Call call_of(Kind kind, std::vector<std::string> items, bool is_soft = false) {
  Call call{1, kind, is_soft, {}, {}, "key-1"};
  for (std::string& item : items) {
    call.items.push_back({std::move(item), {}});
  }
  return call;
}

Call at_node(Call call) {
  call.node = {"edge-1", "192.0.2.1", 6082};
  return call;
}

std::string shown(const Request& request) {
  std::string text = fmt::format("{} {}", request.method, request.url);
  for (const Header& header : request.headers) {
    text += fmt::format(" | {}: {}", header.name, header.value);
  }
  return text + (request.body.empty() ? "" : " | " + request.body);
}

struct Golden {
  PurgeSettings settings;
  Call call;
  std::string_view request;
};

std::vector<Golden> goldens() {
  const PurgeSettings cloudflare = settings_of("cloudflare", {{"zone", "z1"}});
  const PurgeSettings fastly = settings_of("fastly", {{"service", "s1"}});
  const PurgeSettings cloudfront = settings_of("cloudfront", {{"distribution", "D1"}});
  const PurgeSettings akamai = settings_of("akamai", {{"host", "akab-x.luna.akamaiapis.net"}, {"cp_code", "12345"}});
  const PurgeSettings google = settings_of("google-cloud-cdn", {{"gcp_project", "p"}, {"url_map", "m"}});
  const PurgeSettings media = settings_of("google-media-cdn", {{"gcp_project", "p"}, {"service", "s"}});
  const PurgeSettings azure = settings_of(
      "azure-front-door", {{"subscription", "s"}, {"resource_group", "g"}, {"profile", "p"}, {"endpoint", "e"}});
  const PurgeSettings bunny = settings_of("bunny", {{"pull_zone", "7"}});
  const PurgeSettings keycdn = settings_of("keycdn", {{"zone", "9"}});
  const PurgeSettings gcore = settings_of("gcore", {{"resource", "5"}});
  const PurgeSettings cdn77 = settings_of("cdn77", {{"cdn", "4"}});
  const PurgeSettings vercel = settings_of("vercel", {{"vercel_project", "shop"}, {"team", "t"}});
  const PurgeSettings netlify = settings_of("netlify", {{"site", "n1"}});
  const std::string url = "https://www.example.com/a.js?v=2";
  const std::string dir = "https://www.example.com/img/";
  const std::string json = " | Content-Type: application/json | ";
  static std::vector<std::string> kept;  // texts of the rows that are put together here
  kept.reserve(128);
  const auto with_json = [&](std::string_view line, std::string_view body) {
    return std::string_view(kept.emplace_back(fmt::format("{}{}{}", line, json, body)));
  };
  const std::string_view cf = "POST https://api.cloudflare.com/client/v4/zones/z1/purge_cache";
  const std::string_view cf_soft = "POST https://api.cloudflare.com/client/v4/zones/z1/invalidate_cache";
  const std::string_view cf_xml =
      "POST https://cloudfront.amazonaws.com/2020-05-31/distribution/D1/invalidation | Content-Type: application/xml | "
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
      R"(<Paths><Quantity>1</Quantity><Items><Path>)";
  const std::string_view cf_end = "</Path></Items></Paths><CallerReference>key-1</CallerReference></InvalidationBatch>";
  const auto with_path = [&](std::string_view path) {
    return std::string_view(kept.emplace_back(fmt::format("{}{}{}", cf_xml, path, cf_end)));
  };
  const std::string_view gc =
      "POST https://compute.googleapis.com/compute/v1/projects/p/global/urlMaps/m/invalidateCache?requestId=key-1";
  const std::string_view mc =
      "POST https://networkservices.googleapis.com/v1/projects/p/locations/global/edgeCacheServices/s:invalidateCache";
  const PurgeSettings varnish = settings_of("varnish", {{"ban", "expression"}, {"soft_method", "SOFTPURGE"}});
  const std::string_view az =
      "POST https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Cdn/profiles/p/"
      "afdEndpoints/e/purge?api-version=2023-05-01";
  return {
      {cloudflare, call_of(Kind::url, {url}), with_json(cf, R"({"files":["https://www.example.com/a.js?v=2"]})")},
      {cloudflare, call_of(Kind::prefix, {dir}), with_json(cf, R"({"prefixes":["www.example.com/img/"]})")},
      {cloudflare, call_of(Kind::host, {"a.example.com"}), with_json(cf, R"({"hosts":["a.example.com"]})")},
      {cloudflare, call_of(Kind::tag, {"a", "b"}, true), with_json(cf_soft, R"({"tags":["a","b"]})")},
      {cloudflare, call_of(Kind::url, {url}, true),
       with_json(cf_soft, R"({"files":["https://www.example.com/a.js?v=2"]})")},
      {cloudflare, call_of(Kind::everything, {""}), with_json(cf, R"({"purge_everything":true})")},
      {cloudflare, call_of(Kind::tag, {"a"}), with_json(cf, R"({"tags":["a"]})")},
      {cloudflare, call_of(Kind::prefix, {dir}, true), with_json(cf_soft, R"({"prefixes":["www.example.com/img/"]})")},
      {cloudflare, call_of(Kind::host, {"a.example.com"}, true), with_json(cf_soft, R"({"hosts":["a.example.com"]})")},
      {cloudflare, call_of(Kind::everything, {""}, true), with_json(cf_soft, R"({"purge_everything":true})")},
      {settings_of("cloudflare", {{"zone", "z1"}, {"zone_environment", "e1"}}), call_of(Kind::tag, {"a"}),
       with_json("POST https://api.cloudflare.com/client/v4/zones/z1/environments/e1/purge_cache",
                 R"({"tags":["a"]})")},
      {settings_of("akamai", {{"host", "akab-x.luna.akamaiapis.net"}, {"account_switch_key", "1-A:2"}}),
       call_of(Kind::tag, {"t1"}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/tag/production?accountSwitchKey=1-A%3A2",
                 R"({"objects":["t1"]})")},
      {settings_of("vercel", {{"vercel_project", "shop"}, {"source_images", "true"}}), call_of(Kind::url, {url}, true),
       with_json("POST https://api.vercel.com/v1/edge-cache/invalidate-by-src-images?projectIdOrName=shop",
                 R"({"srcImages":["/a.js?v=2"]})")},
      {settings_of("vercel", {{"vercel_project", "shop"}, {"source_images", "true"}}), call_of(Kind::url, {url}),
       with_json("POST https://api.vercel.com/v1/edge-cache/dangerously-delete-by-src-images?projectIdOrName=shop",
                 R"({"srcImages":["/a.js?v=2"]})")},
      {fastly, call_of(Kind::url, {url}, true),
       "POST https://api.fastly.com/purge/www.example.com/a.js?v=2 | Accept: application/json | Fastly-Soft-Purge: 1"},
      {fastly, call_of(Kind::url, {url}),
       "POST https://api.fastly.com/purge/www.example.com/a.js?v=2 | Accept: application/json"},
      {fastly, call_of(Kind::tag, {"k1"}, true),
       "POST https://api.fastly.com/service/s1/purge | Content-Type: application/json | Accept: application/json | "
       R"(Fastly-Soft-Purge: 1 | {"surrogate_keys":["k1"]})"},
      {fastly, call_of(Kind::tag, {"k1", "k2"}),
       "POST https://api.fastly.com/service/s1/purge | Content-Type: application/json | Accept: application/json | "
       R"({"surrogate_keys":["k1","k2"]})"},
      {fastly, call_of(Kind::everything, {""}),
       "POST https://api.fastly.com/service/s1/purge_all | Accept: application/json"},
      {cloudfront, call_of(Kind::url, {url}), with_path("/a.js?v=2")},
      {cloudfront, call_of(Kind::url, {url, "https://b.example/a.js?v=2"}), with_path("/a.js?v=2")},
      {cloudfront, call_of(Kind::prefix, {dir}), with_path("/img/*")},
      {cloudfront, call_of(Kind::tag, {"product:42"}), with_path("#product:42")},
      {cloudfront, call_of(Kind::everything, {""}), with_path("/*")},
      {akamai, call_of(Kind::url, {url}, true),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/invalidate/url/production",
                 R"({"objects":["https://www.example.com/a.js?v=2"]})")},
      {akamai, call_of(Kind::url, {url}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/url/production",
                 R"({"objects":["https://www.example.com/a.js?v=2"]})")},
      {settings_of("akamai", {{"host", "akab-x.luna.akamaiapis.net"}, {"network", "staging"}}),
       call_of(Kind::tag, {"t1"}, true),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/invalidate/tag/staging", R"({"objects":["t1"]})")},
      {akamai, call_of(Kind::tag, {"t1"}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/tag/production", R"({"objects":["t1"]})")},
      {akamai, call_of(Kind::everything, {""}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/cpcode/production", R"({"objects":[12345]})")},
      {akamai, call_of(Kind::everything, {""}, true),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/invalidate/cpcode/production",
                 R"({"objects":[12345]})")},
      {google, call_of(Kind::url, {url}), with_json(gc, R"({"path":"/a.js","host":"www.example.com"})")},
      {google, call_of(Kind::prefix, {dir}), with_json(gc, R"({"path":"/img/*","host":"www.example.com"})")},
      {google, call_of(Kind::host, {"a.example.com"}), with_json(gc, R"({"path":"/*","host":"a.example.com"})")},
      {google, call_of(Kind::tag, {"a"}), with_json(gc, R"({"cacheTags":["a"]})")},
      {google, call_of(Kind::everything, {""}), with_json(gc, R"({"path":"/*"})")},
      {media, call_of(Kind::url, {url}), with_json(mc, R"({"path":"/a.js","host":"www.example.com"})")},
      {media, call_of(Kind::tag, {"a", "b"}), with_json(mc, R"({"cacheTags":["a","b"]})")},
      {media, call_of(Kind::everything, {""}), with_json(mc, R"({"path":"/*"})")},
      {azure, call_of(Kind::url, {url}), with_json(az, R"({"contentPaths":["/a.js"],"domains":["www.example.com"]})")},
      {azure, call_of(Kind::prefix, {dir}),
       with_json(az, R"({"contentPaths":["/img/*"],"domains":["www.example.com"]})")},
      {azure, call_of(Kind::host, {"a.example.com"}),
       with_json(az, R"({"contentPaths":["/*"],"domains":["a.example.com"]})")},
      {azure, call_of(Kind::everything, {""}), with_json(az, R"({"contentPaths":["/*"]})")},
      {bunny, call_of(Kind::url, {url}),
       "POST https://api.bunny.net/purge?url=https%3A%2F%2Fwww.example.com%2Fa.js%3Fv%3D2&async=false"},
      {bunny, call_of(Kind::url, {dir}),
       "POST https://api.bunny.net/purge?url=https%3A%2F%2Fwww.example.com%2Fimg%2F&async=false&exactPath=true"},
      {bunny, call_of(Kind::prefix, {dir}),
       "POST https://api.bunny.net/purge?url=https%3A%2F%2Fwww.example.com%2Fimg%2F%2A&async=false"},
      {bunny, call_of(Kind::tag, {"t"}),
       with_json("POST https://api.bunny.net/pullzone/7/purgeCache", R"({"CacheTag":"t"})")},
      {bunny, call_of(Kind::everything, {""}), "POST https://api.bunny.net/pullzone/7/purgeCache"},
      {keycdn, call_of(Kind::url, {url}),
       with_json("DELETE https://api.keycdn.com/zones/purgeurl/9.json", R"({"urls":["www.example.com/a.js?v=2"]})")},
      {keycdn, call_of(Kind::tag, {"t"}),
       with_json("DELETE https://api.keycdn.com/zones/purgetag/9.json", R"({"tags":["t"]})")},
      {keycdn, call_of(Kind::everything, {""}), "GET https://api.keycdn.com/zones/purge/9.json"},
      {gcore, call_of(Kind::url, {url}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"urls":["/a.js?v=2"]})")},
      {gcore, call_of(Kind::url, {url, "https://b.example/a.js?v=2"}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"urls":["/a.js?v=2"]})")},
      {gcore, call_of(Kind::prefix, {dir}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"paths":["/img/*"]})")},
      {gcore, call_of(Kind::everything, {""}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"paths":[]})")},
      {cdn77, call_of(Kind::url, {url}),
       with_json("POST https://api.cdn77.com/v3/cdn/4/job/purge", R"({"paths":["/a.js?v=2"]})")},
      {cdn77, call_of(Kind::prefix, {dir}),
       with_json("POST https://api.cdn77.com/v3/cdn/4/job/purge", R"({"paths":["/img/*"]})")},
      {cdn77, call_of(Kind::everything, {""}), "POST https://api.cdn77.com/v3/cdn/4/job/purge-all"},
      {vercel, call_of(Kind::tag, {"a"}, true),
       with_json("POST https://api.vercel.com/v1/edge-cache/invalidate-by-tags?projectIdOrName=shop&teamId=t",
                 R"({"tags":["a"],"target":"production"})")},
      {vercel, call_of(Kind::tag, {"a"}),
       with_json("POST https://api.vercel.com/v1/edge-cache/dangerously-delete-by-tags?projectIdOrName=shop&teamId=t",
                 R"({"tags":["a"],"target":"production"})")},
      {netlify, call_of(Kind::tag, {"a"}),
       with_json("POST https://api.netlify.com/api/v1/purge", R"({"site_id":"n1","cache_tags":["a"]})")},
      {netlify, call_of(Kind::host, {"a.example.com"}),
       with_json("POST https://api.netlify.com/api/v1/purge", R"({"domain":"a.example.com"})")},
      {netlify, call_of(Kind::everything, {""}),
       with_json("POST https://api.netlify.com/api/v1/purge", R"({"site_id":"n1"})")},
      {settings_of("varnish", {}), call_of(Kind::url, {url}), "PURGE https://www.example.com/a.js?v=2"},
      {varnish, call_of(Kind::url, {url}, true), "SOFTPURGE https://www.example.com/a.js?v=2"},
      {varnish, at_node(call_of(Kind::tag, {"k1", "k2"})), "PURGE http://192.0.2.1/ | xkey: k1 k2"},
      {varnish, at_node(call_of(Kind::tag, {"k1"}, true)), "SOFTPURGE http://192.0.2.1/ | xkey: k1"},
      {varnish, at_node(call_of(Kind::prefix, {dir})),
       "BAN http://192.0.2.1/ | x-ban: req.http.host == www.example.com && req.url ~ ^/img/"},
      {varnish, at_node(call_of(Kind::host, {"a.example.com"})),
       R"(BAN http://192.0.2.1/ | x-ban: req.http.host ~ ^a\.example\.com$)"},
      {varnish, at_node(call_of(Kind::everything, {""})), "BAN http://192.0.2.1/ | x-ban: obj.status != 0"},
      {settings_of("varnish", {{"ban", "url"}}), call_of(Kind::prefix, {"https://www.example.com/a.b/"}),
       R"(BAN https://www.example.com/a\.b/)"},
      {settings_of("varnish-cli", {}), at_node(call_of(Kind::url, {"https://www.example.com/a"})),
       "CLI varnish-cli://192.0.2.1:6082 | ban req.http.host == www.example.com && req.url ~ ^/a$"},
      {settings_of("nginx", {}), call_of(Kind::url, {url}), "PURGE https://www.example.com/a.js?v=2"},
      {settings_of("squid-htcp", {}), call_of(Kind::url, {url}), "CLR https://www.example.com/a.js?v=2"},
      {settings_of("squid-htcp", {{"scheme", "http"}}), call_of(Kind::url, {url}),
       "CLR http://www.example.com/a.js?v=2"},
      {settings_of("souin", {}), at_node(call_of(Kind::url, {url})),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"uri","selectors":["www.example.com/a.js?v=2"],"purge":true})")},
      {settings_of("souin", {}), at_node(call_of(Kind::url, {url}, true)),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"uri","selectors":["www.example.com/a.js?v=2"],"purge":false})")},
      {settings_of("souin", {}), at_node(call_of(Kind::prefix, {dir})),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"uri-prefix","selectors":["www.example.com/img/"],"purge":true})")},
      {settings_of("souin", {}), at_node(call_of(Kind::host, {"a.example.com"}, true)),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"origin","selectors":["a.example.com"],"purge":false})")},
      {settings_of("souin", {}), at_node(call_of(Kind::prefix, {dir}, true)),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"uri-prefix","selectors":["www.example.com/img/"],"purge":false})")},
      {settings_of("souin", {}), at_node(call_of(Kind::host, {"a.example.com"})),
       with_json("POST http://192.0.2.1/souin-api/souin",
                 R"({"type":"origin","selectors":["a.example.com"],"purge":true})")},
      {settings_of("souin", {}), at_node(call_of(Kind::tag, {"a", "b"})),
       "PURGE http://192.0.2.1/souin-api/souin | Surrogate-Key: a, b"},
      {settings_of("souin", {{"path", "/api/cache"}}), at_node(call_of(Kind::everything, {""})),
       "PURGE http://192.0.2.1/api/cache/flush"},
      {settings_of("nginx", {}), call_of(Kind::prefix, {dir}), "PURGE https://www.example.com/img/*"},
      {settings_of("trafficserver", {}), call_of(Kind::url, {url}), "PURGE https://www.example.com/a.js?v=2"},
      {settings_of("squid", {}), call_of(Kind::url, {url}), "PURGE https://www.example.com/a.js?v=2"},
      {settings_of("http", {{"url", "https://p.example/{host}{path}"}, {"method", "DELETE"}, {"body", "{items}"}}),
       call_of(Kind::url, {url}),
       R"(DELETE https://p.example/www.example.com/a.js?v=2 | ["https://www.example.com/a.js?v=2"])"},
      {settings_of("driver", {{"run", "./purge"}}), call_of(Kind::tag, {"a"}),
       "RUN driver | {\"schema\":\"cachewitness.purge/v1\",\"kind\":\"tag\",\"items\":[\"a\"],\"soft\":false,"
       "\"key\":\"key-1\"}\n"},
  };
}

// Written as another kind or provider is, which has its row.
bool is_same_way(std::string_view provider, Kind kind) {
  return provider == "varnish-cli" || (provider == "google-media-cdn" && (kind == Kind::prefix || kind == Kind::host));
}

TEST(Providers, WriteTheRequestsThatTheirVendorsDocument) {
  for (const Golden& golden : goldens()) {
    SCOPED_TRACE(fmt::format("{} {}", golden.settings.provider, name(golden.call.kind)));
    const Provider* provider = find_provider(golden.settings.provider);
    ASSERT_NE(provider, nullptr);
    EXPECT_TRUE(ability_for(*provider, golden.settings, golden.call.kind, golden.call.is_soft) ||
                golden.settings.provider == "http");
    EXPECT_EQ(shown(provider->write(golden.settings, golden.call)), golden.request);
  }
}

// A row for each kind, soft and hard, that a provider has with all its options.
TEST(Providers, HaveAGoldenRequestForEachOfTheirKinds) {
  const std::vector<Golden> rows = goldens();
  for (const Provider& provider : providers()) {
    if (provider.name == "http" || provider.name == "driver") {
      continue;  // they have the kinds that their settings say
    }
    PurgeSettings all = settings_of(std::string(provider.name), {});
    for (const manifest::PurgeOption& option : manifest::find_purge_provider(provider.name)->options) {
      all.options.emplace_back(option.name, option.allowed.empty() ? "1" : option.allowed.front());
    }
    for (const Ability& ability : provider.abilities(all)) {
      for (const bool is_soft : {false, true}) {
        const bool is_had = is_soft ? ability.has_soft : ability.has_hard;
        const bool is_there = std::ranges::any_of(rows, [&](const Golden& golden) {
          return golden.settings.provider == provider.name && golden.call.kind == ability.kind &&
                 golden.call.is_soft == is_soft;
        });
        EXPECT_TRUE(!is_had || is_there || is_same_way(provider.name, ability.kind))
            << provider.name << " " << name(ability.kind) << (is_soft ? ", soft" : "");
      }
    }
  }
}

TEST(Providers, AreThoseOfTheManifest) {
  for (const manifest::PurgeProvider& row : manifest::purge_providers()) {
    EXPECT_NE(find_provider(row.name), nullptr) << row.name;
  }
  EXPECT_EQ(providers().size(), manifest::purge_providers().size());
}

TEST(Providers, RefuseWhatTheyCannotDoBeforeAnythingIsSent) {
  const struct {
    PurgeSettings settings;
    Kind kind;
    bool is_soft;
    std::string_view says;
  } cases[] = {{settings_of("fastly", {{"service", "s"}}), Kind::prefix, false,
                "fastly with these settings has no purge by prefix; it has: url (hard or soft), tag (hard or soft), "
                "everything. Nothing was sent"},
               {settings_of("fastly", {}), Kind::tag, false, "has no purge by tag; it has: url (hard or soft)."},
               {settings_of("fastly", {{"service", "s"}}), Kind::everything, true, "has no soft purge by everything"},
               {settings_of("vercel", {}), Kind::url, false, "it has: tag (hard or soft)"},
               {settings_of("azure-front-door", {}), Kind::tag, false, "it has: url, prefix, host, everything"}};
  for (const auto& each : cases) {
    const auto ability = ability_for(*find_provider(each.settings.provider), each.settings, each.kind, each.is_soft);
    ASSERT_FALSE(ability);
    EXPECT_NE(ability.error().message.find(each.says), std::string::npos) << ability.error().message;
    EXPECT_EQ(ability.error().id, errors::cannot_purge);
  }
}

TEST(Providers, ReadWhatAnAnswerMeans) {
  const struct {
    std::string_view provider;
    Call call;
    Response response;
    Outcome outcome;
    std::string_view id;
  } cases[] = {
      {"cloudflare",
       call_of(Kind::url, {"u"}),
       {200, "", R"({"success":true,"result":{"id":"i"}})"},
       Outcome::accepted,
       "i"},
      {"cloudflare",
       call_of(Kind::url, {"u"}),
       {200, "", R"({"success":false,"errors":[{"message":"no"}]})"},
       Outcome::refused,
       ""},
      {"cloudflare", call_of(Kind::url, {"u"}), {200, "", "<html>"}, Outcome::refused, ""},
      {"cloudflare", call_of(Kind::url, {"u"}), {429, "", ""}, Outcome::postponed, ""},
      {"cloudflare", call_of(Kind::url, {"u"}), {403, "", ""}, Outcome::denied, ""},
      {"cloudflare", call_of(Kind::url, {"u"}), {503, "", ""}, Outcome::postponed, ""},
      {"fastly", call_of(Kind::url, {"u"}), {200, "", R"({"status":"ok","id":"1-2"})"}, Outcome::accepted, "1-2"},
      {"fastly", call_of(Kind::url, {"u"}), {200, "", "{}"}, Outcome::refused, ""},
      {"fastly", call_of(Kind::tag, {"a/b"}), {200, "", R"({"a/b":"1-2"})"}, Outcome::accepted, "1-2"},
      {"cloudfront",
       call_of(Kind::url, {"u"}),
       {201, "", "<Invalidation><Id>I1</Id><Status>InProgress</Status>"},
       Outcome::pending,
       "I1"},
      {"cloudfront",
       call_of(Kind::url, {"u"}),
       {200, "", "<Id>I1</Id><Status>Completed</Status>"},
       Outcome::completed,
       "I1"},
      {"cloudfront",
       call_of(Kind::url, {"u"}),
       {400, "", "<Code>TooManyInvalidationsInProgress</Code>"},
       Outcome::postponed,
       ""},
      {"cloudfront", call_of(Kind::url, {"u"}), {404, "", "<Code>NoSuchDistribution</Code>"}, Outcome::refused, ""},
      {"akamai", call_of(Kind::url, {"u"}), {201, "", R"({"purgeId":"p"})"}, Outcome::accepted, "p"},
      {"google-cloud-cdn",
       call_of(Kind::url, {"u"}),
       {200, "", R"({"name":"o","status":"RUNNING"})"},
       Outcome::pending,
       "o"},
      {"google-cloud-cdn",
       call_of(Kind::url, {"u"}),
       {200, "", R"({"name":"o","status":"DONE","error":{"errors":[{"message":"no"}]}})"},
       Outcome::refused,
       "o"},
      {"azure-front-door",
       call_of(Kind::url, {"u"}),
       {202, "HTTP/1.1 202 Accepted\r\nLocation: https://management.azure.com/op/1\r\n\r\n", ""},
       Outcome::pending,
       "https://management.azure.com/op/1"},
      {"azure-front-door", call_of(Kind::url, {"u"}), {200, "", ""}, Outcome::completed, ""},
      {"google-media-cdn", call_of(Kind::url, {"u"}), {200, "", R"({"name":"o"})"}, Outcome::accepted, "o"},
      {"google-media-cdn",
       call_of(Kind::url, {"u"}),
       {200, "", R"({"name":"o","error":{"message":"no"}})"},
       Outcome::refused,
       "o"},
      {"gcore",
       call_of(Kind::url, {"u"}),
       {201, "HTTP/1.1 201 Created\r\nDate: Fri, 27 Nov 2026 06:01:00 GMT\r\n\r\n", ""},
       Outcome::pending,
       "2026-11-27T06:00:00Z"},
      {"gcore", call_of(Kind::url, {"u"}), {201, "HTTP/1.1 201 Created\r\n\r\n", ""}, Outcome::accepted, ""},
      {"varnish", call_of(Kind::url, {"u"}), {404, "", ""}, Outcome::accepted, ""},
      {"keycdn", call_of(Kind::url, {"u"}), {200, "", R"({"status":"error"})"}, Outcome::refused, ""},
      {"cdn77", call_of(Kind::url, {"u"}), {200, "", R"({"id":"j","state":"queued"})"}, Outcome::pending, "j"},
      {"squid", call_of(Kind::url, {"u"}), {404, "", ""}, Outcome::accepted, ""},
      {"varnish", call_of(Kind::url, {"u"}), {405, "", ""}, Outcome::refused, ""},
      {"nginx", call_of(Kind::url, {"u"}), {412, "", ""}, Outcome::accepted, ""},
      {"driver", call_of(Kind::url, {"u"}), {200, "", R"({"accepted":["u"],"id":"d"})"}, Outcome::accepted, "d"},
      {"driver", call_of(Kind::url, {"u"}), {200, "", "{}"}, Outcome::refused, ""},
      {"driver", call_of(Kind::url, {"u"}), {driver_failed, "", "boom"}, Outcome::postponed, ""},
      {"driver", call_of(Kind::url, {"u"}), {driver_was_ended, "", "SIGTERM"}, Outcome::unknown, ""},
      {"driver", call_of(Kind::url, {"u"}), {200, "", R"({"retry_after":2})"}, Outcome::postponed, ""},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(fmt::format("{} {} {}", each.provider, each.response.status, each.response.body));
    const Answer answer = find_provider(each.provider)->read(each.call, each.response);
    EXPECT_EQ(name(answer.outcome), name(each.outcome));
    EXPECT_EQ(answer.id, each.id);
  }
}

TEST(Providers, NameTheItemsThatWereLeftOut) {
  const Answer keys = find_provider("fastly")->read(call_of(Kind::tag, {"k1", "k2"}), {200, "", R"({"k1":"1"})"});
  ASSERT_EQ(keys.refused.size(), 1U);
  EXPECT_EQ(keys.refused[0].item, "k2");
  const Answer job = find_provider("cdn77")->read(call_of(Kind::url, {"/a", "/b"}),
                                                  {200, "", R"({"id":"j","state":"done","ignored_paths":["/b"]})"});
  ASSERT_EQ(job.refused.size(), 1U);
  EXPECT_EQ(job.refused[0].item, "/b");
  const Answer driver =
      find_provider("driver")->read(call_of(Kind::url, {"a", "b", "c"}),
                                    {200, "", R"({"accepted":["a"],"rejected":[{"item":"b","reason":"locked"}]})"});
  ASSERT_EQ(driver.refused.size(), 2U);
  EXPECT_EQ(driver.refused[0].reason, "locked");
  EXPECT_EQ(driver.refused[1].item, "c");
}

TEST(CloudFront, AsksForATenantOfADistribution) {
  const PurgeSettings settings = settings_of("cloudfront", {{"distribution_tenant", "dt_1"}});
  const Provider& cloudfront = *find_provider("cloudfront");
  EXPECT_EQ(cloudfront.write(settings, call_of(Kind::everything, {""})).url,
            "https://cloudfront.amazonaws.com/2020-05-31/distribution-tenant/dt_1/invalidation");
  EXPECT_EQ(cloudfront.ask(settings, {}, "I1").url,
            "https://cloudfront.amazonaws.com/2020-05-31/distribution-tenant/dt_1/invalidation/I1");
}

TEST(Gcore, FindsItsPurgeAgainInTheListOfAll) {
  const PurgeSettings settings = settings_of("gcore", {{"resource", "5"}});
  const Call call = call_of(Kind::url, {"https://h/a", "https://h/b?c"});
  const Provider& gcore = *find_provider("gcore");
  EXPECT_EQ(shown(gcore.ask(settings, call, "2026-11-27T06:00:00Z")),
            "GET https://api.gcore.com/cdn/purge_statuses?purge_type=purge_by_url&from_created=2026-11-27T06%3A00%3A00Z"
            "&limit=100");
  const auto purge = [](std::string_view created, std::string_view type, std::string_view payload, int resource,
                        std::string_view status) {
    return fmt::format(
        R"({{"purge_id":1,"created":"{}","purge_type":"{}","payload":{},"resource":{{"id":{}}},"status":"{}"}})",
        created, type, payload, resource, status);
  };
  const std::string_view ours = R"({"urls":["/b?c","/a"]})";
  const struct {
    std::string results;
    Outcome outcome;
  } rows[] = {
      {purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 5, "Successful"), Outcome::completed},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", R"(["/a","/b?c"])", 5, "Successful"), Outcome::completed},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 5, "Failed"), Outcome::refused},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 5, "In progress"), Outcome::pending},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 5, "Status report disabled"), Outcome::accepted},
      {"", Outcome::pending},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 6, "Successful"), Outcome::pending},
      {purge("2026-11-27T06:00:30Z", "purge_by_url", R"({"urls":["/a"]})", 5, "Successful"), Outcome::pending},
      {purge("2026-11-27T06:00:30Z", "purge_by_pattern", ours, 5, "Successful"), Outcome::pending},
      {purge("2026-11-27T06:00:20Z", "purge_by_url", ours, 5, "Successful") + "," +
           purge("2026-11-27T06:00:30Z", "purge_by_url", ours, 5, "In progress"),
       Outcome::pending},
  };
  for (const auto& row : rows) {
    const Answer answer =
        gcore.read_state(settings, call, {200, "", fmt::format(R"({{"count":1,"results":[{}]}})", row.results)});
    EXPECT_EQ(name(answer.outcome), name(row.outcome)) << row.results;
  }
  const Call all = call_of(Kind::everything, {""});
  const std::string done = purge("2026-11-27T06:00:30Z", "purge_all", R"({"paths":[]})", 5, "Successful");
  EXPECT_EQ(gcore.read_state(settings, all, {200, "", R"({"results":[)" + done + "]}"}).outcome, Outcome::completed);
  EXPECT_EQ(gcore.read_state(settings, call, {200, "", "<html>"}).outcome, Outcome::pending);
  EXPECT_EQ(gcore.read_state(settings, call, {403, "", ""}).outcome, Outcome::accepted);
  EXPECT_EQ(gcore.read_state(settings, call, {500, "", ""}).outcome, Outcome::postponed);
}

TEST(Providers, PutAVariantsHeadersBesideItsUrl) {
  Call call = call_of(Kind::url, {"https://h/p"});
  call.items[0].headers = {{"accept-language", "de"}, {"CF-Device-Type", "mobile"}};
  const std::string_view by_http = "PURGE https://h/p | accept-language: de | CF-Device-Type: mobile";
  const struct {
    std::string_view provider;
    std::string_view request;
  } rows[] = {{"cloudflare",
               "POST https://api.cloudflare.com/client/v4/zones/z/purge_cache | Content-Type: application/json | "
               R"({"files":[{"url":"https://h/p","headers":{"accept-language":"de","CF-Device-Type":"mobile"}}]})"},
              {"varnish", by_http},
              {"nginx", by_http},
              {"trafficserver", by_http},
              {"squid", by_http},
              {"squid-htcp", "CLR https://h/p | accept-language: de | CF-Device-Type: mobile"}};
  for (const auto& row : rows) {
    EXPECT_EQ(shown(find_provider(row.provider)->write(settings_of("", {{"zone", "z"}}), call)), row.request)
        << row.provider;
  }
}

// By the vendors' documents: a query is keyed in the order in which it comes (Cloudflare's and bunny.net's Query String
// Sort is off, Akamai's cacheKeyQueryParams preserves the order), but for those that purge paths.
TEST(Providers, SayWhatTheirCachesKeepApart) {
  using Query = CacheKey::Query;
  using Variants = CacheKey::Variants;
  const struct {
    std::string_view provider;
    Query query;
    Variants variants;
    bool has_caveat;
  } rows[] = {{"cloudflare", Query::kept, Variants::apart, false},
              {"fastly", Query::kept, Variants::together, false},
              {"cloudfront", Query::kept, Variants::together, false},
              {"akamai", Query::kept, Variants::together, false},
              {"google-cloud-cdn", Query::left_out, Variants::together, false},
              {"google-media-cdn", Query::left_out, Variants::together, false},
              {"azure-front-door", Query::left_out, Variants::together, false},
              {"bunny", Query::kept, Variants::together, false},
              {"keycdn", Query::kept, Variants::together, true},
              {"gcore", Query::kept, Variants::together, true},
              {"cdn77", Query::kept, Variants::together, false},
              {"varnish", Query::kept, Variants::together, false},
              {"varnish-cli", Query::kept, Variants::together, false},
              {"nginx", Query::kept, Variants::apart, false},
              {"trafficserver", Query::kept, Variants::together, false},
              {"squid", Query::kept, Variants::in_turn, false},
              {"squid-htcp", Query::kept, Variants::apart, true},
              {"souin", Query::kept, Variants::together, false}};
  for (const auto& row : rows) {
    const Provider& provider = *find_provider(row.provider);
    EXPECT_EQ(provider.key.query, row.query) << row.provider;
    EXPECT_EQ(provider.key.variants, row.variants) << row.provider;
    EXPECT_EQ(!provider.key.caveat.empty(), row.has_caveat) << row.provider;
  }
}

TEST(Providers, TakeTheManifestsWordForWhatIsKeptApart) {
  const auto key = [](std::string provider, std::vector<std::pair<std::string, std::string>> options) {
    return cache_key(*find_provider(provider), settings_of(provider, std::move(options)));
  };
  EXPECT_EQ(key("fastly", {{"query_order", "sorted"}}).query, CacheKey::Query::sorted);
  EXPECT_EQ(key("fastly", {{"query_order", "kept"}}).query, CacheKey::Query::kept);
  EXPECT_EQ(key("varnish", {{"variants", "apart"}}).variants, CacheKey::Variants::apart);
  EXPECT_EQ(key("nginx", {{"variants", "in-turn"}}).variants, CacheKey::Variants::in_turn);
  EXPECT_EQ(key("squid", {{"variants", "together"}}).variants, CacheKey::Variants::together);
  // What can be written has a way to be carried out.
  for (const manifest::PurgeProvider& row : manifest::purge_providers()) {
    for (const manifest::PurgeOption& option : row.options) {
      const bool is_in_turn = option.name == "variants" && std::ranges::count(option.allowed, "in-turn") > 0;
      EXPECT_EQ(is_in_turn, option.name == "variants" && find_provider(row.name)->ask != nullptr) << row.name;
    }
  }
}

TEST(Providers, FetchWhatWasPurgedWhereThatUncoversTheNextVariant) {
  const Provider& squid = *find_provider("squid");
  Call call = call_of(Kind::url, {"http://h/p"});
  call.items[0].headers = {{"accept-encoding", "gzip"}};
  call.node = {"edge-1", "192.0.2.1", 6082, 0, 80};
  EXPECT_EQ(squid.read(call, {200, "", ""}).outcome, Outcome::accepted) << "it is the only variant";
  call.is_fetched = true;
  const Answer purged = squid.read(call, {200, "", ""});
  EXPECT_EQ(purged.outcome, Outcome::pending);
  EXPECT_FALSE(purged.id.empty()) << "a call without an id is not asked for";
  EXPECT_EQ(squid.read(call, {404, "", ""}).outcome, Outcome::accepted) << "nothing was covered";
  EXPECT_EQ(squid.read(call, {403, "", ""}).outcome, Outcome::denied);
  const Request visit = squid.ask({}, call, purged.id);
  EXPECT_EQ(shown(visit), "GET http://h/p | accept-encoding: gzip");
  EXPECT_EQ(visit.node.port, 80) << "as a visitor, and not where purges are taken";
  EXPECT_EQ(squid.read_state({}, call, {200, "", ""}).outcome, Outcome::accepted);
  EXPECT_EQ(squid.read_state({}, call, {404, "", ""}).outcome, Outcome::accepted);
  EXPECT_EQ(squid.read_state({}, call, {503, "", ""}).outcome, Outcome::postponed);
}

// RFC 9110 10.2.3. A date is held against the answer's own.
TEST(Providers, WaitAsLongAsRetryAfterSays) {
  const auto waits = [](const std::string& fields) {
    const Response response{429, "HTTP/1.1 429 Too Many Requests\r\n" + fields + "\r\n", "{}"};
    return find_provider("cloudflare")->read(call_of(Kind::url, {"u"}), response).retry_after;
  };
  using std::chrono::seconds;
  EXPECT_EQ(waits("Retry-After: 2\r\n"), seconds(2));
  EXPECT_EQ(waits("Date: Fri, 27 Nov 2026 06:00:00 GMT\r\nRetry-After: Fri, 27 Nov 2026 06:00:03 GMT\r\n"), seconds(3));
  EXPECT_EQ(waits("Date: Fri, 27 Nov 2026 06:00:00 GMT\r\nRetry-After: Fri, 27 Nov 2026 05:00:00 GMT\r\n"), seconds(0));
  EXPECT_EQ(waits("Retry-After: Fri, 27 Nov 2026 06:00:03 GMT\r\n"), std::nullopt);
  EXPECT_EQ(waits(""), std::nullopt);
}

// developers.cloudflare.com/fundamentals/api/reference/limits/: 1200 calls in five minutes, or every call is blocked.
TEST(Providers, KeepCloudflaresLimitOfTheWholeApiWhateverThePlan) {
  for (const char* plan : {"free", "pro", "business", "enterprise"}) {
    for (const Ability& ability : find_provider("cloudflare")->abilities(settings_of("cloudflare", {{"plan", plan}}))) {
      EXPECT_LE(ability.calls.burst + 300 * ability.calls.per_second, 1200) << plan << " " << name(ability.kind);
    }
  }
}

}  // namespace
}  // namespace cachewitness::purge
