#include "verdict/purge_failures.h"

#include <algorithm>
#include <ranges>

#include "http/url_host.h"

namespace cachewitness::verdict {

namespace {

using evidence::PurgeFailure;
using Scope = PurgeFailure::Scope;

bool covers(const PurgeFailure& failure, const PurgeFailures::Asked& asked) {
  return failure.environment == asked.environment && (failure.edge.empty() || failure.edge == asked.edge) &&
         (failure.variant.empty() || failure.variant == asked.variant);
}

}  // namespace

PurgeFailures::PurgeFailures(const evidence::PurgeTimes& purge) : purge_(purge) {
  for (std::uint32_t i = 0; i < purge.failures.size(); ++i) {
    by_item_.push_back(i);
    has_tag_ = has_tag_ || purge.failures[i].scope == Scope::tag;
    if (purge.failures[i].scope == Scope::prefix && !purge.failures[i].item.empty()) {
      prefix_sizes_.push_back(purge.failures[i].item.size());
    }
  }
  std::ranges::sort(prefix_sizes_);
  const auto repeated = std::ranges::unique(prefix_sizes_);
  prefix_sizes_.erase(repeated.begin(), repeated.end());
  std::ranges::stable_sort(by_item_, {}, [&](std::uint32_t i) { return std::string_view(purge.failures[i].item); });
}

const PurgeFailure* PurgeFailures::find(const Asked& asked) const {
  const PurgeFailure* found = nullptr;
  const auto look_up = [&](Scope scope, std::string_view item) {
    const auto range = std::ranges::equal_range(
        by_item_, item, {}, [&](std::uint32_t i) { return std::string_view(purge_.failures[i].item); });
    for (const std::uint32_t i : range) {
      const PurgeFailure& failure = purge_.failures[i];
      const bool is_better = found == nullptr || (found->is_unknown && !failure.is_unknown);
      found = failure.scope == scope && covers(failure, asked) && is_better ? &failure : found;
    }
  };
  if (by_item_.empty()) {
    return nullptr;
  }
  look_up(Scope::url, asked.url);
  look_up(Scope::host, http::url_authority(asked.url));
  look_up(Scope::host, http::url_host(asked.url));
  look_up(Scope::everything, "");
  // The longest first: it is the most particular.
  for (const std::size_t size : prefix_sizes_ | std::views::reverse) {
    if (size <= asked.url.size()) {
      look_up(Scope::prefix, asked.url.substr(0, size));
    }
  }
  return found;
}

}  // namespace cachewitness::verdict
