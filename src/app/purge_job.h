// PurgeJob: a purge that is planned and can be carried out, whether it is the first, a resumed one or a round of the
// closed loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/ports.h"
#include "app/progress.h"
#include "app/purge_command.h"
#include "app/purge_credentials.h"
#include "app/purge_result.h"
#include "base/result.h"
#include "manifest/manifest.h"
#include "plan/plan.h"
#include "ports/control_plane.h"
#include "ports/synced_file.h"
#include "purge/journal.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::app {

struct PurgeJob {
  const manifest::Environment* environment = nullptr;  // has a purge
  const purge::Provider* provider = nullptr;
  purge::Ability ability;
  purge::JournalHeader header;
  std::vector<purge::Call> calls;
  std::vector<purge::CallRecord> records;  // of the run that is resumed; empty where it is the first
};

// errors::cannot_purge where the provider does not have the kind; errors::nothing_to_purge where nothing is left.
// Requires: the environment has a purge; all errands are of one kind.
[[nodiscard]] base::Result<PurgeJob> make_job(const Ports& ports, const plan::Plan& plan, std::size_t environment,
                                              const std::vector<purge::Errand>& errands);

// What a purge is carried out with.
struct PurgeSurroundings {
  ports::ControlPlane& control_plane;
  PurgeCredentials& credentials;  // that were read
  ports::SyncedFile& journal;
  std::string journal_path;
  std::string folder;            // the manifest's, where a driver runs
  base::Duration propagation{};  // that edges are given, for the result
  std::optional<base::Tick> deadline;
};

struct PurgeOutcome {
  PurgeResult result;
  std::optional<base::Tick> requested_at;     // of the first request
  std::optional<base::Tick> acknowledged_at;  // of the last answer that took something
  std::optional<base::ExitCode> interrupted;
  std::vector<purge::CallRecord> left;  // calls that were not taken whole, or of which nobody knows
};

// Plan into the journal (unless it is there already), then every call. The error is the journal's.
[[nodiscard]] base::Result<PurgeOutcome> carry_out(const Ports& ports, const PurgeSurroundings& surroundings,
                                                   const PurgeJob& job, Progress& progress);

}  // namespace cachewitness::app
