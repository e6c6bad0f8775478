#include "verdict/leak_sighting.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"

namespace cachewitness::verdict {

std::string LeakSighting::describe() const {
  if (!is_answer()) {
    return failure;
  }
  std::string text = fmt::format("status {}", status);
  if (digest) {
    text += fmt::format(", sha256 {}", digest->hex().substr(0, 12));
  }
  if (!location.empty()) {
    text += fmt::format(", Location {}", location);
  }
  for (const std::string& tenant : tenants_named) {
    text += fmt::format(", names tenant {}", tenant);
  }
  if (has_canary) {
    text += ", holds the word that was sent";
  }
  if (has_private_text) {
    text += ", holds the account's text";
  }
  return text + (is_from_store() ? ", from the store" : "");
}

manifest::LeakCheck check_of(Cause cause) {
  CW_ASSERT(entry(cause).state == State::leak);
  return cause == Cause::cross_tenant ? manifest::LeakCheck::cross_tenant
         : cause == Cause::poisoned   ? manifest::LeakCheck::poisoning
                                      : manifest::LeakCheck::deception;
}

const LeakSighting* find_step(std::span<const LeakSighting> sightings, manifest::LeakCheck check,
                              evidence::LeakProbe::Step step, std::string_view header) {
  const auto found = std::ranges::find_if(sightings, [&](const LeakSighting& sighting) {
    return sighting.is_step(check, step) && sighting.probe->header == header;
  });
  return found == sightings.end() ? nullptr : &*found;
}

bool are_same_answer(const LeakSighting& a, const LeakSighting& b) {
  return a.status == b.status && a.digest == b.digest && a.location == b.location && a.content_type == b.content_type &&
         a.digest.has_value();
}

}  // namespace cachewitness::verdict
