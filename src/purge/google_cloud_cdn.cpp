// Google Cloud CDN: cloud.google.com/compute/docs/reference/rest/v1/urlMaps/invalidateCache.
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
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

Answer read_state(const Response& response) {
  Answer answer = read_plain(response, "/name", "/error/message");
  if (answer.outcome != Answer::Outcome::accepted) {
    return answer;
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

Answer read(const Call&, const Response& response) { return read_state(response); }

Request ask(const manifest::PurgeSettings& settings, const std::string& id) {
  return {"GET", fmt::format("{}/operations/{}", project(settings), percent_encoded(id)), {}, {}, {}};
}

}  // namespace

Provider google_cloud_cdn() {
  return {.name = "google-cloud-cdn",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .read_state = read_state,
          .credential = {Credential::Scheme::header, "Authorization", "Bearer ", "token"},
          .propagation = std::chrono::seconds(10)};
}

}  // namespace cachewitness::purge
