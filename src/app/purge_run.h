// PurgeRun: a campaign over the ports. Nothing is sent that is not in the journal, and what is answered goes there
// before anything else is done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/ports.h"
#include "app/progress.h"
#include "app/purge_job.h"
#include "base/result.h"
#include "ports/control_plane.h"
#include "purge/campaign.h"
#include "purge/journal.h"

namespace cachewitness::app {

class PurgeRun {
 public:
  // Requires: all outlive it.
  PurgeRun(const Ports& ports, const PurgeSurroundings& surroundings, const PurgeJob& job, purge::Campaign& campaign,
           Progress& progress)
      : ports_(ports), surroundings_(surroundings), job_(job), campaign_(campaign), progress_(progress) {}

  // Until every call has ended, the deadline has passed, a signal came or the credentials were refused twice. The
  // error is the journal's: what cannot be written down is not sent.
  base::Result<void> run();

  [[nodiscard]] std::optional<base::ExitCode> interrupted() const { return interrupted_; }
  // Of the first request that asked to invalidate; of the last answer that took something.
  [[nodiscard]] std::optional<base::Tick> requested_at() const { return requested_at_; }
  [[nodiscard]] std::optional<base::Tick> acknowledged_at() const { return acknowledged_at_; }
  // Why it ended before its end; empty where it did not.
  [[nodiscard]] const std::string& why_incomplete() const { return why_incomplete_; }

 private:
  base::Result<void> send(std::size_t call, bool is_asking);
  base::Result<void> take(std::size_t call, const purge::Response& response, purge::Answer answer);
  // What is kept of it, and shown, has no secret: providers and drivers echo what they were given.
  void mask(purge::Answer& answer) const;
  base::Result<void> take(const ports::ControlAnswer& answer);
  base::Result<void> run_driver(std::size_t call, const purge::Request& request);
  [[nodiscard]] purge::Moment now() const { return {ports_.clock.wall(), ports_.clock.tick()}; }
  bool must_end();

  const Ports& ports_;
  const PurgeSurroundings& surroundings_;
  const PurgeJob& job_;
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
