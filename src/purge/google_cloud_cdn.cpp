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
    const Place place = place_of(item);
    json.member("path", call.kind == Kind::url
                            ? std::string(place.target)
                            : fmt::format("{}{}*", path_of(item), path_of(item).ends_with('/') ? "" : "/"));
    json.member("host", place.host.substr(0, place.host.find(':')));
  } else if (call.kind == Kind::tag) {
    std::vector<std::string> tags;
    for (const Item& each : call.items) {
      tags.push_back(each.text);
    }
    json.strings("cacheTags", tags);
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
          .credential = {Credential::Scheme::header, "Authorization", "Bearer ", "token"},
          .propagation = std::chrono::seconds(60)};
}

Provider google_cloud_cdn() {
  return {.name = "google-cloud-cdn",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .read_state = [](const manifest::PurgeSettings&, const Call& call,
                           const Response& response) { return read(call, response); },
          .credential = {Credential::Scheme::header, "Authorization", "Bearer ", "token"},
          .propagation = std::chrono::seconds(10)};
}

}  // namespace cachewitness::purge
