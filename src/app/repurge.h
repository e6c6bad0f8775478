// Repurge: the closed loop after a verification. What is flagged and a purge can help is purged again, narrowest first,
// and probed again, until nothing is left or the rounds are over. Then a person is told what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/ports.h"
#include "app/progress.h"
#include "app/purge_credentials.h"
#include "app/purge_job.h"
#include "app/purge_ports.h"
#include "app/run.h"
#include "base/result.h"
#include "plan/plan.h"
#include "purge/purge.h"

namespace cachewitness::app {

struct RepurgeSettings {
  std::uint16_t most_rounds = 0;
  std::string journal;  // a round is a purge of its own in it
  OriginGateOptions origin_gate;
};

class Repurge {
 public:
  // Requires: everything outlives it.
  Repurge(const Ports& ports, const PurgePorts& purge_ports, const plan::Plan& plan, const CommonOptions& common,
          RepurgeSettings settings, Progress& progress)
      : ports_(ports),
        purge_ports_(purge_ports),
        plan_(plan),
        common_(common),
        settings_(std::move(settings)),
        progress_(progress) {}

  // Whether it could be done: one environment with a purge, a provider that has a kind which the manifest allows, a
  // journal. Nothing was sent. To be called before anything is probed.
  base::Result<void> prepare();
  // After the verification. The error is the journal's or a secret's; what the rounds came to is in the run.
  base::Result<void> run(Run& run);

 private:
  base::Result<void> open();
  // False where the loop ends; `why_` says why.
  base::Result<bool> round(Run& run, std::uint16_t number, const std::vector<evidence::Cell>& cells);
  base::Result<bool> is_origin_ready(Run& run, const std::vector<evidence::Cell>& cells,
                                     std::optional<base::Instant>& ready_at);
  // Of a round in which something was sent.
  [[nodiscard]] evidence::Round told_of(const Run& run, const PurgeOutcome& outcome, std::uint64_t cells,
                                        std::uint64_t tenants, std::optional<base::Instant> ready_at) const;
  [[nodiscard]] std::vector<evidence::ManualPurge> manual_purges(const std::vector<evidence::Cell>& cells) const;
  [[nodiscard]] std::string manual_command(const evidence::Cell& cell) const;

  const Ports& ports_;
  const PurgePorts& purge_ports_;
  const plan::Plan& plan_;
  const CommonOptions& common_;
  RepurgeSettings settings_;
  Progress& progress_;
  std::size_t environment_ = 0;
  const purge::Provider* provider_ = nullptr;
  std::vector<purge::Kind> kinds_;  // that rounds may use, narrowest first
  std::unique_ptr<ports::ControlPlane> control_plane_;
  std::unique_ptr<PurgeCredentials> credentials_;
  std::unique_ptr<ports::SyncedFile> journal_;
  std::string why_;
};

}  // namespace cachewitness::app
