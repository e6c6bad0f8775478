// Golden requests of each provider and kind, held against the vendors' references, and what their answers mean.
#include "purge/provider.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "manifest/purge_providers.h"

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
  kept.reserve(64);
  const auto with_json = [&](std::string_view line, std::string_view body) {
    return std::string_view(kept.emplace_back(fmt::format("{}{}{}", line, json, body)));
  };
  const std::string_view cf = "POST https://api.cloudflare.com/client/v4/zones/z1/purge_cache";
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
  const std::string_view az =
      "POST https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Cdn/profiles/p/"
      "afdEndpoints/e/purge?api-version=2023-05-01";
  return {
      {cloudflare, call_of(Kind::url, {url}), with_json(cf, R"({"files":["https://www.example.com/a.js?v=2"]})")},
      {cloudflare, call_of(Kind::prefix, {dir}), with_json(cf, R"({"prefixes":["www.example.com/img/"]})")},
      {cloudflare, call_of(Kind::host, {"a.example.com"}), with_json(cf, R"({"hosts":["a.example.com"]})")},
      {cloudflare, call_of(Kind::tag, {"a", "b"}, true),
       with_json("POST https://api.cloudflare.com/client/v4/zones/z1/invalidate_cache", R"({"tags":["a","b"]})")},
      {cloudflare, call_of(Kind::everything, {""}), with_json(cf, R"({"purge_everything":true})")},
      {fastly, call_of(Kind::url, {url}, true),
       "POST https://api.fastly.com/purge/www.example.com/a.js?v=2 | Accept: application/json | Fastly-Soft-Purge: 1"},
      {fastly, call_of(Kind::tag, {"k1", "k2"}),
       "POST https://api.fastly.com/service/s1/purge | Content-Type: application/json | Accept: application/json | "
       R"({"surrogate_keys":["k1","k2"]})"},
      {fastly, call_of(Kind::everything, {""}),
       "POST https://api.fastly.com/service/s1/purge_all | Accept: application/json"},
      {cloudfront, call_of(Kind::url, {url}), with_path("/a.js?v=2")},
      {cloudfront, call_of(Kind::prefix, {dir}), with_path("/img/*")},
      {cloudfront, call_of(Kind::tag, {"product:42"}), with_path("#product:42")},
      {cloudfront, call_of(Kind::everything, {""}), with_path("/*")},
      {akamai, call_of(Kind::url, {url}, true),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/invalidate/url/production",
                 R"({"objects":["https://www.example.com/a.js?v=2"]})")},
      {akamai, call_of(Kind::tag, {"t1"}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/tag/production", R"({"objects":["t1"]})")},
      {akamai, call_of(Kind::everything, {""}),
       with_json("POST https://akab-x.luna.akamaiapis.net/ccu/v3/delete/cpcode/production", R"({"objects":[12345]})")},
      {google, call_of(Kind::url, {url}), with_json(gc, R"({"path":"/a.js?v=2","host":"www.example.com"})")},
      {google, call_of(Kind::prefix, {dir}), with_json(gc, R"({"path":"/img/*","host":"www.example.com"})")},
      {google, call_of(Kind::host, {"a.example.com"}), with_json(gc, R"({"path":"/*","host":"a.example.com"})")},
      {google, call_of(Kind::tag, {"a"}), with_json(gc, R"({"cacheTags":["a"]})")},
      {google, call_of(Kind::everything, {""}), with_json(gc, R"({"path":"/*"})")},
      {azure, call_of(Kind::url, {url}), with_json(az, R"({"contentPaths":["/a.js"],"domains":["www.example.com"]})")},
      {azure, call_of(Kind::prefix, {dir}),
       with_json(az, R"({"contentPaths":["/img/*"],"domains":["www.example.com"]})")},
      {azure, call_of(Kind::everything, {""}), with_json(az, R"({"contentPaths":["/*"]})")},
      {bunny, call_of(Kind::url, {url}),
       "POST https://api.bunny.net/purge?url=https%3A%2F%2Fwww.example.com%2Fa.js%3Fv%3D2&async=false"},
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
      {gcore, call_of(Kind::prefix, {dir}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"paths":["/img/*"]})")},
      {gcore, call_of(Kind::everything, {""}),
       with_json("POST https://api.gcore.com/cdn/resources/5/purge", R"({"paths":[]})")},
      {cdn77, call_of(Kind::url, {url}),
       with_json("POST https://api.cdn77.com/v3/cdn/4/job/purge", R"({"paths":["/a.js?v=2"]})")},
      {cdn77, call_of(Kind::everything, {""}), "POST https://api.cdn77.com/v3/cdn/4/job/purge-all"},
      {vercel, call_of(Kind::tag, {"a"}, true),
       with_json("POST https://api.vercel.com/v1/edge-cache/invalidate-by-tags?projectIdOrName=shop&teamId=t",
                 R"({"tags":["a"],"target":"production"})")},
      {vercel, call_of(Kind::tag, {"a"}),
       with_json("POST https://api.vercel.com/v1/edge-cache/dangerously-delete-by-tags?projectIdOrName=shop&teamId=t",
                 R"({"tags":["a"],"target":"production"})")},
      {netlify, call_of(Kind::tag, {"a"}),
       with_json("POST https://api.netlify.com/api/v1/purge", R"({"site_id":"n1","cache_tags":["a"]})")},
      {netlify, call_of(Kind::everything, {""}),
       with_json("POST https://api.netlify.com/api/v1/purge", R"({"site_id":"n1"})")},
      {settings_of("varnish", {}), call_of(Kind::url, {url}), "PURGE https://www.example.com/a.js?v=2"},
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
      {"keycdn", call_of(Kind::url, {"u"}), {200, "", R"({"status":"error"})"}, Outcome::refused, ""},
      {"cdn77", call_of(Kind::url, {"u"}), {200, "", R"({"id":"j","state":"queued"})"}, Outcome::pending, "j"},
      {"squid", call_of(Kind::url, {"u"}), {404, "", ""}, Outcome::accepted, ""},
      {"varnish", call_of(Kind::url, {"u"}), {405, "", ""}, Outcome::refused, ""},
      {"nginx", call_of(Kind::url, {"u"}), {412, "", ""}, Outcome::accepted, ""},
      {"driver", call_of(Kind::url, {"u"}), {200, "", R"({"accepted":["u"],"id":"d"})"}, Outcome::accepted, "d"},
      {"driver", call_of(Kind::url, {"u"}), {200, "", "{}"}, Outcome::refused, ""},
      {"driver", call_of(Kind::url, {"u"}), {500, "", "boom"}, Outcome::refused, ""},
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

TEST(Providers, PutAVariantsHeadersBesideItsUrl) {
  Call call = call_of(Kind::url, {"https://h/p"});
  call.items[0].headers = {{"accept-language", "de"}};
  const Request request = find_provider("cloudflare")->write(settings_of("cloudflare", {{"zone", "z"}}), call);
  EXPECT_EQ(request.body, R"({"files":[{"url":"https://h/p","headers":{"accept-language":"de"}}]})");
}

}  // namespace
}  // namespace cachewitness::purge
