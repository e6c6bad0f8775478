// PurgeRun: a campaign over the ports. Nothing is sent that is not in the journal, and what is answered goes there
// before anything else is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/ports.h"
#include "app/progress.h"
#include "app/purge_credentials.h"
#include "base/result.h"
#include "manifest/manifest.h"
#include "ports/control_plane.h"
#include "ports/synced_file.h"
#include "purge/campaign.h"
#include "purge/journal.h"
#include "purge/provider.h"

namespace cachewitness::app {

struct PurgeParts {
  const purge::Provider& provider;
  const manifest::Environment& environment;  // has a purge
  std::string folder;                        // the manifest's, where a driver runs
  PurgeCredentials& credentials;             // that were read
  ports::ControlPlane& control_plane;
  ports::SyncedFile& journal;
};

class PurgeRun {
 public:
  PurgeRun(const Ports& ports, const PurgeParts& parts, purge::Campaign& campaign, Progress& progress)
      : ports_(ports), parts_(parts), campaign_(campaign), progress_(progress) {}

  // Until every call has ended, the deadline has passed, a signal came or the credentials were refused twice. The
  // error is the journal's: what cannot be written down is not sent.
  base::Result<void> run(std::optional<base::Tick> deadline);

  [[nodiscard]] std::optional<base::ExitCode> interrupted() const { return interrupted_; }
  // Of the first request that asked to invalidate; of the last answer that took something.
  [[nodiscard]] std::optional<base::Tick> requested_at() const { return requested_at_; }
  [[nodiscard]] std::optional<base::Tick> acknowledged_at() const { return acknowledged_at_; }
  // Why it ended before its end; empty where it did not.
  [[nodiscard]] const std::string& why_incomplete() const { return why_incomplete_; }

 private:
  base::Result<void> send(std::size_t call, bool is_asking);
  base::Result<void> take(std::size_t call, const purge::Response& response, purge::Answer answer);
  base::Result<void> take(const ports::ControlAnswer& answer);
  base::Result<void> run_driver(std::size_t call, const purge::Request& request);
  [[nodiscard]] purge::Moment now() const { return {ports_.clock.wall(), ports_.clock.tick()}; }
  bool must_end(std::optional<base::Tick> deadline);

  const Ports& ports_;
  PurgeParts parts_;
  purge::Campaign& campaign_;
  Progress& progress_;
  std::vector<bool> is_asking_;
  std::size_t in_flight_ = 0;
  bool has_renewed_ = false;
  std::optional<base::Tick> requested_at_;
  std::optional<base::Tick> acknowledged_at_;
  std::string why_incomplete_;
  std::optional<base::ExitCode> interrupted_;
};

}  // namespace cachewitness::app
