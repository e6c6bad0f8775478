#include "purge/provider.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/purge_providers.h"
#include "purge/hosted.h"
#include "purge/parts.h"
#include "purge/self_hosted.h"

namespace cachewitness::purge {

namespace {

std::vector<Provider> all_providers() {
  std::vector<Provider> all = hosted_providers();
  for (Provider& provider : self_hosted_providers()) {
    all.push_back(std::move(provider));
  }
  return all;
}

std::string names_of(const std::vector<Ability>& abilities) {
  std::string out;
  for (const Ability& ability : abilities) {
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", name(ability.kind),
                       !ability.has_soft  ? ""
                       : ability.has_hard ? " (hard or soft)"
                                          : " (soft)");
  }
  return out;
}

}  // namespace

std::span<const Provider> providers() {
  static const std::vector<Provider> all = all_providers();
  return all;
}

const Provider* find_provider(std::string_view name) {
  const auto all = providers();
  const auto found = std::ranges::find(all, name, &Provider::name);
  return found == all.end() ? nullptr : &*found;
}

CacheKey cache_key(const Provider& provider, const manifest::PurgeSettings& settings) {
  CacheKey key = provider.key;
  if (manifest::purge_option(settings, "query_order") == "sorted") {
    key.query = CacheKey::Query::sorted;
  }
  const std::string_view variants = manifest::purge_option(settings, "variants");
  const auto found = std::ranges::find(manifest::purge_variants, variants);
  if (found != manifest::purge_variants.end()) {
    key.variants = static_cast<CacheKey::Variants>(found - manifest::purge_variants.begin());
  }
  return key;
}

base::Result<Ability> ability_for(const Provider& provider, const manifest::PurgeSettings& settings, Kind kind,
                                  bool is_soft) {
  const std::vector<Ability> abilities = provider.abilities(settings);
  const auto found = std::ranges::find(abilities, kind, &Ability::kind);
  if (found != abilities.end() && (is_soft ? found->has_soft : found->has_hard)) {
    Ability ability = *found;
    ability.key = cache_key(provider, settings);
    if (const double rate = number(settings, "rate"); rate > 0) {
      // A tenth of a second's worth makes up for the moments that this machine did not get to send.
      const double saved = std::max(1.0, rate / 10);
      ability.calls = {rate, ability.calls.per_second > 0 ? std::min(ability.calls.burst, saved) : saved};
    }
    if (const double batch = number(settings, "batch"); batch >= 1) {
      ability.most_items = std::min(ability.most_items, static_cast<std::size_t>(batch));
    }
    return ability;
  }
  return base::fail(errors::cannot_purge,
                    fmt::format("{} with these settings has no {}purge by {}; it has: {}. Nothing was sent",
                                provider.name, is_soft ? "soft " : "", name(kind), names_of(abilities)));
}

Answer read_failure(const Response& response, std::string reason) {
  Answer answer;
  if (response.status == 401 || response.status == 403) {
    answer.outcome = Answer::Outcome::denied;
  } else if (response.status == 429 || response.status >= 500) {
    answer.outcome = Answer::Outcome::postponed;
    answer.retry_after = retry_after_of(response);
  } else {
    answer.outcome = Answer::Outcome::refused;
  }
  answer.reason = fmt::format("status {}{}{}", response.status, reason.empty() ? "" : ": ", base::printable(reason));
  return answer;
}

}  // namespace cachewitness::purge
