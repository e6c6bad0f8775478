#include "parity/sightings.h"

#include <algorithm>

namespace cachewitness::parity {

void Sightings::add(const Combination& combination, Sighting sighting) {
  std::vector<Sighting>& seen = sightings_[combination];
  if (std::ranges::find(seen, sighting) == seen.end()) {
    seen.push_back(sighting);
  }
}

void Sightings::add_unanswered(const Combination& combination, std::uint32_t edge) { add(combination, {edge}); }

void Sightings::add(const Combination& combination, std::uint32_t edge, const std::vector<Trait>& traits) {
  std::vector<TraitIds> ids;
  ids.reserve(traits.size());
  key_.clear();
  for (const Trait& trait : traits) {
    const TraitIds each{whats_.intern(trait.what), values_.intern(trait.value), values_.intern(trait.raw)};
    for (const std::uint32_t number : {each.what, each.value, each.raw}) {
      for (int shift = 0; shift < 32; shift += 8) {
        key_ += static_cast<char>(number >> shift & 0xFF);
      }
    }
    ids.push_back(each);
  }
  const std::uint32_t behaviour = keys_.intern(key_);
  if (behaviour == behaviours_.size()) {
    behaviours_.push_back(std::move(ids));
  }
  add(combination, {edge, behaviour});
}

}  // namespace cachewitness::parity
