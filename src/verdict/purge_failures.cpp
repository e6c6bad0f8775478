#include "verdict/purge_failures.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

using evidence::PurgeFailure;
using Scope = PurgeFailure::Scope;

// "www.example.com:8443" of "https://www.example.com:8443/app.js".
std::string_view authority_of(std::string_view url) {
  constexpr std::string_view slashes = "://";
  const std::size_t scheme = url.find(slashes);
  const std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + slashes.size());
  return rest.substr(0, rest.find('/'));
}

std::string_view host_of(std::string_view url) {
  const std::string_view authority = authority_of(url);
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(0, colon) : authority;
}

bool covers(const PurgeFailure& failure, const PurgeFailures::Asked& asked) {
  return failure.environment == asked.environment && (failure.edge.empty() || failure.edge == asked.edge) &&
         (failure.variant.empty() || failure.variant == asked.variant);
}

}  // namespace

PurgeFailures::PurgeFailures(const evidence::PurgeTimes& purge) : purge_(purge) {
  for (std::uint32_t i = 0; i < purge.failures.size(); ++i) {
    by_item_.push_back(i);
    has_tag_ = has_tag_ || purge.failures[i].scope == Scope::tag;
  }
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
  look_up(Scope::host, authority_of(asked.url));
  look_up(Scope::host, host_of(asked.url));
  look_up(Scope::everything, "");
  for (std::size_t size = asked.url.size(); size > 0; --size) {
    look_up(Scope::prefix, asked.url.substr(0, size));
  }
  return found;
}

}  // namespace cachewitness::verdict
