// When the CDN was asked to invalidate, and what: from what a caller says, or from what `purge` wrote down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/ports.h"
#include "base/result.h"
#include "evidence/run_header.h"
#include "plan/plan.h"
#include "purge/journal.h"

namespace cachewitness::app {

// `--purged-at TIME`; unknown times for an empty text, and errors::usage for one that is no time or in the future.
[[nodiscard]] base::Result<evidence::PurgeTimes> parse_purge_times(const std::string& text, base::Instant now);

// What is known of the purge that is verified.
struct PurgeRecord {
  evidence::PurgeTimes times;
  std::optional<purge::Journal> journal = std::nullopt;  // where it has one
};

[[nodiscard]] base::Result<std::vector<purge::Journal>> load_journal(const Ports& ports, const std::string& path);

// What the calls name, and where they are asked by themselves.
[[nodiscard]] plan::PurgeScope scope_of(const std::vector<purge::Call>& calls);

// From the first request to the last answer that took something of the purge; `narrowing` is left what the purge named.
// Rounds of a closed loop that follow in the journal strike out what they took of it. What the provider did not take is
// told on stderr, for the verdict on it will be that it was not purged, and rightly. errors::bad_journal where nothing
// was taken.
[[nodiscard]] base::Result<PurgeRecord> read_purge_record(const Ports& ports, const std::string& path,
                                                          plan::Narrowing& narrowing);

}  // namespace cachewitness::app
