#include "app/verify_command.h"

#include <utility>

#include "app/diagnostics.h"
#include "app/publish.h"
#include "app/purge_times.h"
#include "app/verification.h"

namespace cachewitness::app {

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
  report_errors(ports, verification.errors());
  if (verification.has_report()) {
    verification.print();
  }
  return code;
}

}  // namespace cachewitness::app
