#include "parity/collation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::parity {

namespace {

// FNV-1a, 64 bits: the same difference has the same id in every run. Not a defence against anybody.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      mix(static_cast<unsigned char>(c));
    }
    mix(0);
  }
  [[nodiscard]] std::string hex() const { return fmt::format("{:016x}", hash_); }

 private:
  void mix(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3U; }
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

std::vector<std::string> names_of(const std::set<std::uint32_t>& ids, const base::StringTable& table) {
  std::vector<std::string> names;
  for (const std::uint32_t id : ids) {
    names.emplace_back(table.at(id));
  }
  std::ranges::sort(names);
  return names;
}

// Edges that show what no conforming environment does; where the deviating ones merely lack a value, those that have
// it.
std::vector<std::uint32_t> places_of(const Contrast& contrast, const std::vector<bool>& conforming) {
  std::vector<std::uint32_t> edges;
  for (const bool wants_conforming : {false, true}) {
    for (std::size_t i = 0; i < contrast.seen.size(); ++i) {
      if (conforming[i] != wants_conforming && !contrast.is_mapped) {
        continue;
      }
      for (const Contrast::Seen& seen : contrast.seen[i]) {
        const auto shows_it_too = [&](std::size_t other) {
          return conforming[other] != wants_conforming &&
                 std::ranges::binary_search(contrast.values[other], seen.value);
        };
        bool is_shared = false;
        for (std::size_t other = 0; other < contrast.seen.size(); ++other) {
          is_shared = is_shared || shows_it_too(other);
        }
        if (contrast.is_mapped || !is_shared) {
          edges.push_back(seen.edge.value);
        }
      }
    }
    if (!edges.empty()) {
      break;
    }
  }
  std::ranges::sort(edges);
  const auto repeated = std::ranges::unique(edges);
  edges.erase(repeated.begin(), repeated.end());
  return edges;
}

}  // namespace

std::string Collation::label(std::uint32_t edge) const {
  const evidence::EdgeEntry& entry = roster_.edges.at(edge);
  return fmt::format("{}/{}/{}", entry.environment, entry.region, entry.name);
}

void Collation::add(const Contrast& contrast, const Combination& combination, const std::vector<Pair>& pairs) {
  Places& places = groups_[{contrast.what, contrast.is_mapped, contrast.values, pairs}];
  const bool is_new = places.cells == 0;
  if (is_new) {
    places.conforming = contrast.conforming();
  }
  const std::vector<std::uint32_t> edges = places_of(contrast, places.conforming);
  places.cells += edges.size();
  places.edges.insert(edges.begin(), edges.end());
  places.tenants.insert(combination.tenant);
  places.assets.insert(combination.asset);
  places.variants.insert(combination.variant);
  const std::string tenant(roster_.tenants.at(combination.tenant));
  const std::string asset(roster_.assets.at(combination.asset));
  const std::string variant(roster_.variants.at(combination.variant));
  for (const std::uint32_t edge : edges) {
    auto place = std::tuple(label(edge), tenant, asset, variant);
    if (std::get<0>(places.first).empty() || place < places.first) {
      places.first = std::move(place);
    }
  }
}

Finding Collation::finding_of(const Key& key, const Places& places) const {
  Finding finding;
  Fingerprint id;
  finding.what = std::string(sightings_.what(key.what));
  id.add(finding.what);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    Side side{names_[i], {}, false, key.values[i].empty()};
    for (const std::uint32_t value : key.values[i]) {
      if (value == Sightings::absent) {
        side.is_absent_too = true;
      } else {
        side.values.emplace_back(sightings_.value(value));
      }
    }
    std::ranges::sort(side.values);
    id.add(side.environment);
    id.add(side.is_unseen ? "unseen" : side.is_absent_too ? "absent" : "");
    std::ranges::for_each(side.values, [&](const std::string& value) { id.add(value); });
    if (!places.conforming[i]) {
      finding.deviating.push_back(names_[i]);
    }
    finding.sides.push_back(std::move(side));
  }
  finding.is_waived = true;
  for (const Pair& pair : key.pairs) {
    std::string rule = key.is_mapped ? "mapped" : pair.rule ? waivers_.name(*pair.rule) : "";
    finding.is_waived = finding.is_waived && !rule.empty();
    id.add(rule);
    finding.pairs.push_back({names_[pair.one], names_[pair.other], std::move(rule)});
  }
  finding.id = id.hex();
  finding.cells = places.cells;
  for (const std::uint32_t edge : places.edges) {
    finding.edges.push_back(label(edge));
  }
  std::ranges::sort(finding.edges);
  finding.tenants = names_of(places.tenants, roster_.tenants);
  finding.assets = names_of(places.assets, roster_.assets);
  finding.variants = names_of(places.variants, roster_.variants);
  const auto& [edge, tenant, asset, variant] = places.first;
  finding.example = fmt::format("{} {} {} {}", edge, tenant, asset, variant);
  return finding;
}

std::vector<Finding> Collation::findings() const {
  std::vector<Finding> findings;
  for (const auto& [key, places] : groups_) {
    findings.push_back(finding_of(key, places));
  }
  std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.is_waived, b.cells, a.what, a.id) < std::tie(b.is_waived, a.cells, b.what, b.id);
  });
  return findings;
}

}  // namespace cachewitness::parity
