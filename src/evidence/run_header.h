// The first and the last line of an evidence file: everything that the judge needs beyond the probes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "evidence/selector.h"
#include "manifest/leaks.h"
#include "manifest/manifest.h"
#include "manifest/policy.h"

namespace cachewitness::evidence {

enum class Purpose : std::uint8_t { arm, verify, parity };
// As evidence files write it.
[[nodiscard]] constexpr std::string_view name(Purpose purpose) {
  return purpose == Purpose::arm ? "arm" : purpose == Purpose::verify ? "verify" : "parity";
}

// Something that was to be purged and, by the journal of the purge, was not, or nobody knows.
struct PurgeFailure {
  enum class Scope : std::uint8_t { url, prefix, host, tag, everything };
  Scope scope = Scope::url;
  std::string item;         // a URL, the beginning of one, a host, a tag; empty for everything
  std::string environment;  // whose purge it was
  std::string edge;         // the one that was asked; empty: the provider, for all of them
  std::string variant;      // the one whose headers the purge had; empty: every variant
  bool is_unknown = false;  // it was sent, and no answer tells what became of it
  std::string reason;       // of who was asked; untrusted text
};
// As evidence files write it.
[[nodiscard]] std::string_view name(PurgeFailure::Scope scope);

// When the CDN was asked to invalidate. Without it (`known` false) the age of an object proves less.
struct PurgeTimes {
  bool is_known = false;
  base::Instant requested_at{};                    // t_p0
  base::Instant acknowledged_at{};                 // t_p1; equal to requested_at where only one time is given
  std::optional<base::Instant> origin_ready_at{};  // t_o: the first moment every replica showed the new version
  std::string source{};                            // "--purged-at" | a journal's path
  std::vector<PurgeFailure> failures{};            // by the journal
  std::uint64_t failures_left_out = 0;             // that are not among these: too many for the header of a file
};

// What the prober's host says of its wall clock. Nothing where it cannot say.
struct ClockInfo {
  std::optional<bool> is_synchronized;        // by NTP or the like
  std::optional<base::Duration> error_bound;  // the host's own estimate of how far the clock may be off

  friend bool operator==(const ClockInfo&, const ClockInfo&) = default;
};

struct RunHeader {
  std::string tool_version;
  std::string run_id;
  Purpose purpose = Purpose::verify;
  std::string project;
  std::string manifest_sha256;
  base::Instant started_at;  // the wall-clock anchor that every time of the run is counted from
  ClockInfo clock;
  PurgeTimes purge;
  manifest::Policy policy;
  manifest::Gate gate;
  manifest::ParityRules parity;                  // written where the purpose is parity
  std::optional<manifest::TenantMarker> marker;  // where an answer says whose it is
  std::vector<manifest::Expectation> expect;     // truth given by the deploy
  std::vector<Selector> selectors;               // what tells the variants apart; empty where that is not known
  bool has_baseline = false;
  std::uint64_t planned_cells = 0;
  std::uint64_t planned_tenants = 0;
  std::uint16_t most_rounds = 0;  // that a closed loop may purge again; 0 = the run only verifies
};

// What a check of the user's said (contract section 6); evidence too, as the gate reads it.
struct CheckOutcome {
  enum class Status : std::uint8_t { pass, warn, fail };
  std::string name;
  Status status = Status::fail;
  std::string detail;
  std::optional<double> parity_score;  // 0..1
  base::Duration duration{};
  std::vector<std::string> argv;
  std::vector<std::string> findings;  // one JSON text each, compact; bounded (check_answer.h)
  std::uint64_t findings_total = 0;   // those beyond the bound included
  std::vector<std::pair<std::string, double>> metrics;
};

// "pass", "warn", "fail".
[[nodiscard]] std::string_view name(CheckOutcome::Status status);

// What a person is left with when a closed loop has ended.
struct ManualPurge {
  std::string tenant;
  std::string command;  // to paste into a shell
};

struct RunFooter {
  base::Instant finished_at{};
  bool is_complete = true;
  std::string why_incomplete{};  // "interrupted", "--fail-fast", "total deadline"
  std::uint64_t cells_left_out = 0;
  std::uint64_t probes = 0;
  std::vector<CheckOutcome> checks{};
  std::string why_loop_ended{};       // for a person; empty where there was no loop, or it left nothing
  std::vector<ManualPurge> manual{};  // by tenant
};

}  // namespace cachewitness::evidence
