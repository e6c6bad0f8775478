// The main job in the caller's own process: probe every edge, judge, report. See docs/library.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachewitness/report.h"
#include "cachewitness/result.h"

namespace cachewitness {
inline namespace v0 {

// The library's own version, such as "0.1.0".
[[nodiscard]] std::string_view version() noexcept;

// A manifest (docs/manifest.md) by name or by its text. Its faults are told by the call that reads it.
class Manifest {
 public:
  static Manifest from_file(std::string path) { return Manifest(std::move(path), std::nullopt); }
  // Relative paths in the text start from `folder`; empty = the working directory.
  static Manifest from_text(std::string yaml, const std::string& folder = {}) {
    return Manifest((folder.empty() ? "" : folder + "/") + "manifest.yaml", std::move(yaml));
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Nothing where the file has it.
  [[nodiscard]] const std::optional<std::string>& text() const noexcept { return text_; }

 private:
  Manifest(std::string path, std::optional<std::string> text) : path_(std::move(path)), text_(std::move(text)) {}

  std::string path_;
  std::optional<std::string> text_;
};

// Files to write besides; empty = not written.
struct Outputs {
  std::string report{};    // the JSON report
  std::string evidence{};  // JSON lines, or compressed where the name ends in .zst; judge_evidence() reads it
  std::string html{};
  std::string junit{};
  std::string log{};  // the execution log
};

struct VerifyOptions {
  std::vector<std::string> environments{};  // names; empty = all
  std::vector<std::string> tenants{};       // names or globs; empty = all
  std::vector<std::string> regions{};
  std::vector<std::string> edges{};
  std::vector<std::string> assets{};
  // When the CDN was asked to invalidate: before the first request was sent, and when it had answered the last one
  // (empty = the same). Without it the age of an object proves less.
  std::optional<TimePoint> purge_requested_at{};
  std::optional<TimePoint> purge_acknowledged_at{};
  std::string purge_journal{};                        // what `cachewitness purge` wrote, instead of both
  std::string baseline{};                             // what record_baseline() or `cachewitness arm` kept; empty = none
  std::optional<std::chrono::nanoseconds> timeout{};  // of the whole run; empty = the manifest's limits.total
  bool fail_fast = false;                             // stop at the first cell that is proven stale
  Outputs outputs{};
};

// Probes every planned edge for every cell, runs the manifest's checks, judges. Blocks; may be called from several
// threads at once. Once a stop is requested it returns within a second with what was seen, marked incomplete.
//
// Whatever the caches do is in the report. Errors are what kept the job from being done: a manifest with faults, a
// name it does not know (exit_code 2), nothing to probe (3), a file that cannot be opened (2 or 4).
[[nodiscard]] Result<Report> verify_invalidation(const Manifest& manifest, const VerifyOptions& options = {},
                                                 std::stop_token stop = {});

// What every edge held before the deploy.
struct Baseline {
  std::uint64_t planned = 0;     // cells
  std::uint64_t recorded = 0;    // subset of planned
  std::uint64_t held = 0;        // subset of recorded: seen to be served from a cache
  std::uint64_t unanswered = 0;  // subset of recorded: these cells can never become `proven`
  std::string why_incomplete;    // empty where all was recorded
  std::vector<std::string> warnings;
  int exit_code = 4;  // 0 where all was recorded, 3 where not, 130 where it was stopped
};

// The positive control: records what every edge holds into a file, for options.baseline of a later call. To be called
// before the deploy. Of `options` it takes what narrows the plan, and the timeout.
[[nodiscard]] Result<Baseline> record_baseline(const Manifest& manifest, const std::string& file,
                                               const VerifyOptions& options = {}, std::stop_token stop = {});

// Judges what outputs.evidence, or `verify --evidence`, kept: the same report, byte for byte, without a network.
// Of `outputs` report, html and junit are written.
[[nodiscard]] Result<Report> judge_evidence(const std::string& evidence, const Outputs& outputs = {});

}  // namespace v0
}  // namespace cachewitness
