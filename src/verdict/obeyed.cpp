#include "verdict/obeyed.h"

namespace cachewitness::verdict {

namespace {

http::ResponseHead head_of(const Sighting& answer) {
  http::ResponseHead head;
  head.status = answer.status;
  std::string_view lines = answer.targeted.view();
  while (!lines.empty()) {
    const std::size_t colon = lines.find(": ");
    const std::size_t end = lines.find("\r\n");
    head.fields.push_back({lines.substr(0, colon), lines.substr(colon + 2, end - colon - 2)});
    lines.remove_prefix(end + 2);
  }
  if (!answer.cache_control.is_none()) {
    head.fields.push_back({"cache-control", answer.cache_control.view()});
  }
  return head;
}

}  // namespace

http::ObeyedPolicy obeyed_policy(const CellView& view, const Sighting& answer) {
  return http::obeyed_policy(head_of(answer), view.notebook->provider_of(view.cell.edge));
}

http::ObeyedPolicy policy_of_object(const CellView& view, const Sighting& seen) {
  if (const Sighting* example = view.truth().example(); example != nullptr && !example->targeted.is_none()) {
    const http::ObeyedPolicy obeyed = obeyed_policy(view, *example);
    if (obeyed.field != "cache-control") {
      return obeyed;
    }
  }
  return obeyed_policy(view, seen);
}

std::optional<std::int64_t> explicit_lifetime(const http::CachePolicy& policy) {
  using Source = http::FreshnessLifetime::Source;
  http::FreshnessInput input;
  input.policy = policy;
  const http::FreshnessLifetime lifetime = http::freshness_lifetime(input, http::CacheKind::shared);
  const bool is_explicit = lifetime.source == Source::s_maxage || lifetime.source == Source::max_age;
  return is_explicit ? std::optional(lifetime.seconds) : std::nullopt;
}

}  // namespace cachewitness::verdict
