// Report: what `cachewitness.report/v1` says, as values. All text is safe to print: bytes of edges that are no plain
// text stand escaped.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachewitness/result.h"

namespace cachewitness {
inline namespace v0 {

using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

enum class State : std::uint8_t { fresh, stale, mismatch, leak, error, inconclusive };
enum class CheckStatus : std::uint8_t { pass, warn, fail };

// As the JSON report writes them.
[[nodiscard]] std::string_view name(State state);
[[nodiscard]] std::string_view name(CheckStatus status);

// A cell that is not fresh.
struct Finding {
  std::string environment;
  std::string region;
  std::string edge;
  std::string tenant;
  std::string asset;
  std::string variant;
  std::string url;
  State state = State::inconclusive;
  std::string cause;      // a slug of docs/rules/; later versions may know more
  double confidence = 0;  // 0..1
  std::string rule;       // that decided
  bool waived = false;    // policy.allow tolerates it
  std::string header;     // header-drift: which
  std::string expected;
  std::string observed;
  std::string why;
  std::string remedy;
  std::vector<std::string> evidence;  // ids of lines in the evidence file, oldest first
};

struct Cells {
  std::uint64_t total = 0;
  std::uint64_t fresh = 0;
  std::uint64_t proven = 0;  // subset of fresh
  std::uint64_t stale = 0;
  std::uint64_t mismatch = 0;
  std::uint64_t leak = 0;
  std::uint64_t error = 0;
  std::uint64_t inconclusive = 0;
  std::uint64_t waived = 0;  // subset of the non-fresh
};

struct EdgeReport {
  std::string environment;
  std::string region;
  std::string edge;
  std::string address;
  std::string provider;  // empty = the manifest does not say
  Cells cells;
  std::uint64_t probes = 0;
  std::chrono::nanoseconds p50{};  // request sent to last byte, answered probes only
  std::chrono::nanoseconds p99{};
  std::uint32_t servers_seen = 0;  // that named themselves; 0 = none does
  // The chance (0..1) that one stale server among those behind this address would have been seen.
  std::optional<double> detection_power;
};

// What a check of the manifest said.
struct CheckReport {
  std::string name;
  CheckStatus status = CheckStatus::fail;
  std::string detail;
  std::optional<double> parity_score;  // 0..1
  std::chrono::nanoseconds duration{};
  std::vector<std::string> findings;  // a JSON text each, the first 100
  std::uint64_t findings_total = 0;
};

// A replica that could not be asked, or that serves another version than the others.
struct OriginTrouble {
  std::string replica;  // URL
  std::uint64_t cells = 0;
  std::string what;
};

struct Gate {
  bool passed = false;
  std::vector<std::string> reasons;  // why it did not
};

// total = verified + flagged + those that an incomplete run never came to.
struct Tenants {
  std::uint64_t total = 0;
  std::uint64_t verified = 0;
  std::uint64_t flagged = 0;
};

struct Report {
  std::string tool_version;
  std::string run_id;
  std::string project;
  std::string environment;  // "staging,production"
  TimePoint started_at;
  TimePoint finished_at;
  bool complete = false;
  std::string why_incomplete;        // "interrupted", "--fail-fast", "total deadline"
  std::uint64_t cells_left_out = 0;  // by an incomplete run
  std::string outcome;               // one line: "SUCCESS - 847/847 tenants verified."
  Gate gate;
  Tenants tenants;
  Cells cells;
  std::uint64_t probes = 0;
  double parity_score = 0;  // fresh or waived cells / cells that could be judged; 1 where none
  std::vector<Finding> findings;
  std::vector<EdgeReport> edges;
  std::vector<OriginTrouble> origins;
  std::vector<CheckReport> checks;
  std::vector<std::string> affected_tenants;  // stale, mismatch or leak and not waived; sorted
  std::vector<std::string> unsure_tenants;    // else error or inconclusive; sorted

  std::string json;  // `cachewitness.report/v1`, the bytes that `verify --report` writes
  std::string text;  // the same for a person, without colours

  std::vector<std::string> warnings;  // what the program would have said on standard error
  Errors unwritten;                   // files that were asked for and are not there; the verdicts stand
  int exit_code = 4;                  // what the program would exit with: 0, 1, 3, 4, or 130 where it was stopped

  // The one question of a deployment. False for whatever is not a proof: an incomplete run, too little evidence,
  // evidence that could not be kept.
  [[nodiscard]] bool passed() const noexcept { return exit_code == 0; }
};

}  // namespace v0
}  // namespace cachewitness
