#include "app/purge_advice.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/purge_order.h"
#include "app/purge_result.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "purge/provider.h"

namespace cachewitness::app {

namespace {

std::vector<purge::Header> headers_of(const manifest::Manifest& manifest, const purge::CacheKey& key,
                                      std::string_view variant) {
  const auto found = std::ranges::find(manifest.variants, variant, &manifest::Variant::name);
  return found == manifest.variants.end() ? std::vector<purge::Header>{} : key_headers(*found, key);
}

const manifest::Edge* find_edge(const manifest::Environment& environment, std::string_view name) {
  for (const manifest::Region& region : environment.regions) {
    const auto found = std::ranges::find(region.edges, name, &manifest::Edge::name);
    if (found != region.edges.end()) {
      return &*found;
    }
  }
  return nullptr;
}

// The request that `purge` would send, without its credentials; empty where there is none to show.
std::string request_text(const manifest::Manifest& manifest, const manifest::Environment& environment,
                         const purge::Provider& provider, const CellToPurge& cell) {
  const manifest::PurgeSettings& settings = *environment.purge;
  if (provider.transport == purge::Transport::program) {  // of the user's, which asks for itself
    return {};
  }
  purge::Call call;
  call.number = 1;
  call.is_soft = is_soft(settings);
  call.items = {{cell.url, headers_of(manifest, purge::cache_key(provider, settings), cell.variant)}};
  if (const manifest::Edge* edge = find_edge(environment, cell.edge); provider.is_at_nodes && edge != nullptr) {
    call.node = node_of(*edge, settings);
  }
  return describe_request(provider.write(settings, call), "    ");
}

}  // namespace

std::string purge_command_line(const manifest::Manifest& manifest, std::string_view environment,
                               std::string_view option, std::string_view value) {
  return fmt::format("cachewitness purge -m {} -e {} {} {}", base::shell_word(manifest.path),
                     base::shell_word(environment), option, base::shell_word(value));
}

std::string purge_advice(const manifest::Manifest& manifest, const CellToPurge& cell) {
  const auto environment = std::ranges::find(manifest.environments, cell.environment, &manifest::Environment::name);
  if (environment == manifest.environments.end()) {
    return {};
  }
  if (!environment->purge) {
    return fmt::format("  (With a \"purge:\" of environment {} in {}, the command would stand here.)\n",
                       base::printable(cell.environment), base::printable(manifest.path));
  }
  const purge::Provider* provider = purge::find_provider(environment->purge->provider);
  const bool must_be_soft = is_soft(*environment->purge);
  if (provider == nullptr || !purge::ability_for(*provider, *environment->purge, purge::Kind::url, must_be_soft)) {
    return fmt::format("  ({} has no {}purge by URL; see which it has: cachewitness purge --help)\n",
                       base::printable(environment->purge->provider), must_be_soft ? "soft " : "");
  }
  const std::string text = fmt::format("  {}\n", purge_command_line(manifest, cell.environment, "--url", cell.url));
  const std::string request = request_text(manifest, *environment, *provider, cell);
  return request.empty() ? text
                         : text + fmt::format("  which asks {}, credentials added:\n{}",
                                              base::printable(environment->purge->provider), request);
}

}  // namespace cachewitness::app
