#include "app/verify_command.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/publish.h"
#include "app/verification.h"

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

}  // namespace

int run_verify(const Ports& ports, const VerifyOptions& options) {
  auto purge = parse_purge_times(options.purged_at, ports.clock.wall());
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
