// Cloudflare: developers.cloudflare.com/cache/how-to/purge-cache/ and /cache/guides/invalidate-cache/.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

// Token buckets of a plan, per account.
struct Plan {
  std::string_view name;
  Pace calls;  // host, tag, prefix, everything
  double urls_per_second;
  std::size_t urls_per_call;
};
constexpr std::array<Plan, 4> plans{{{"free", {5.0 / 60, 25}, 800, 100},
                                     {"pro", {5, 25}, 1500, 100},
                                     {"business", {10, 50}, 1500, 100},
                                     {"enterprise", {50, 500}, 3000, 500}}};

// Of the whole API: 1200 calls in five minutes, whatever they ask for. A burst, and what is left of them evenly.
constexpr Pace whole_api{3.3, 200};

std::vector<Ability> abilities(const manifest::PurgeSettings& settings) {
  const std::string wanted = option(settings, "plan", "free");
  const Plan* plan = &plans.front();
  for (const Plan& each : plans) {
    plan = each.name == wanted ? &each : plan;
  }
  std::vector<Ability> all;
  for (const Kind kind : {Kind::url, Kind::prefix, Kind::host, Kind::tag, Kind::everything}) {
    Ability ability{.kind = kind, .has_soft = true, .most_items = 100};
    ability.calls = {std::min(plan->calls.per_second, whole_api.per_second),
                     std::min(plan->calls.burst, whole_api.burst)};
    if (kind == Kind::url) {
      ability.most_items = plan->urls_per_call;
      ability.calls = whole_api;
      ability.items = {plan->urls_per_second, plan->urls_per_second};
    }
    all.push_back(ability);
  }
  return all;
}

std::string files_body(const std::vector<Item>& items) {
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.begin_array("files");
  for (const Item& item : items) {
    if (item.headers.empty()) {
      json.value(item.text);
      continue;
    }
    json.begin_object();
    json.member("url", item.text);
    json.begin_object("headers");
    for (const Header& header : item.headers) {
      json.member(header.name, header.value);
    }
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return body;
}

// No scheme, no query.
std::string prefix_form(const Item& item) { return fmt::format("{}{}", place_of(item.text).host, path_of(item.text)); }

std::string body_of(const Call& call) {
  switch (call.kind) {
    case Kind::url:
      return files_body(call.items);
    case Kind::prefix:
      return json_list_body("prefixes", call.items, prefix_form);
    case Kind::host:
      return json_list_body("hosts", call.items, plain);
    case Kind::tag:
      return json_list_body("tags", call.items, plain);
    case Kind::everything:
      break;
  }
  return R"({"purge_everything":true})";
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  const std::string environment = option(settings, "zone_environment");
  return json_request(
      "POST",
      fmt::format("{}/client/v4/zones/{}/{}{}", api_base(settings, "https://api.cloudflare.com"),
                  percent_encoded(option(settings, "zone")),
                  environment.empty() ? "" : fmt::format("environments/{}/", percent_encoded(environment)),
                  call.is_soft ? "invalidate_cache" : "purge_cache"),
      body_of(call));
}

// A 200 that says "success": false took nothing.
Answer read(const Call&, const Response& response) {
  const std::string reason = json_at(response.body, "/errors/0/message");
  if (!is_success(response)) {
    return read_failure(response, reason);
  }
  if (json_at(response.body, "/success") == "true") {
    return accepted(json_at(response.body, "/result/id"));
  }
  Answer answer;
  answer.outcome = Answer::Outcome::refused;
  answer.reason = reason.empty() ? "status 200, and the answer does not say success" : reason;
  return answer;
}

}  // namespace

Provider cloudflare() {
  return {.name = "cloudflare",
          .abilities = abilities,
          .write = write,
          .read = read,
          .credential = {Credential::Scheme::header, "Authorization", "Bearer ", "token"},
          .propagation = std::chrono::seconds(5),
          // A custom key may have any header, CF-Device-Type, CF-IPCountry and Accept-Language in it.
          .key = {.variants = CacheKey::Variants::apart}};
}

}  // namespace cachewitness::purge
