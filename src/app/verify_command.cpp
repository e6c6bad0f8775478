#include "app/verify_command.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/publish.h"
#include "app/verification.h"
#include "purge/journal.h"

namespace cachewitness::app {

namespace {

// Clocks of two machines differ by seconds. By more, no age can be reckoned from the time of the purge.
constexpr base::Duration largest_clock_difference = std::chrono::seconds(60);

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

constexpr std::size_t most_journal_bytes = std::size_t{1} << 30;

// From the first request to the last answer that took something. What the provider did not take is told, for the
// verdict on it will be "never purged", and rightly.
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

}  // namespace

int run_verify(const Ports& ports, const VerifyOptions& options, const std::string& journal) {
  if (!journal.empty() && !options.purged_at.empty() && options.purged_at != "journal") {
    return report_error(
        ports, {base::errors::usage, "--journal has the times; leave --purged-at out, or say journal", std::nullopt});
  }
  const bool has_journal = !journal.empty() || options.purged_at == "journal";
  auto purge = has_journal ? journal_times(ports, journal.empty() ? "purge.jsonl" : journal)
                           : parse_purge_times(options.purged_at, ports.clock.wall());
  if (!purge) {
    return report_error(ports, purge.error());
  }
  if (auto writable = check_writable(ports, options.outputs); !writable) {
    return report_error(ports, writable.error());
  }
  Verification verification(ports, options, std::move(*purge));
  const int code = verification.run();
  if (verification.has_report()) {
    verification.print();
  }
  return code;
}

}  // namespace cachewitness::app
