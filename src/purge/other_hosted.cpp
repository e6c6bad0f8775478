// Providers whose API is a call or two. Sources: docs.bunny.net, keycdn.com/api,
// client.cdn77.com/support/api-reference/v3, vercel.com/docs/rest-api, netlify/open-api.
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

using Scheme = Credential::Scheme;
using Settings = manifest::PurgeSettings;

// bunny.net

std::vector<Ability> bunny_abilities(const Settings& settings) {
  std::vector<Ability> all{{.kind = Kind::url, .calls = {5, 120}}, {.kind = Kind::prefix, .calls = {0.5, 20}}};
  if (!option(settings, "pull_zone").empty()) {
    all.push_back({.kind = Kind::tag, .calls = {0.5, 20}});
    all.push_back({.kind = Kind::everything, .calls = {0.5, 20}});
  }
  return all;
}

Request write_bunny(const Settings& settings, const Call& call) {
  const std::string base = api_base(settings, "https://api.bunny.net");
  const std::string& item = call.items.front().text;
  if (call.kind == Kind::url || call.kind == Kind::prefix) {
    // A trailing slash means a prefix, unless exactPath says otherwise.
    return json_request("POST",
                        fmt::format("{}/purge?url={}{}&async=false{}", base, percent_encoded(item),
                                    call.kind == Kind::prefix ? "%2A" : "",
                                    call.kind == Kind::url && item.ends_with('/') ? "&exactPath=true" : ""),
                        {});
  }
  return json_request("POST",
                      fmt::format("{}/pullzone/{}/purgeCache", base, percent_encoded(option(settings, "pull_zone"))),
                      call.kind == Kind::tag ? json_text_body("CacheTag", item) : "");
}

Answer read_bunny(const Call&, const Response& response) { return read_plain(response, "/none", "/Message"); }

// KeyCDN

constexpr std::size_t keycdn_bytes = std::size_t{64} << 10;

std::vector<Ability> keycdn_abilities(const Settings&) {
  const Pace calls{1.0 / 3, 10};  // 20 a minute is what users report
  return {{.kind = Kind::url, .most_items = 500, .most_bytes = keycdn_bytes, .calls = calls},
          {.kind = Kind::tag, .most_items = 500, .most_bytes = keycdn_bytes, .calls = calls},
          {.kind = Kind::everything, .calls = calls}};
}

Request write_keycdn(const Settings& settings, const Call& call) {
  const std::string base = api_base(settings, "https://api.keycdn.com");
  const std::string zone = percent_encoded(option(settings, "zone"));
  if (call.kind == Kind::everything) {
    return json_request("GET", fmt::format("{}/zones/purge/{}.json", base, zone), {});
  }
  const bool is_url = call.kind == Kind::url;
  return json_request(
      "DELETE", fmt::format("{}/zones/{}/{}.json", base, is_url ? "purgeurl" : "purgetag", zone),
      is_url ? json_list_body("urls", call.items, host_and_target_form) : json_list_body("tags", call.items, plain));
}

Answer read_keycdn(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/none", "/description");
  if (answer.outcome == Answer::Outcome::accepted && json_at(response.body, "/status") != "success") {
    answer.outcome = Answer::Outcome::refused;
    answer.reason = "status 200, and the answer does not say success: " + json_at(response.body, "/description");
  }
  return answer;
}

// CDN77

std::vector<Ability> cdn77_abilities(const Settings&) {
  const Pace calls{1, 5};
  return {{.kind = Kind::url, .most_items = 2000, .calls = calls},
          {.kind = Kind::prefix, .most_items = 2000, .calls = calls},
          {.kind = Kind::everything, .calls = calls}};
}

std::string cdn77_jobs(const Settings& settings) {
  return fmt::format("{}/v3/cdn/{}/job", api_base(settings, "https://api.cdn77.com"),
                     percent_encoded(option(settings, "cdn")));
}

Request write_cdn77(const Settings& settings, const Call& call) {
  if (call.kind == Kind::everything) {
    return json_request("POST", cdn77_jobs(settings) + "/purge-all", {});
  }
  return json_request("POST", cdn77_jobs(settings) + "/purge",
                      json_list_body("paths", call.items, call.kind == Kind::url ? target_form : wildcard_form));
}

