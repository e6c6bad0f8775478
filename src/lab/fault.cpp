#include "lab/fault.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::lab {

namespace {

constexpr std::array<FaultEntry, 20> table = {{
    {FaultKind::node_not_purged, "node-not-purged", FaultReach::tenant, "stale", "never-purged",
     "The edge acknowledges the purge with 200 and keeps the object."},
    {FaultKind::variant_not_purged, "variant-not-purged", FaultReach::tenant, "stale", "variant-not-purged",
     "The purge drops the plain variant and leaves the gzip one."},
    {FaultKind::refill_from_old_replica, "refill-from-old-replica", FaultReach::tenant, "stale",
     "purged-before-origin-ready",
     "Right after the purge a visitor has the edge refilled by an origin server that still has the old release."},
    {FaultKind::negative_cache, "negative-cache", FaultReach::tenant, "stale", "negative-cached",
     "Right after the purge the origin answers 404 once, and the edge keeps that."},
    {FaultKind::redirect_cached, "redirect-cached", FaultReach::tenant, "stale", "redirect-cached",
     "Right after the purge the origin answers 301 to a maintenance page once, and the edge keeps that."},
    {FaultKind::stale_while_revalidate, "stale-while-revalidate", FaultReach::tenant, "stale", "stale-while-revalidate",
     "The edge takes every purge for a soft one: the first visitor still gets the old page."},
    {FaultKind::header_drift, "header-drift", FaultReach::edge, "mismatch", "header-drift",
     "The edge sends a Cache-Control of its own: browsers would keep the page for a year."},
    {FaultKind::no_age, "no-age", FaultReach::edge, "fresh", "",
     "The edge sends no Age and its own Date, as nginx does; nothing is wrong with it."},
    {FaultKind::silent, "silent", FaultReach::edge, "fresh", "",
     "The edge says nothing of its cache: no Cache-Status, no X-Cache; nothing is wrong with it."},
    {FaultKind::clock_skew, "clock-skew", FaultReach::edge, "fresh", "",
     "The edge's clock is 37 minutes ahead: Date and Age say so, its pages are right."},
    {FaultKind::gzip_broken, "gzip-broken", FaultReach::edge, "mismatch", "transformed",
     "The gzip body is cut before its checksum, with a Content-Length to match."},
    {FaultKind::slow, "slow", FaultReach::server, "fresh", "",
     "The server takes 400 ms for every answer; the answers are right."},
    {FaultKind::drip, "drip", FaultReach::edge, "error", "timeout",
     "The answer comes a few bytes every 500 ms: no single wait is long, the whole never ends in time."},
    {FaultKind::hang_mid_head, "hang-mid-head", FaultReach::edge, "error", "timeout",
     "Half a response head, then silence on an open connection."},
    {FaultKind::reset_mid_body, "reset-mid-body", FaultReach::edge, "error", "reset",
     "The connection is cut in the middle of the body."},
    {FaultKind::status_5xx, "status-5xx", FaultReach::server, "error", "status-5xx",
     "The server answers 503 to everything."},
    {FaultKind::down, "down", FaultReach::server, "error", "refused",
     "Nothing listens at the server's address: connections are refused."},
    {FaultKind::shared_key, "shared-key", FaultReach::edge, "leak", "cross-tenant",
     "The edge leaves the tenant out of its cache key: whoever comes first has the page stored for all."},
    {FaultKind::header_stored, "header-stored", FaultReach::edge, "leak", "poisoned",
     "A link to the host that X-Forwarded-Host names is stored with the page and served to everyone."},
    {FaultKind::account_stored, "account-stored", FaultReach::edge, "leak", "deception",
     "The edge stores what its URL calls a style sheet, although it is an account's page that must not be stored."},
}};

base::Result<FaultOrder> parse_order(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view slug = text.substr(0, at);
  const auto kind = find_fault(slug);
  if (!kind) {
    const std::vector<std::string_view> known = fault_slugs();
    const auto near = base::nearest(slug, known);
    return base::fail(base::errors::unknown_name,
                      fmt::format("the lab knows no fault \"{}\"; {}", base::printable(slug),
                                  near ? fmt::format("did you mean \"{}\"?", *near)
                                       : fmt::format("it knows: {}", fmt::join(known, ", "))));
  }
  FaultOrder order;
  order.kind = *kind;
  if (at != std::string_view::npos) {
    const std::string_view target = text.substr(at + 1);
    const std::size_t slash = target.find('/');
    order.server = target.substr(0, slash);
    order.tenant = slash == std::string_view::npos ? "" : target.substr(slash + 1);
  }
  return order;
}

}  // namespace

const std::array<FaultEntry, 20>& fault_table() { return table; }

const FaultEntry& entry(FaultKind kind) { return table[static_cast<std::size_t>(kind)]; }

std::vector<std::string_view> fault_slugs() {
  std::vector<std::string_view> slugs;
  for (const FaultEntry& row : table) {
    slugs.push_back(row.slug);
  }
  return slugs;
}

std::optional<FaultKind> find_fault(std::string_view slug) {
  for (const FaultEntry& row : table) {
    if (row.slug == slug) {
      return row.kind;
    }
  }
  return std::nullopt;
}

base::Result<std::vector<FaultOrder>> parse_fault_orders(std::string_view text) {
  std::vector<FaultOrder> orders;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view one = base::trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    if (one.empty()) {
      continue;
    }
    auto order = parse_order(one);
    if (!order) {
      return std::unexpected(std::move(order).error());
    }
    orders.push_back(std::move(*order));
  }
  return orders;
}

}  // namespace cachewitness::lab
