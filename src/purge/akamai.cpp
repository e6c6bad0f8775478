// Akamai Fast Purge v3: techdocs.akamai.com/purge-cache.
#include <utility>

#include <fmt/format.h>

#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

constexpr std::size_t most_body_bytes = 50'000;

std::vector<Ability> abilities(const manifest::PurgeSettings& settings) {
  const Pace calls{50, 100};
  std::vector<Ability> all{{.kind = Kind::url,
                            .has_soft = true,
                            .most_items = 5000,
                            .most_bytes = most_body_bytes,
                            .calls = calls,
                            .items = {200, 10'000}},
                           {.kind = Kind::tag,
                            .has_soft = true,
                            .most_items = 5000,
                            .most_bytes = most_body_bytes,
                            .calls = calls,
                            .items = {500.0 / 60, 5000}}};
  if (!option(settings, "cp_code").empty()) {
    all.push_back({.kind = Kind::everything, .has_soft = true, .calls = calls, .items = {0.5, 300}});
  }
  return all;
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  const bool is_all = call.kind == Kind::everything;
  const std::string_view what = is_all ? "cpcode" : call.kind == Kind::tag ? "tag" : "url";
  const std::string vendors = fmt::format("https://{}", option(settings, "host"));
  std::string url =
      fmt::format("{}/ccu/v3/{}/{}/{}", api_base(settings, vendors), call.is_soft ? "invalidate" : "delete", what,
                  option(settings, "network", "production"));
  if (const std::string account = option(settings, "account_switch_key"); !account.empty()) {
    url += "?accountSwitchKey=" + percent_encoded(account);
  }
  return json_request("POST", std::move(url),
                      is_all ? fmt::format(R"({{"objects":[{}]}})", option(settings, "cp_code"))
                             : json_list_body("objects", call.items, plain));
}

Answer read(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/purgeId", "/title");
  if (is_success(response) && answer.id.empty()) {
    return not_the_providers(response);
  }
  if (response.status == 507) {
    answer.outcome = Answer::Outcome::postponed;
  }
  if (response.status == 429 && !answer.retry_after) {
    answer.retry_after = std::chrono::seconds(5);
  }
  return answer;
}

}  // namespace

Provider akamai() {
  return {.name = "akamai",
          .abilities = abilities,
          .write = write,
          .read = read,
          .credential = {.scheme = Credential::Scheme::edgegrid},
          .propagation = std::chrono::seconds(5)};
}

}  // namespace cachewitness::purge