Answer read_cdn77(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/id", "/message");
  if (is_success(response) && answer.id.empty()) {
    return not_the_providers(response);
  }
  if (answer.outcome == Answer::Outcome::accepted) {
    const bool is_done = json_at(response.body, "/state") == "done";
    answer.outcome = is_done ? Answer::Outcome::completed : Answer::Outcome::pending;
    for (std::string& path : json_strings(response.body, "/ignored_paths")) {
      answer.refused.push_back({std::move(path), "ignored by the provider"});
    }
  }
  return answer;
}

Request ask_cdn77(const Settings& settings, const Call&, const std::string& id) {
  return {"GET", fmt::format("{}/{}", cdn77_jobs(settings), percent_encoded(id)), {}, {}, {}};
}

// Vercel

// URLs are keys that nobody can name there. What can be named is a source image, whose transformed ones all go.
std::vector<Ability> vercel_abilities(const Settings& settings) {
  std::vector<Ability> all{{.kind = Kind::tag, .has_soft = true, .most_items = 16, .calls = {1, 10}}};
  if (option(settings, "source_images") == "true") {
    all.push_back({.kind = Kind::url, .has_soft = true, .most_items = 8, .calls = {1, 10}});
  }
  return all;
}

Request write_vercel(const Settings& settings, const Call& call) {
  const bool is_by_tag = call.kind == Kind::tag;
  std::string url =
      fmt::format("{}/v1/edge-cache/{}-by-{}?projectIdOrName={}", api_base(settings, "https://api.vercel.com"),
                  call.is_soft ? "invalidate" : "dangerously-delete", is_by_tag ? "tags" : "src-images",
                  percent_encoded(option(settings, "vercel_project")));
  if (const std::string team = option(settings, "team"); !team.empty()) {
    url += "&teamId=" + percent_encoded(team);
  }
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.strings(is_by_tag ? "tags" : "srcImages", forms_of(call.items, is_by_tag ? plain : target_form));
  if (is_by_tag) {
    json.member("target", option(settings, "target", "production"));
  }
  json.end_object();
  return json_request("POST", std::move(url), body);
}

Answer read_vercel(const Call&, const Response& response) { return read_plain(response, "/none", "/error/message"); }

// Netlify

std::vector<Ability> netlify_abilities(const Settings&) {
  const Pace calls{0.4, 2};  // each tag or site twice in five seconds
  return {{.kind = Kind::host, .calls = calls},
          {.kind = Kind::tag, .most_items = 100, .calls = calls},
          {.kind = Kind::everything, .calls = calls}};
}

// A domain stands in place of the site, and names what is served there. No list of tags means all of it.
Request write_netlify(const Settings& settings, const Call& call) {
  const std::string url = api_base(settings, "https://api.netlify.com") + "/api/v1/purge";
  if (call.kind == Kind::host) {
    return json_request("POST", url, json_text_body("domain", call.items.front().text));
  }
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("site_id", option(settings, "site"));
  if (call.kind == Kind::tag) {
    json.strings("cache_tags", forms_of(call.items, plain));
  }
  json.end_object();
  return json_request("POST", url, body);
}

Answer read_netlify(const Call&, const Response& response) { return read_plain(response, "/none", "/message"); }

}  // namespace

Provider bunny() {
  return {.name = "bunny",
          .abilities = bunny_abilities,
          .write = write_bunny,
          .read = read_bunny,
          .credential = {Scheme::header, "AccessKey", "", "access_key"}};
}

Provider keycdn() {
  return {
      .name = "keycdn",
      .abilities = keycdn_abilities,
      .write = write_keycdn,
      .read = read_keycdn,
      .credential = {Scheme::basic_user, "Authorization", "Basic ", "api_key"},
      .key = {.caveat = "where the zone's cache key has a cookie, a device, a country or WebP in it, a purge by URL "
                        "leaves those versions; --tag and --everything remove them"}};
}

Provider cdn77() {
  return {.name = "cdn77",
          .abilities = cdn77_abilities,
          .write = write_cdn77,
          .read = read_cdn77,
          .ask = ask_cdn77,
          .credential = {Scheme::header, "Authorization", "Bearer ", "token"},
          .is_by_path = true};
}

Provider vercel() {
  return {.name = "vercel",
          .abilities = vercel_abilities,
          .write = write_vercel,
          .read = read_vercel,
          .credential = {Scheme::header, "Authorization", "Bearer ", "token"},
          .propagation = std::chrono::seconds(5),
          .is_by_path = true};
}

Provider netlify() {
  return {.name = "netlify",
          .abilities = netlify_abilities,
          .write = write_netlify,
          .read = read_netlify,
          .credential = {Scheme::header, "Authorization", "Bearer ", "token"}};
}

}  // namespace cachewitness::purge
