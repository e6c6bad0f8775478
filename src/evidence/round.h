// A round of the closed loop: cells that were flagged, purged again and probed again. Evidence of the round carries its
// number, and is judged by the times of its purge.
#pragma once

#include <cstdint>
#include <string>

#include "evidence/run_header.h"

namespace cachewitness::evidence {

struct Round {
  std::uint16_t number = 0;     // from 1
  std::string purge_id;         // in the journal
  std::string kind;             // how wide the purge was: "url", "prefix", "host", "tag" or "everything"
  std::uint64_t cells = 0;      // flagged, and probed again
  std::uint64_t tenants = 0;    // that these cells are of
  std::uint64_t items = 0;      // purged, those of different nodes counted each
  std::uint64_t calls = 0;      // requests that it took, without repetitions
  std::uint64_t not_taken = 0;  // items that the provider refused, or of which nobody knows
  PurgeTimes purge;
};

}  // namespace cachewitness::evidence
