// What the command line says, as values; command_line.cpp fills them, the commands read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "plan/plan.h"

namespace cachewitness::app {

enum class Format : std::uint8_t { text, json, github };
enum class Show : std::uint8_t { automatic, always, never };

// Options that most commands share.
struct CommonOptions {
  std::string manifest;  // empty = $CACHEWITNESS_MANIFEST, then cachewitness.yaml
  // The manifest itself, instead of that file, whose folder its relative paths start from all the same.
  std::optional<std::string> manifest_text{};
  plan::Narrowing narrowing;
  std::optional<base::Duration> timeout;  // the whole run; empty = the manifest's limits.total
  Format format = Format::text;
  Show progress = Show::automatic;
  bool is_quiet = false;
  bool is_verbose = false;
  bool has_color = true;
};

// Files to write; empty = not written. "-" is standard output.
struct OutputOptions {
  std::string report;
  std::string evidence;
  std::string html;
  std::string junit;
  std::string log;
};

// Whether, and how long, a purge waits for the origin's replicas to serve one version.
struct OriginGateOptions {
  bool is_off = false;
  base::Duration deadline = std::chrono::seconds(60);
};

struct ArmOptions {
  CommonOptions common;
  std::string evidence = "baseline.jsonl";
  bool is_dry_run = false;
};

struct VerifyOptions {
  CommonOptions common;
  OutputOptions outputs;
  std::string purged_at;
  std::string baseline;
  std::uint16_t most_rounds = 0;  // --repurge: what is flagged is purged and probed again, so often at most
  OriginGateOptions origin_gate;  // of a round
  bool is_fail_fast = false;
  bool is_dry_run = false;
};

struct ParityOptions {
  CommonOptions common;
  OutputOptions outputs;
  std::string from;     // evidence to compare again, instead of probing
  std::string against;  // an earlier report
  bool is_dry_run = false;
};

struct JudgeOptions {
  CommonOptions common;
  OutputOptions outputs;
  std::string evidence;
};

struct ExplainOptions {
  CommonOptions common;
  std::string evidence;
  std::string variants;  // a glob
  std::size_t most = 5;
};

struct ManifestOptions {
  CommonOptions common;
};

}  // namespace cachewitness::app
