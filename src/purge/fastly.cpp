// Fastly: www.fastly.com/documentation/reference/api/purging.
#include <utility>

#include <fmt/format.h>

#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

std::vector<Ability> abilities(const manifest::PurgeSettings& settings) {
  std::vector<Ability> all{{.kind = Kind::url, .has_soft = true, .calls = {27, 100}}};  // 100 000 an hour
  if (!option(settings, "service").empty()) {
    all.push_back({.kind = Kind::tag, .has_soft = true, .most_items = 256, .calls = {27, 100}});
    all.push_back({.kind = Kind::everything, .calls = {0.25, 10}});  // 1000 writes an hour
  }
  return all;
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  const std::string base = api_base(settings, "https://api.fastly.com");
  const std::string service = percent_encoded(option(settings, "service"));
  Request request;
  if (call.kind == Kind::url) {
    const Place place = place_of(call.items.front().text);
    request = json_request("POST", fmt::format("{}/purge/{}{}", base, place.host, place.target), {});
    request.headers = call.items.front().headers;
  } else if (call.kind == Kind::tag) {
    request = json_request("POST", fmt::format("{}/service/{}/purge", base, service),
                           json_list_body("surrogate_keys", call.items, plain));
  } else {
    request = json_request("POST", fmt::format("{}/service/{}/purge_all", base, service), {});
  }
  request.headers.push_back({"Accept", "application/json"});
  if (call.is_soft) {
    request.headers.push_back({"Fastly-Soft-Purge", "1"});
  }
  return request;
}

// {"k1":"<id>"}: a key without an id was not taken. A key may hold what a pointer escapes (RFC 6901 section 3).
std::string id_of_key(const std::string& body, const std::string& key) {
  std::string pointer = "/";
  for (const char c : key) {
    pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return json_at(body, pointer);
}

Answer read(const Call& call, const Response& response) {
  if (!is_success(response)) {
    return read_failure(response, json_at(response.body, "/msg"));
  }
  Answer answer = accepted(json_at(response.body, "/id"));
  if (call.kind != Kind::tag) {
    if (json_at(response.body, "/status") != "ok") {
      answer.outcome = Answer::Outcome::refused;
      answer.reason = "status 200, and the answer does not say ok";
    }
    return answer;
  }
  for (const Item& item : call.items) {
    const std::string id = id_of_key(response.body, item.text);
    answer.id = answer.id.empty() ? id : answer.id;
    if (id.empty()) {
      answer.refused.push_back({item.text, "the answer has no id for this key"});
    }
  }
  return answer;
}

}  // namespace

Provider fastly() {
  return {.name = "fastly",
          .abilities = abilities,
          .write = write,
          .read = read,
          .credential = {Credential::Scheme::header, "Fastly-Key", "", "token"},
          .propagation = std::chrono::seconds(5)};
}

}  // namespace cachewitness::purge
