// Whether a cache-buster keeps a probe off what visitors get. Only an edge that has shown it may be sent what could do
// harm: the prober asks before, and the rule tells why it was not done.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "verdict/leak_sighting.h"

namespace cachewitness::verdict {

enum class CacheBuster : std::uint8_t {
  works,       // the same URL came from the store, another cache-buster's did not
  is_ignored,  // a URL that nobody had asked for came from the store
  not_stored,  // the edge stores nothing here, or does not say when it does: nothing shows that it works
  unanswered,  // a step of the three got no answer, or none that is a success
};

// Of one cell's sightings: the three plain steps that poisoning starts with.
[[nodiscard]] CacheBuster read_cache_buster(std::span<const LeakSighting> sightings);
// One sentence on what follows for the check.
[[nodiscard]] std::string_view describe(CacheBuster buster);

}  // namespace cachewitness::verdict
