// Google's two CDNs, which take the same body: Cloud CDN (cloud.google.com/compute/docs/reference/rest/v1/urlMaps/
// invalidateCache) and Media CDN (cloud.google.com/media-cdn/docs/cache-invalidation).
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

constexpr Credential bearer_token{
    .scheme = Credential::Scheme::header,
    .header = "Authorization",
    .prefix = "Bearer ",
    .secret = "token",
    .grant = {Grant::Type::service_account, "service_account", "https://www.googleapis.com/auth/cloud-platform"}};

// A path pattern is held against the path alone: every query of it goes, and every variant.
constexpr CacheKey path_alone{.query = CacheKey::Query::left_out};

std::vector<Ability> abilities(const manifest::PurgeSettings&) {
  const Pace calls{500.0 / 60, 10};
  return {{.kind = Kind::url, .calls = calls},
          {.kind = Kind::prefix, .calls = calls},
          {.kind = Kind::host, .calls = calls},
          {.kind = Kind::tag, .most_items = 10, .calls = calls},
          {.kind = Kind::everything, .calls = calls}};
}

std::string body_of(const Call& call) {
  const std::string& item = call.items.front().text;
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  if (call.kind == Kind::url || call.kind == Kind::prefix) {
    const std::string_view host = place_of(item).host;
    // A "?" is refused.
    json.member("path", (call.kind == Kind::url ? path_form : folder_form)(call.items.front()));
    json.member("host", host.substr(0, host.find(':')));
  } else if (call.kind == Kind::tag) {
    json.strings("cacheTags", forms_of(call.items, plain));
  } else {
    json.member("path", std::string_view("/*"));
    if (call.kind == Kind::host) {
      json.member("host", item);
    }
  }
  json.end_object();
  return body;
}

std::string project(const manifest::PurgeSettings& settings) {
  return fmt::format("{}/compute/v1/projects/{}/global", api_base(settings, "https://compute.googleapis.com"),
                     percent_encoded(option(settings, "gcp_project")));
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  return json_request("POST",
                      fmt::format("{}/urlMaps/{}/invalidateCache?requestId={}", project(settings),
                                  percent_encoded(option(settings, "url_map")), percent_encoded(call.key)),
                      body_of(call));
}

Answer read(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/name", "/error/message");
  if (answer.outcome != Answer::Outcome::accepted) {
    return answer;
  }
  if (answer.id.empty()) {
    return not_the_providers(response);
  }
  const std::string fault = json_at(response.body, "/error/errors/0/message");
  if (!fault.empty()) {
    answer.outcome = Answer::Outcome::refused;
    answer.reason = fault;
  } else {
    const bool is_done = json_at(response.body, "/status") == "DONE";
    answer.outcome = is_done ? Answer::Outcome::completed : Answer::Outcome::pending;
  }
  return answer;
}

Request ask(const manifest::PurgeSettings& settings, const Call&, const std::string& id) {
  return {"GET", fmt::format("{}/operations/{}", project(settings), percent_encoded(id)), {}, {}, {}};
}

std::vector<Ability> media_abilities(const manifest::PurgeSettings& settings) {
  std::vector<Ability> all = abilities(settings);
  for (Ability& ability : all) {
    ability.calls = {1, 10};  // no rate is published
  }
  return all;
}

Request write_media(const manifest::PurgeSettings& settings, const Call& call) {
  return json_request("POST",
                      fmt::format("{}/v1/projects/{}/locations/{}/edgeCacheServices/{}:invalidateCache",
                                  api_base(settings, "https://networkservices.googleapis.com"),
                                  percent_encoded(option(settings, "gcp_project")),
                                  percent_encoded(option(settings, "location", "global")),
                                  percent_encoded(option(settings, "service"))),
                      body_of(call));
}

// The answer is an operation, or an empty object.
Answer read_media(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/name", "/error/message");
  if (is_success(response) && !base::trim(response.body).starts_with('{')) {
    return not_the_providers(response);
  }
  if (const std::string fault = json_at(response.body, "/error/message");
      answer.outcome == Answer::Outcome::accepted && !fault.empty()) {
    answer.outcome = Answer::Outcome::refused;
    answer.reason = fault;
  }
  return answer;
}

}  // namespace

Provider google_media_cdn() {
  return {.name = "google-media-cdn",
          .abilities = media_abilities,
          .write = write_media,
          .read = read_media,
          .credential = bearer_token,
          .propagation = std::chrono::seconds(60),
          .key = path_alone};
}

Provider google_cloud_cdn() {
  return {.name = "google-cloud-cdn",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .credential = bearer_token,
          .propagation = std::chrono::seconds(10),
          .key = path_alone};
}

}  // namespace cachewitness::purge
