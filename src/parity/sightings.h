// Sightings: which behaviours were seen where, interned. The part of the comparer that grows with the run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/string_table.h"
#include "evidence/evidence.h"
#include "manifest/parity_rules.h"
#include "parity/behaviour.h"

namespace cachewitness::parity {

// A cell without its edge: what environments have in common.
struct Combination {
  std::uint32_t tenant = 0;
  std::uint32_t asset = 0;
  std::uint32_t variant = 0;

  friend auto operator<=>(const Combination&, const Combination&) = default;
};

struct CombinationHash {
  std::size_t operator()(const Combination& combination) const noexcept {
    const std::uint64_t mixed =
        ((std::uint64_t{combination.tenant} << 32 | combination.asset) * 0x9E3779B97F4A7C15U) ^ combination.variant;
    return mixed ^ (mixed >> 29);
  }
};

// Numbers of interned texts; 0 is "absent" among values.
struct TraitIds {
  std::uint32_t what = 0;
  std::uint32_t value = 0;
  std::uint32_t raw = 0;
};

struct Sighting {
  static constexpr std::uint32_t unanswered = 0xFFFFFFFF;
  std::uint32_t edge = 0;
  std::uint32_t behaviour = unanswered;

  friend auto operator<=>(const Sighting&, const Sighting&) = default;
};

class Sightings {
 public:
  static constexpr std::uint32_t absent = 0;

  Sightings() { values_.intern(std::string_view("\0absent", 7)); }

  void add(const Combination& combination, std::uint32_t edge, const std::vector<Trait>& traits);
  void add_unanswered(const Combination& combination, std::uint32_t edge);

  using Map = std::unordered_map<Combination, std::vector<Sighting>, CombinationHash>;
  [[nodiscard]] const Map& all() const { return sightings_; }
  [[nodiscard]] const std::vector<TraitIds>& behaviour(std::uint32_t id) const { return behaviours_[id]; }
  [[nodiscard]] std::string_view what(std::uint32_t id) const { return whats_.at(id); }
  [[nodiscard]] std::string_view value(std::uint32_t id) const { return values_.at(id); }

 private:
  void add(const Combination& combination, Sighting sighting);

  base::StringTable whats_;
  base::StringTable values_;  // raw ones too
  base::StringTable keys_;    // of behaviours, by behaviour id
  std::vector<std::vector<TraitIds>> behaviours_;
  Map sightings_;
  std::string key_;  // reused
};

}  // namespace cachewitness::parity
