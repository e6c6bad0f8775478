// From a manifest and what the command line leaves of it to a Plan.
#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/glob.h"
#include "manifest/url_parts.h"
#include "plan/plan.h"

namespace cachewitness::plan {

namespace {

namespace errors = base::errors;
using PieceKind = manifest::UrlTemplate::Piece::Kind;

constexpr std::uint64_t most_cells = 0xFFFFFFFFFFULL;  // 10^12 and a little: more is a slip, not a plan

bool is_selected(std::string_view glob, std::string_view name) {
  return glob.empty() || base::matches_glob(glob, name);
}

std::string shown(std::string_view text) { return base::printable(text, 80); }

// A misspelt name: `what` as the command line calls it, with the nearest known one.
base::Error unknown(std::string_view what, std::string_view given, std::vector<std::string_view> known) {
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  const auto near = base::nearest(given, known);
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 20; ++i) {
    list += fmt::format("{}{}", i == 0 ? "" : ", ", shown(known[i]));
  }
  return {errors::unknown_name,
          fmt::format("unknown {} \"{}\"{} (the manifest has: {}{})", what, shown(given),
                      near ? fmt::format("; did you mean \"{}\"?", shown(*near)) : "", list,
                      known.size() > 20 ? ", ..." : ""),
          std::nullopt};
}

}  // namespace

// Builds one Plan; each step returns the error that ends the planning, or nothing.
class Planner {
 public:
  Planner(const manifest::Manifest& manifest, const Narrowing& narrowing) : manifest_(manifest), narrowing_(narrowing) {
    plan_.manifest_ = &manifest;
  }

  base::Result<Plan> make() {
    using Step = std::optional<base::Error> (Planner::*)();
    for (const Step step : {&Planner::check_globs, &Planner::add_lanes, &Planner::add_tenants, &Planner::add_assets,
                            &Planner::add_own_assets, &Planner::add_leak_assets, &Planner::narrow_to_purge,
                            &Planner::check_size, &Planner::check_lanes}) {
      if (auto error = (this->*step)()) {
        return std::unexpected(*std::move(error));
      }
    }
    return std::move(plan_);
  }

 private:
  std::optional<base::Error> check_globs() {
    const std::pair<std::string_view, const std::string&> globs[] = {{"--tenants", narrowing_.tenants},
                                                                     {"--regions", narrowing_.regions},
                                                                     {"--edges", narrowing_.edges},
                                                                     {"--assets", narrowing_.assets}};
    for (const auto& [option, glob] : globs) {
      // An asset's name may hold what looks like an expression ("/app(1).js"), so a plain name passes.
      const std::string fault = manifest::is_glob(glob) ? manifest::glob_fault(glob) : std::string();
      if (!fault.empty()) {
        return base::Error{errors::usage, fmt::format("bad glob \"{}\" for {}: {}", shown(glob), option, fault), {}};
      }
    }
    return std::nullopt;
  }

