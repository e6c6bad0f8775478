#include "app/verify_command.h"

#include <utility>

#include "app/diagnostics.h"
#include "app/publish.h"
#include "app/purge_times.h"
#include "app/verification.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view usual_journal = "purge.jsonl";

bool has_time(const VerifyOptions& options) { return !options.purged_at.empty() && options.purged_at != "journal"; }

base::Result<void> check_together(const VerifyOptions& options, const std::string& journal) {
  if (options.most_rounds > 0 && options.is_fail_fast) {
    return base::fail(
        base::errors::usage,
        "--repurge heals what a whole run has flagged, and --fail-fast ends it at the first; leave one out");
  }
  if (!journal.empty() && has_time(options) && options.most_rounds == 0) {
    return base::fail(base::errors::usage, "--journal has the times; leave --purged-at out, or say journal");
  }
  return {};
}

base::Result<PurgeRecord> purge_at(const std::string& purged_at, base::Instant now) {
  auto times = parse_purge_times(purged_at, now);
  if (!times) {
    return std::unexpected(std::move(times).error());
  }
  return PurgeRecord{std::move(*times)};
}

}  // namespace

int run_verify(const Ports& ports, const VerifyOptions& given, const std::string& journal,
               const PurgePorts& purge_ports) {
  if (auto together = check_together(given, journal); !together) {
    return report_error(ports, together.error());
  }
  VerifyOptions options = given;
  const bool has_journal = !has_time(options) && (!journal.empty() || options.purged_at == "journal");
  const std::string path = journal.empty() ? std::string(usual_journal) : journal;
  auto purge = has_journal ? read_purge_record(ports, path, options.common.narrowing)
                           : purge_at(options.purged_at, ports.clock.wall());
  if (!purge) {
    return report_error(ports, purge.error());
  }
  if (auto writable = check_writable(ports, options.outputs); !writable) {
    return report_error(ports, writable.error());
  }
  Verification verification(ports, options, std::move(*purge));
  if (options.most_rounds > 0) {
    verification.purge_again_with(purge_ports, path);
  }
  const int code = verification.run();
  report_errors(ports, verification.errors());
  if (verification.has_report()) {
    verification.print();
  }
  return code;
}

}  // namespace cachewitness::app
