// Collation: differences of the same kind gathered into one finding with all its places.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evidence/roster.h"
#include "parity/comparison.h"
#include "parity/contrast.h"
#include "parity/sightings.h"
#include "parity/waivers.h"

namespace cachewitness::parity {

class Collation {
 public:
  // All outlive it. `names` are the environments.
  Collation(const Sightings& sightings, const evidence::Roster& roster, const Waivers& waivers,
            const std::vector<std::string>& names)
      : sightings_(sightings), roster_(roster), waivers_(waivers), names_(names) {}

  // A pair of environments that differ, and the rule that covers it.
  struct Pair {
    std::uint32_t one = 0;
    std::uint32_t other = 0;
    std::optional<std::uint32_t> rule;

    friend auto operator<=>(const Pair&, const Pair&) = default;
  };
  void add(const Contrast& contrast, const Combination& combination, const std::vector<Pair>& pairs);
  // What counts first, more cells first; by name where they are equal.
  [[nodiscard]] std::vector<Finding> findings() const;

 private:
  struct Key {
    std::uint32_t what = 0;
    bool is_mapped = false;
    std::vector<std::vector<std::uint32_t>> values;
    std::vector<Pair> pairs;

    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Places {
    std::uint64_t cells = 0;
    std::set<std::uint32_t> edges;
    std::set<std::uint32_t> tenants;
    std::set<std::uint32_t> assets;
    std::set<std::uint32_t> variants;
    std::vector<bool> conforming;
    std::tuple<std::string, std::string, std::string, std::string> first;  // edge, tenant, asset, variant
  };

  [[nodiscard]] std::string label(std::uint32_t edge) const;
  [[nodiscard]] Finding finding_of(const Key& key, const Places& places) const;

  const Sightings& sightings_;
  const evidence::Roster& roster_;
  const Waivers& waivers_;
  const std::vector<std::string>& names_;
  std::map<Key, Places> groups_;
};

}  // namespace cachewitness::parity
