#include "verdict/sighting.h"

#include <tuple>

#include "http/vary.h"

namespace cachewitness::verdict {

bool is_before(const Sighting& a, const Sighting& b) {
  return std::tie(a.sent_at, a.received_at, a.sample, a.id) < std::tie(b.sent_at, b.received_at, b.sample, b.id);
}

bool are_variants(const Sighting& a, const Sighting& b) {
  return !http::parse_vary(a.vary.view()).is_empty() || !http::parse_vary(b.vary.view()).is_empty() ||
         a.content_encoding != b.content_encoding;
}

}  // namespace cachewitness::verdict
