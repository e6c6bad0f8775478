// When the CDN was asked to invalidate: from what a caller says, or from what `purge` wrote down.
#pragma once

#include <string>

#include "app/ports.h"
#include "base/result.h"
#include "evidence/run_header.h"

namespace cachewitness::app {

// `--purged-at TIME`; unknown times for an empty text, and errors::usage for one that is no time or in the future.
[[nodiscard]] base::Result<evidence::PurgeTimes> parse_purge_times(const std::string& text, base::Instant now);

// From the first request to the last answer that took something. What the provider did not take is told on stderr, for
// the verdict on it will be "never purged", and rightly.
[[nodiscard]] base::Result<evidence::PurgeTimes> journal_times(const Ports& ports, const std::string& path);

}  // namespace cachewitness::app
