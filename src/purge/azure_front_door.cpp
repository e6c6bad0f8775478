// Azure Front Door: learn.microsoft.com/rest/api/frontdoor, AFD Endpoints - Purge Content.
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

constexpr std::size_t most_urls = 100;

std::vector<Ability> abilities(const manifest::PurgeSettings&) {
  const Pace calls{1, 5};
  return {{.kind = Kind::url, .most_items = most_urls, .calls = calls, .is_by_host = true},
          {.kind = Kind::prefix, .most_items = most_urls, .calls = calls, .is_by_host = true},
          {.kind = Kind::host, .most_items = most_urls, .calls = calls},
          {.kind = Kind::everything, .calls = calls}};
}

std::string body_of(const Call& call) {
  std::vector<std::string> paths;
  std::vector<std::string> domains;
  if (call.kind == Kind::url || call.kind == Kind::prefix) {
    paths = forms_of(call.items, call.kind == Kind::url ? path_form : folder_form);
    domains.emplace_back(place_of(call.items.front().text).host);
  } else {
    paths.emplace_back("/*");
    for (const Item& item : call.items) {
      domains.push_back(item.text);
    }
  }
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.strings("contentPaths", paths);
  if (call.kind != Kind::everything) {
    json.strings("domains", domains);
  }
  json.end_object();
  return body;
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  const auto part = [&settings](std::string_view name) { return percent_encoded(option(settings, name)); };
  return json_request(
      "POST",
      fmt::format("{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Cdn/profiles/{}/afdEndpoints/{}/purge"
                  "?api-version=2023-05-01",
                  api_base(settings, "https://management.azure.com"), part("subscription"), part("resource_group"),
                  part("profile"), part("endpoint")),
      body_of(call));
}

Answer read(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/none", "/error/message");
  if (response.status == 202) {
    answer.outcome = Answer::Outcome::pending;
    answer.id = field_of(response, "location");
    answer.retry_after = retry_after_of(response);
  } else if (response.status == 200 || response.status == 204) {
    answer.outcome = Answer::Outcome::completed;
  }
  return answer;
}

// Location is an address of the API's own. Elsewhere the token must not go: the host is taken from the settings.
Request ask(const manifest::PurgeSettings& settings, const Call&, const std::string& id) {
  return {
      "GET", fmt::format("{}{}", api_base(settings, "https://management.azure.com"), place_of(id).target), {}, {}, {}};
}

}  // namespace

Provider azure_front_door() {
  return {.name = "azure-front-door",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .ask_every = std::chrono::seconds(10),
          .credential = {.scheme = Credential::Scheme::header,
                         .header = "Authorization",
                         .prefix = "Bearer ",
                         .secret = "token",
                         .grant = {Grant::Type::client_credentials, "client_secret",
                                   "https://management.azure.com/.default"}},
          .propagation = std::chrono::minutes(10),
          .key = {.query = CacheKey::Query::left_out}};
}

}  // namespace cachewitness::purge
