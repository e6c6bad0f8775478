#include "plan/plan.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "manifest/url_parts.h"
#include "plan/sampling.h"

namespace cachewitness::plan {

namespace {

using PieceKind = manifest::UrlTemplate::Piece::Kind;

manifest::TemplateValues values_of(const Plan& plan, std::size_t environment, const evidence::Cell& cell) {
  manifest::TemplateValues values;
  values.environment = plan.manifest().environments[environment].name;
  values.tenants = &plan.manifest().tenants;
  values.tenant = cell.tenant;
  values.asset = plan.roster().asset(cell.asset);
  values.variant = plan.roster().variant(cell.variant);
  return values;
}

manifest::TemplateValues values_of(const Plan& plan, const Lane& lane, const evidence::Cell& cell) {
  manifest::TemplateValues values = values_of(plan, lane.environment, cell);
  values.region = plan.manifest().environments[lane.environment].regions[lane.region].name;
  values.edge = lane.settings;
  return values;
}

// Everything but the server name, from `out.url`. make_plan has seen a URL of every lane, and the intake one of every
// tenant; should a mixture of both still be none, the request goes to a host that no resolver or edge knows, and says
// so.
void split_into(Request& out) {
  const auto parts = manifest::split_url(out.url);
  if (!parts) {
    out.host = "invalid.";
    out.target = "/";
    out.server_name = out.host;
    return;
  }
  out.is_tls = parts->is_tls;
  out.port = parts->port;
  out.host = parts->authority;
  out.target = parts->target;
  out.server_name = parts->host;
}

bool names_a_place(const manifest::UrlTemplate& url) {
  return url.uses_in_authority(PieceKind::region) || url.uses_in_authority(PieceKind::edge);
}

}  // namespace

std::vector<std::size_t> Plan::environments() const {
  std::vector<std::size_t> out;
  for (const Lane& lane : lanes_) {  // lanes come environment by environment
    if (out.empty() || out.back() != lane.environment) {
      out.push_back(lane.environment);
    }
  }
  return out;
}

std::uint32_t Plan::samples(const Lane& lane) const {
  const auto hides_servers = [](const Lane& each) { return each.settings->servers > 1; };
  const auto edges = static_cast<std::size_t>(std::ranges::count_if(lanes_, hides_servers));
  return hides_servers(lane) ? samples_needed(lane.settings->servers, manifest_->policy.confidence, edges) : 1;
}

std::size_t Plan::memory_bytes() const {
  return lanes_.capacity() * sizeof(Lane) + tenants_.capacity() * sizeof(evidence::TenantId) +
         (assets_.capacity() + own_assets_.capacity()) * sizeof(evidence::AssetId) +
         first_of_tenant_.capacity() * sizeof(std::uint64_t) + roster_.tenants.memory_bytes() +
         roster_.assets.memory_bytes() + roster_.variants.memory_bytes();
}

evidence::Cell Plan::combination(std::uint64_t combination) const {
  CW_ASSERT(combination < combinations());
  const std::uint64_t pair = combination % per_variant_;
  evidence::Cell cell;
  cell.variant = evidence::VariantId{static_cast<std::uint32_t>(combination / per_variant_)};
  std::uint64_t tenant = 0;
  std::uint64_t asset = 0;
  if (first_of_tenant_.empty()) {
    tenant = pair / assets_.size();
    asset = pair % assets_.size();
  } else {
    const auto after = std::ranges::upper_bound(first_of_tenant_, pair);
    tenant = static_cast<std::uint64_t>(after - first_of_tenant_.begin()) - 1;
    asset = pair - first_of_tenant_[tenant];
  }
  cell.tenant = tenants_[tenant];
  if (asset < assets_.size()) {
    cell.asset = assets_[asset];
  } else {
    // Of all pairs before this tenant's, those with common assets are not in own_assets_.
    const std::uint64_t own_before = first_of_tenant_[tenant] - tenant * assets_.size();
    cell.asset = own_assets_[own_before + asset - assets_.size()];
  }
  return cell;
}

void Plan::render(const Lane& lane, const evidence::Cell& cell, Request& out) const {
  const manifest::Environment& environment = manifest_->environments[lane.environment];
  manifest::TemplateValues values = values_of(*this, lane, cell);
  out.url.clear();
  append_rendered(environment.url, values, out.url);
  split_into(out);
  if (!environment.tls.server_name.empty()) {
    const auto parts = manifest::split_url(out.url);
    values.host = parts ? parts->host : std::string_view(out.host);
    out.server_name.clear();
    append_rendered(environment.tls.server_name, values, out.server_name);
  }
}

std::string Plan::render(const manifest::UrlTemplate& pattern, const Lane& lane, const evidence::Cell& cell) const {
  std::string out;
  append_rendered(pattern, values_of(*this, lane, cell), out);
  return out;
}

const Lane& Plan::lane(evidence::EdgeId edge) const {
  const auto found = std::ranges::find(lanes_, edge, &Lane::edge);
  CW_ASSERT(found != lanes_.end());
  return *found;
}

void Plan::render_origin(std::size_t environment, const manifest::OriginReplica& replica, const evidence::Cell& cell,
                         Request& out) const {
  const manifest::Environment& settings = manifest_->environments[environment];
  manifest::TemplateValues values = values_of(*this, environment, cell);
  const auto lane = std::ranges::find(lanes_, environment, &Lane::environment);
  CW_ASSERT(lane != lanes_.end());
  values.region = settings.regions[lane->region].name;
  values.edge = lane->settings;
  out.url.clear();
  append_rendered(settings.url, values, out.url);
  split_into(out);
  if (!settings.origin.host.empty()) {
    std::array<char, 256> own{};  // the URL's host outlives `out.host`, which is written next
    const std::size_t size = out.host.copy(own.data(), own.size());
    values.host = std::string_view(own.data(), size);
    out.host.clear();
    append_rendered(settings.origin.host, values, out.host);
  } else if (names_a_place(settings.url)) {
    out.host = std::string_view(replica.url).substr(replica.url.find("://") + 3);
    const bool is_default_port = replica.port == (replica.is_tls ? 443 : 80);
    if (const std::size_t colon = out.host.rfind(':');
        is_default_port && colon != std::string::npos && !out.host.ends_with(']')) {
      out.host.resize(colon);
    }
  }
  out.is_tls = replica.is_tls;
  out.port = replica.port;
  out.server_name = replica.host;
  out.url = replica.url;
  out.url += out.target;
}

Estimate estimate(const Plan& plan) {
  Estimate out;
  out.cells = plan.cells();
  for (const Lane& lane : plan.lanes()) {
    out.requests_per_edge = std::max(out.requests_per_edge, plan.combinations() * plan.samples(lane));
  }
  for (const std::size_t environment : plan.environments()) {
    out.origin_requests += plan.combinations() * plan.manifest().environments[environment].origin.replicas.size();
  }
  const double rate = plan.manifest().limits.per_edge_rps;
  if (rate > 0) {
    const double seconds = static_cast<double>(out.requests_per_edge) / rate;
    // A century is long enough to say; more would not fit.
    out.at_least = std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(std::min(seconds, 3e9)));
  }
  return out;
}

}  // namespace cachewitness::plan
