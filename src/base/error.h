// Error: a job that we could not do (bad manifest, full disk). A network failure is evidence
// (base/failure.h) and a bug is an assertion (base/assert.h); the three never mix.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::base {

// What the whole program answers to its caller; contract section 2.
enum class ExitCode : std::uint8_t {
  passed = 0,        // the gate passed
  failed = 1,        // the gate failed: something was found
  usage = 2,         // the command or the manifest is wrong
  inconclusive = 3,  // too little evidence to say either way, zero cells included
  broken = 4,        // the program could not do its work
  interrupted = 130,
  terminated = 143,
};

// A stable kebab-case name that users may search for, and the exit code it leads to. Never reused.
struct ErrorId {
  std::string_view slug;
  ExitCode exit_code = ExitCode::broken;

  friend bool operator==(const ErrorId& a, const ErrorId& b) { return a.slug == b.slug; }
};

// A place in a file that a person wrote. Line and column count from 1; 0 means unknown.
struct SourceSpan {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

// `message` says what is wrong, with what, and what to do about it, in one line.
struct Error {
  ErrorId id;
  std::string message;
  std::optional<SourceSpan> where;

  // "file:line:column: message [slug]", or "message [slug]" where no place is known.
  [[nodiscard]] std::string text() const;
};

// Every fault of one input at once. Never empty where it is returned.
using Errors = std::vector<Error>;

namespace errors {
inline constexpr ErrorId unreadable_file{"unreadable-file", ExitCode::usage};
inline constexpr ErrorId unwritable_file{"unwritable-file", ExitCode::broken};
inline constexpr ErrorId usage{"usage", ExitCode::usage};
inline constexpr ErrorId unknown_name{"unknown-name", ExitCode::usage};
inline constexpr ErrorId no_cells{"no-cells", ExitCode::inconclusive};
inline constexpr ErrorId missing_secret{"missing-secret", ExitCode::usage};
inline constexpr ErrorId system_call{"system-call", ExitCode::broken};
inline constexpr ErrorId program_failed{"program-failed", ExitCode::broken};
inline constexpr ErrorId sandbox_unavailable{"sandbox-unavailable", ExitCode::broken};
inline constexpr ErrorId run_in_progress{"run-in-progress", ExitCode::usage};
inline constexpr ErrorId bad_evidence{"bad-evidence", ExitCode::usage};
}  // namespace errors

}  // namespace cachewitness::base
