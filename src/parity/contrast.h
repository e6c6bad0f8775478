// Contrast: one trait in which environments differ for one tenant, asset and variant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evidence/roster.h"
#include "parity/sightings.h"

namespace cachewitness::parity {

struct Contrast {
  struct Seen {
    evidence::EdgeId edge;
    std::uint32_t value = Sightings::absent;
    std::uint32_t raw = Sightings::absent;
  };
  std::uint32_t what = 0;
  std::vector<std::vector<Seen>> seen;             // by environment: each edge that answered
  std::vector<std::vector<std::uint32_t>> values;  // by environment, sorted, each once; empty = it did not answer
  bool is_mapped = false;                          // the values agree, what stood on the wire does not

  [[nodiscard]] bool differ(std::size_t one, std::size_t other) const;
  // Edges of `one` that show what `other` does not; those of either where the values agree and are mapped.
  [[nodiscard]] std::vector<evidence::EdgeId> deviating(std::size_t one, std::size_t other) const;
  // By environment: whether it does what most environments do. Of as many, the side of the last one is right:
  // environments are written in the order in which a release passes through them.
  [[nodiscard]] std::vector<bool> conforming() const;
};

// `environment_of` is by edge. A status that differs stands alone with protocol and TLS, since what else differs
// between a page and an error follows from it.
[[nodiscard]] std::vector<Contrast> find_contrasts(const Sightings& sightings, std::span<const Sighting> seen,
                                                   std::span<const std::size_t> environment_of,
                                                   std::size_t environments);

}  // namespace cachewitness::parity