  std::optional<base::Error> check_names() const {
    std::vector<std::string_view> environments;
    std::vector<std::string_view> regions;
    std::vector<std::string_view> edges;
    for (const manifest::Environment& environment : manifest_.environments) {
      environments.push_back(environment.name);
      if (!is_planned(environment)) {
        continue;
      }
      for (const manifest::Region& region : environment.regions) {
        regions.push_back(region.name);
        for (const manifest::Edge& edge : region.edges) {
          edges.push_back(edge.name);
        }
      }
    }
    for (const std::string& name : narrowing_.environments) {
      if (std::ranges::find(environments, name) == environments.end()) {
        return unknown("environment", name, environments);
      }
    }
    const auto is_missing = [](std::string_view name, const std::vector<std::string_view>& known) {
      return !name.empty() && !manifest::is_glob(name) && std::ranges::find(known, name) == known.end();
    };
    if (is_missing(narrowing_.regions, regions)) {
      return unknown("region", narrowing_.regions, regions);
    }
    if (is_missing(narrowing_.edges, edges)) {
      return unknown("edge", narrowing_.edges, edges);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_planned(const manifest::Environment& environment) const {
    return narrowing_.environments.empty() ||
           std::ranges::find(narrowing_.environments, environment.name) != narrowing_.environments.end();
  }

  std::optional<base::Error> add_lanes() {
    if (auto error = check_names()) {
      return error;
    }
    for (std::size_t i = 0; i < manifest_.environments.size(); ++i) {
      const manifest::Environment& environment = manifest_.environments[i];
      const std::size_t before = plan_.lanes_.size();
      for (std::size_t r = 0; is_planned(environment) && r < environment.regions.size(); ++r) {
        if (is_selected(narrowing_.regions, environment.regions[r].name)) {
          add_edges(i, r);
        }
      }
      for (const auto& replica : environment.origin.replicas) {
        if (plan_.lanes_.size() != before) {
          plan_.roster_.replicas.push_back({environment.name, replica.url});
        }
      }
    }
    return plan_.lanes_.empty() ? no_cells("no edge") : std::nullopt;
  }

  void add_edges(std::size_t environment, std::size_t region) {
    const manifest::Region& settings = manifest_.environments[environment].regions[region];
    for (const manifest::Edge& edge : settings.edges) {
      const auto& purged = narrowing_.purged;
      if (!is_selected(narrowing_.edges, edge.name) ||
          (purged && !purged->edges.empty() && !purged->edges.contains(edge.name))) {
        continue;
      }
      const evidence::EdgeId id{static_cast<std::uint32_t>(plan_.lanes_.size())};
      plan_.lanes_.push_back({id, environment, region, &edge});
      const bool is_v6 = edge.host.find(':') != std::string::npos;
      plan_.roster_.edges.push_back({manifest_.environments[environment].name, settings.name, edge.name,
                                     fmt::format("{}{}{}{}", is_v6 ? "[" : "", edge.host, is_v6 ? "]" : "",
                                                 edge.port == 0 ? "" : fmt::format(":{}", edge.port)),
                                     edge.provider, edge.servers});
    }
  }

  std::optional<base::Error> add_tenants() {
    for (std::uint32_t i = 0; i < manifest_.tenants.size(); ++i) {
      const evidence::TenantId tenant{i};
      const std::string_view id = manifest_.tenants.id(tenant);
      plan_.roster_.tenants.intern(id);
      if (is_selected(narrowing_.tenants, id)) {
        plan_.tenants_.push_back(tenant);
      }
    }
    plan_.tenants_.shrink_to_fit();
    return plan_.tenants_.empty() ? no_cells("no tenant") : std::nullopt;
  }

  std::optional<base::Error> add_assets() {
    for (const manifest::Variant& variant : manifest_.variants) {
      plan_.roster_.variants.intern(variant.name);
    }
    for (const std::string& asset : manifest_.assets) {
      const evidence::AssetId id{plan_.roster_.assets.intern(asset)};
      if (is_selected(narrowing_.assets, asset)) {
        plan_.assets_.push_back(id);
      }
    }
    return std::nullopt;
  }

  std::optional<base::Error> add_own_assets() {
    plan_.per_variant_ = plan_.tenants_.size() * plan_.assets_.size();
    if (manifest_.tenants.has_extra_assets()) {
      std::uint64_t pairs = 0;
      for (const evidence::TenantId tenant : plan_.tenants_) {
        plan_.first_of_tenant_.push_back(pairs);
        pairs += plan_.assets_.size() + add_own_assets(tenant);
      }
      plan_.first_of_tenant_.push_back(pairs);
      plan_.per_variant_ = pairs;
    }
    return plan_.per_variant_ == 0 ? no_cells("no asset") : std::nullopt;
  }

  std::optional<base::Error> add_leak_assets() {
    if (!manifest_.leaks) {
      return std::nullopt;
    }
    const manifest::Leaks& leaks = *manifest_.leaks;
    if (leaks.cross_tenant) {
      add_leak_assets(manifest::LeakCheck::cross_tenant, leaks.cross_tenant->assets);
    }
    if (leaks.poisoning) {
      add_leak_assets(manifest::LeakCheck::poisoning, leaks.poisoning->assets);
    }
    if (leaks.deception) {
      add_leak_assets(manifest::LeakCheck::deception, leaks.deception->paths);
    }
    return std::nullopt;
  }

  void add_leak_assets(manifest::LeakCheck check, const std::vector<std::string>& own) {
    for (const std::string& asset : own.empty() ? manifest_.assets : own) {
      if (is_selected(narrowing_.assets, asset)) {
        plan_.leak_assets_[static_cast<std::size_t>(check)].emplace_back(plan_.roster_.assets.intern(asset));
      }
    }
  }

  // Those that the manifest does not have already.
  std::size_t add_own_assets(evidence::TenantId tenant) {
    const std::size_t before = plan_.own_assets_.size();
    for (const std::string_view asset : manifest_.tenants.extra_assets(tenant)) {
      if (!is_selected(narrowing_.assets, asset)) {
        continue;
      }
      const evidence::AssetId id{plan_.roster_.assets.intern(asset)};
      const auto own = plan_.own_assets_.begin() + static_cast<std::ptrdiff_t>(before);
      const bool is_there = id.index() < manifest_.assets.size() ||
                            std::find(own, plan_.own_assets_.end(), id) != plan_.own_assets_.end();
      if (!is_there) {
        plan_.own_assets_.push_back(id);
      }
    }
    return plan_.own_assets_.size() - before;
  }

  // Leaves each tenant the assets whose URL, at any edge, the purge named: all become assets of its own.
  std::optional<base::Error> narrow_to_purge() {
    if (!narrowing_.purged || narrowing_.purged->is_everything) {
      return std::nullopt;
    }
    std::vector<evidence::TenantId> tenants;
    std::vector<std::uint64_t> first_of_tenant;
    std::vector<evidence::AssetId> own_assets;
    const auto names_lane = [](const manifest::Environment& environment) {
      return environment.url.uses(PieceKind::region) || environment.url.uses(PieceKind::edge);
    };
    const bool is_one_url =
        plan_.environments().size() == 1 && !names_lane(manifest_.environments[plan_.lanes_.front().environment]);
    const std::span<const Lane> lanes = std::span(plan_.lanes_).first(is_one_url ? 1 : plan_.lanes_.size());
    for (std::uint64_t i = 0; i < plan_.per_variant_; ++i) {
      const evidence::Cell pair = plan_.combination(i);  // tenant by tenant
      if (!is_purged(pair, lanes)) {
        continue;
      }
      if (tenants.empty() || tenants.back() != pair.tenant) {
        tenants.push_back(pair.tenant);
        first_of_tenant.push_back(own_assets.size());
      }
      own_assets.push_back(pair.asset);
    }
    first_of_tenant.push_back(own_assets.size());
    plan_.tenants_ = std::move(tenants);
    plan_.assets_.clear();
    plan_.own_assets_ = std::move(own_assets);
    plan_.first_of_tenant_ = std::move(first_of_tenant);
    plan_.per_variant_ = plan_.own_assets_.size();
    return plan_.per_variant_ == 0 ? no_cells("nothing that the purge named") : std::nullopt;
  }

  [[nodiscard]] bool is_purged(const evidence::Cell& pair, std::span<const Lane> lanes) {
    return std::ranges::any_of(lanes, [&](const Lane& lane) {
      plan_.render(lane, pair, request_);
      return narrowing_.purged->covers(request_.url);
    });
  }

  std::optional<base::Error> check_size() {
    if (plan_.combinations() > most_cells / plan_.lanes_.size()) {
      return base::Error{errors::usage, "more than 10^12 cells; narrow them with --tenants, --regions or --assets", {}};
    }
    return std::nullopt;
  }

  // Tenants were tried with their environment's first edge; here every edge is, with the first tenant.
  std::optional<base::Error> check_lanes() {
    Request request;
    for (const Lane& lane : plan_.lanes_) {
      plan_.render(lane, plan_.combination(0), request);
      if (const auto parts = manifest::split_url(request.url); !parts) {
        return base::Error{errors::usage,
                           fmt::format("the URL at edge \"{}\" would be \"{}\": {}", lane.settings->name,
                                       base::printable(request.url), parts.error()),
                           lane.settings->where};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<base::Error> no_cells(std::string_view what) const {
    std::string narrowed;
    const std::pair<std::string_view, const std::string&> globs[] = {{"--tenants", narrowing_.tenants},
                                                                     {"--regions", narrowing_.regions},
                                                                     {"--edges", narrowing_.edges},
                                                                     {"--assets", narrowing_.assets}};
    for (const auto& [option, glob] : globs) {
      narrowed += glob.empty() ? "" : fmt::format(" {} \"{}\"", option, shown(glob));
    }
    return base::Error{errors::no_cells,
                       fmt::format("{} is left to probe{}{}; nothing was verified", what,
                                   narrowed.empty() ? " by the manifest" : " after", narrowed),
                       std::nullopt};
  }

  const manifest::Manifest& manifest_;
  const Narrowing& narrowing_;
  Plan plan_;
  Request request_;
};

bool PurgeScope::covers(std::string_view url) const {
  if (is_everything || urls.contains(url)) {
    return true;
  }
  for (std::size_t size = prefixes.empty() ? 0 : url.size(); size > 0; --size) {
    if (prefixes.contains(url.substr(0, size))) {
      return true;
    }
  }
  if (hosts.empty()) {
    return false;
  }
  const auto parts = manifest::split_url(url);
  return parts && hosts.contains(parts->host);
}

base::Result<Plan> make_plan(const manifest::Manifest& manifest, const Narrowing& narrowing) {
  return Planner(manifest, narrowing).make();
}

}  // namespace cachewitness::plan
