#include "parity/waivers.h"

#include <algorithm>

#include "base/text.h"

namespace cachewitness::parity {

Waivers::Waivers(const manifest::ParityRules& rules, const evidence::Roster& roster, base::Instant now)
    : rules_(rules), now_(now) {
  for (const std::string& glob : rules.ignore) {
    ignore_.push_back(base::lower_case(glob));
  }
  for (const manifest::ParityWaiver& waiver : rules.allow) {
    what_.push_back(base::lower_case(waiver.what));
    std::vector<bool>& reach = is_in_reach_.emplace_back();
    for (const evidence::EdgeEntry& edge : roster.edges) {
      reach.push_back(base::matches_glob(waiver.environments, edge.environment) &&
                      base::matches_glob(waiver.regions, edge.region) && base::matches_glob(waiver.edges, edge.name));
    }
  }
}

bool Waivers::covers_all(std::size_t waiver, std::span<const evidence::EdgeId> edges) const {
  return !edges.empty() &&
         std::ranges::all_of(edges, [&](evidence::EdgeId edge) { return is_in_reach_[waiver][edge.index()]; });
}

std::optional<std::uint32_t> Waivers::covering(const Difference& difference) const {
  for (std::size_t i = 0; i < ignore_.size(); ++i) {
    if (base::matches_glob(ignore_[i], difference.what)) {
      return static_cast<std::uint32_t>(i);
    }
  }
  for (std::size_t i = 0; i < rules_.allow.size(); ++i) {
    const manifest::ParityWaiver& waiver = rules_.allow[i];
    const bool is_over = waiver.until && *waiver.until <= now_;
    if (!is_over && base::matches_glob(what_[i], difference.what) &&
        base::matches_glob(waiver.tenants, difference.tenant) && base::matches_glob(waiver.assets, difference.asset) &&
        (covers_all(i, difference.one) || covers_all(i, difference.other))) {
      return static_cast<std::uint32_t>(ignore_.size() + i);
    }
  }
  return std::nullopt;
}

std::string Waivers::name(std::uint32_t rule) const {
  if (rule < ignore_.size()) {
    return "ignore " + rules_.ignore[rule];
  }
  const manifest::ParityWaiver& waiver = rules_.allow[rule - ignore_.size()];
  return "allow " + waiver.what + (waiver.until ? " until " + base::rfc3339(*waiver.until, 0) : "");
}

}  // namespace cachewitness::parity
