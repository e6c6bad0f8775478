// The journal of a run (`cachewitness.run/v1`): JSON lines that only grow, each on the disk before what it tells of
// goes on. What a run that was killed had done can be read from it, and the next one goes on from there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "report/execution_log.h"
#include "skill/run_state.h"

namespace cachewitness::skill {

inline constexpr std::string_view journal_schema_name = "cachewitness.run/v1";
inline constexpr std::size_t max_journal_bytes = std::size_t{256} << 20;

struct JournalHeader {
  std::string run_id;
  std::string tool_version;
  std::string skill;  // path of SKILL.md, absolute
  std::string task;
  std::string agent;
  std::string plan_digest;  // hexadecimal
  std::string approved_by;  // "--yes", or who an approval names; empty where nothing needed it
  Value::Members inputs;    // as text, to be given again
  base::Instant started_at;
};

// A step that came to its end, with what the log says of it.
struct JournalStep {
  std::string id;
  StepRecord record;
  std::vector<report::LogStep> log;
};

struct RunJournal {
  JournalHeader header;
  std::vector<JournalStep> steps;    // in the order in which they ended
  std::vector<std::string> started;  // steps that were started and have no end
};

void append_header(const JournalHeader& header, std::string& out);
void append_start(const std::string& id, std::uint32_t attempt, base::Instant at, std::string& out);
// `is_over`: no further attempt follows.
void append_end(const JournalStep& step, bool is_over, base::Instant at, std::string& out);
void append_finish(std::string_view outcome, int exit_code, base::Instant at, std::string& out);

// A last line that a crash cut short is left out.
[[nodiscard]] base::Result<RunJournal> read_journal(std::string_view text, const std::string& file);

}  // namespace cachewitness::skill
