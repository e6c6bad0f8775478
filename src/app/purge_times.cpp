#include "app/purge_times.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "purge/journal.h"

namespace cachewitness::app {

namespace {

// Clocks of two machines differ by seconds. By more, no age can be reckoned from the time of the purge.
constexpr base::Duration largest_clock_difference = std::chrono::seconds(60);
constexpr std::size_t most_journal_bytes = std::size_t{1} << 30;

}  // namespace

base::Result<evidence::PurgeTimes> parse_purge_times(const std::string& text, base::Instant now) {
  evidence::PurgeTimes times;
  if (text.empty()) {
    return times;
  }
  const auto instant = base::parse_instant(text);
  if (!instant) {
    return base::fail(base::errors::usage,
                      fmt::format("--purged-at '{}' is no time; write RFC 3339 such as 2026-11-23T14:32:18Z, or Unix "
                                  "seconds such as 1795444338.25",
                                  text));
  }
  if (*instant > now + largest_clock_difference) {
    return base::fail(base::errors::usage,
                      fmt::format("--purged-at {} is in the future ({} from now); give the time in seconds, and check "
                                  "the clocks",
                                  text, base::human(*instant - now)));
  }
  times.is_known = true;
  times.requested_at = *instant;
  times.acknowledged_at = *instant;
  times.source = "--purged-at";
  return times;
}

base::Result<evidence::PurgeTimes> journal_times(const Ports& ports, const std::string& path) {
  const auto text = ports.files.read_all(path, most_journal_bytes);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto journal = purge::read_journal(*text, path);
  if (!journal) {
    return std::unexpected(journal.error());
  }
  if (!journal->requested_at || !journal->acknowledged_at) {
    return base::fail(purge::errors::bad_journal,
                      fmt::format("{} tells of no call that was taken, so there is no purge to verify; finish it with "
                                  "cachewitness purge --resume --journal {}",
                                  path, path));
  }
  const auto is_left = [](const purge::CallRecord& record) {
    return record.is_open || record.answer.outcome > purge::Answer::Outcome::completed ||
           !record.answer.refused.empty();
  };
  if (const auto left = std::ranges::count_if(journal->calls, is_left); left > 0) {
    ports.console.err(fmt::format(
        "cachewitness: warning: {} of the {} calls in {} were not taken whole; what they hold was not purged\n", left,
        journal->calls.size(), path));
  }
  evidence::PurgeTimes times;
  times.is_known = true;
  times.requested_at = *journal->requested_at;
  times.acknowledged_at = *journal->acknowledged_at;
  times.source = path;
  return times;
}

}  // namespace cachewitness::app
