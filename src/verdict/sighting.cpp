#include "verdict/sighting.h"

#include <tuple>

namespace cachewitness::verdict {

bool is_before(const Sighting& a, const Sighting& b) {
  return std::tie(a.sent_at, a.received_at, a.sample, a.id) < std::tie(b.sent_at, b.received_at, b.sample, b.id);
}

}  // namespace cachewitness::verdict
