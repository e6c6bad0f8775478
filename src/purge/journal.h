// The purge journal (cachewitness.journal/v1): JSON lines, appended and on the disk before what they tell of is done.
// The plan stands before the first request, so that a killed purge is resumed from the file alone. Holds no secret:
// requests are written down before they are signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "purge/purge.h"

namespace cachewitness::purge {

inline constexpr std::string_view journal_schema = "cachewitness.journal/v1";

struct JournalHeader {
  std::string purge_id;
  std::string tool_version;
  std::string project;
  std::string environment;
  std::string provider;
  std::string manifest_sha256;
  Kind kind = Kind::url;
  bool is_soft = false;
  std::uint64_t calls = 0;
  std::uint16_t round = 0;                         // of a closed loop that purged again what stands before it; 0 = none
  std::optional<base::Instant> origin_ready_at{};  // every replica served one version then
};

// A reading of both clocks.
struct Moment {
  base::Instant wall;
  base::Tick tick;
};

// Each appends one line with its line feed.
void append_header(const JournalHeader& header, const Moment& now, std::string& out);
void append_call(const Call& call, std::string& out);
// After the last call: from here on requests may have gone out.
void append_ready(const Moment& now, std::string& out);
// Before it is sent. `is_asking`: for the state of a call that was taken.
void append_request(const Call& call, std::uint32_t attempt, bool is_asking, const Request& request, const Moment& now,
                    std::string& out);
void append_answer(const Call& call, std::uint32_t attempt, int status, const Answer& answer, const Moment& now,
                   std::string& out);
void append_end(bool is_complete, const Moment& now, std::string& out);

struct CallRecord {
  Call call;
  std::uint32_t attempts = 0;
  // Sent and not answered, which may mean anything: it is sent again.
  bool is_open = false;
  Answer answer;  // the last; unknown where there is none
};

struct Journal {
  JournalHeader header;
  std::vector<CallRecord> calls;
  bool is_ready = false;                         // the plan is whole
  bool is_complete = false;                      // the purge came to its end
  std::optional<base::Instant> requested_at;     // of the first request
  std::optional<base::Instant> acknowledged_at;  // of the last answer that took something
};

// The purge, and what was purged again after it, in order; at least one. A last line without a line feed was cut off by
// a crash, and does not count. `path` is for messages.
[[nodiscard]] base::Result<std::vector<Journal>> read_journal(std::string_view text, const std::string& path);

namespace errors {
inline constexpr base::ErrorId bad_journal{"journal-unreadable", base::ExitCode::usage};
}  // namespace errors

}  // namespace cachewitness::purge
