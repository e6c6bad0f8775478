// LeakSighting: one step of a leak check as rules read it, or an ordinary answer that names another tenant.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "http/cache_mark.h"
#include "verdict/state.h"

namespace cachewitness::verdict {

struct LeakSighting {
  std::uint64_t id = 0;
  base::Instant sent_at;
  std::optional<evidence::LeakProbe> probe;  // none: an ordinary probe's answer
  std::string url;
  std::string failure;  // why there is no answer; empty where there is one
  int status = 0;
  std::optional<base::Digest> digest;
  std::string location;
  std::string content_type;
  http::CacheMark mark = http::CacheMark::none;
  std::int64_t age_s = -1;                 // RFC 9111 5.1; -1 = absent or invalid
  std::vector<std::string> tenants_named;  // by the marker, in header or body
  bool has_canary = false;                 // anywhere in the answer
  bool has_private_text = false;

  [[nodiscard]] bool is_answer() const { return status != 0; }
  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
  [[nodiscard]] bool is_from_store() const { return http::is_from_store(mark) || age_s > 0; }
  [[nodiscard]] bool is_step(manifest::LeakCheck check, evidence::LeakProbe::Step step) const {
    return probe && probe->check == check && probe->step == step;
  }
  // For a person: "status 200, sha256 5f3a...". Peer bytes: escape before showing.
  [[nodiscard]] std::string describe() const;
};

// Which check finds the cause. Requires: a cause of a leak.
[[nodiscard]] manifest::LeakCheck check_of(Cause cause);

// The first that is that step of the check, with that header; null where there is none.
[[nodiscard]] const LeakSighting* find_step(std::span<const LeakSighting> sightings, manifest::LeakCheck check,
                                            evidence::LeakProbe::Step step, std::string_view header = {});

// What a visitor could tell apart.
[[nodiscard]] bool are_same_answer(const LeakSighting& a, const LeakSighting& b);

}  // namespace cachewitness::verdict
